// LICENSES of the single file: of everything that is in it. MIT wants the text to go along, and Node has a book of them.
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './set-up.js';

/** What `--license` of the single file says behind sexton's own. */
export function notice({ hasKoffi }) {
  const parts = hasKoffi ? 'commander, koffi and Node.js' : 'commander and Node.js';
  return `\nThis file also has ${parts} in it, under licenses of their own:\nLICENSES, which is built and published beside it, has them all.\n`;
}

export function licenses({ node, version, hasKoffi }) {
  const modules = ['commander/LICENSE', ...(hasKoffi ? KOFFI : [])];
  const parts = [
    ['sexton', text(join(root, 'LICENSE'))],
    ...modules.map(path => [dirname(path), text(join(root, 'node_modules', path))]),
    [`Node.js ${version}`, ofNode(node) ?? `https://github.com/nodejs/node/blob/v${version}/LICENSE\n`],
  ];
  return parts.map(([name, license]) => `==== ${name} ====\n\n${license.trim()}\n`).join('\n');
}

const KOFFI = ['koffi/LICENSE.txt', 'koffi/vendor/node-addon-api/LICENSE.md', 'koffi/vendor/node-api-headers/LICENSE'];

/** Node's archives, and npm's packages of it, have bin/node and LICENSE. */
function ofNode(node) {
  const path = join(dirname(realpathSync(node)), '..', 'LICENSE');
  const found = existsSync(path) ? text(path) : '';
  return found.startsWith('Node.js is licensed') ? found : undefined;
}

function text(path) {
  return readFileSync(path, 'utf8');
}
