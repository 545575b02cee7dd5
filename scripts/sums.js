// prebuilds/SHA256SUMS: what the release build made, for `sha256sum -c` in the installed package.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ARCHITECTURES } from './native.js';
import { root } from './set-up.js';

const prebuilds = join(root, 'prebuilds');
const binaries = Object.keys(ARCHITECTURES).flatMap(architecture =>
  ['libsexton.so', 'sexton'].map(name => `linux-${architecture}/${name}`),
);
const sums = join(prebuilds, 'SHA256SUMS');

export function writeSums() {
  writeFileSync(sums, listed());
}

/** Why the prebuilds are no release: a binary is not there, or is another than the release build made; else undefined. */
export function whyNoRelease() {
  const missing = [...binaries, 'SHA256SUMS'].find(name => !existsSync(join(prebuilds, name)));
  if (missing) return `prebuilds/${missing} is missing`;
  return readFileSync(sums, 'utf8') === listed() ? undefined : 'prebuilds/SHA256SUMS does not fit the binaries';
}

function listed() {
  return binaries.map(name => `${sha256(readFileSync(join(prebuilds, name)))}  ${name}\n`).join('');
}

function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}
