import { lstatSync, readdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/set-up.js';

const PACKAGE = ['bin', 'dist', `prebuilds/linux-${process.arch}`];
const KOFFI = ['node_modules/koffi', `node_modules/@koromix/koffi-linux-${process.arch}`];

export default {
  name: 'size',
  title: 'Size on disk: sexton and pm2 without Node, which they need too; sexton with koffi',
  columns: [{ key: 'bytes', unit: 'MB' }],
  rounds: 1,
  quickRounds: 1,
  unsuited: () => undefined,
  async run(init) {
    const paths = {
      sexton: [...PACKAGE, ...KOFFI].map(path => join(root, path)),
      single: [init.command[0]],
      peer: [init.command[0]],
      pm2: [init.folder],
      node: [init.command[0]],
    }[init.kind];
    return { bytes: paths.reduce((sum, path) => sum + size(realpathSync(path)), 0) / 1e6 };
  },
};

function size(path) {
  const status = lstatSync(path);
  if (!status.isDirectory()) return status.size;
  return readdirSync(path).reduce((sum, name) => sum + size(join(path, name)), 0);
}
