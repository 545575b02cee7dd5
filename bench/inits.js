// What is measured: sexton by each way in, on each Node and FFI backend, and as a single file; its peers; and Node alone as the floor.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { temporaryFolder } from '../scripts/fixtures.js';
import { root } from '../scripts/set-up.js';

const launcher = join(root, 'prebuilds', `linux-${process.arch}`, 'sexton');
const entry = join(root, 'bin', 'sexton.js');
const single = join(root, 'build', `linux-${process.arch}`, 'sexton');
const emptyScript = join(temporaryFolder, 'empty.js');
writeFileSync(emptyScript, '');

/**
 * All inits that can be had, in the order of the tables. `command` is followed by the program's words. `kind` is sexton,
 * single, peer, pm2, or node (which is no init: Node with a script of its own). The Nodes are paths.
 */
export function findInits(known, isQuick) {
  const newest = known.at(-1);
  const backends = newest.hasFfi ? ['koffi', 'ffi-napi'] : ['ffi-napi'];
  return [
    ...['tini', 'dumb-init', 'catatonit'].map(peer),
    ...known.map(node =>
      sexton(`launcher-${node.major}`, `sexton, launcher, Node ${node.major}`, [launcher], node, {}),
    ),
    singleFile(),
    ...known.map(node =>
      sexton(`entry-${node.major}`, `sexton, Node entry, Node ${node.major}`, [node.path, entry], node, {}),
    ),
    ...backends.map(ffi =>
      sexton(
        `entry-${newest.major}-${ffi}`,
        `sexton, Node entry, Node ${newest.major}, ${ffi}`,
        [newest.path, entry],
        newest,
        {
          SEXTON_FFI: ffi,
        },
      ),
    ),
    ...known.map(node => ({
      name: `node-${node.major}`,
      label: `Node ${node.major} alone`,
      kind: 'node',
      command: [node.path, emptyScript],
      environment: {},
      node,
    })),
    pm2(known[0], isQuick),
  ].filter(init => !isQuick || !init.name.includes('-napi'));
}

export function describeNode(path) {
  const code = `console.log(process.versions.node); console.log(Boolean(process.getBuiltinModule('node:ffi')))`;
  const { stdout } = spawnSync(path, ['-e', code], { encoding: 'utf8' });
  const [version, hasFfi] = stdout.trim().split('\n');
  return { path, version, major: version.split('.')[0], hasFfi: hasFfi === 'true' };
}

function sexton(name, label, command, node, environment) {
  const chosen = command[0] === launcher ? { SEXTON_NODE: node.path } : {};
  return { name, label, kind: 'sexton', command: [...command, '--'], environment: { ...chosen, ...environment }, node };
}

/** It has a Node of its own: which one is chosen when it is built. */
function singleFile() {
  const missing = existsSync(single) ? undefined : 'not built: npm run build:sea';
  return {
    name: 'single-file',
    label: 'sexton, single file',
    kind: 'single',
    command: [single, '--'],
    environment: {},
    missing,
  };
}

/** tini with `-- program` is what `docker run --init` does: its docker-init is a tini. */
function peer(name) {
  const path = process.env.PATH.split(delimiter)
    .map(folder => join(folder, name))
    .find(existsSync);
  const missing = path ? undefined : 'not installed';
  const version =
    path && /[0-9]+(\.[0-9]+)+/.exec(spawnSync(path, ['--version'], { encoding: 'utf8' }).output.join(''))?.[0];
  return { name, label: name, kind: 'peer', command: [path, '--'], environment: {}, missing, version };
}

/** pm2-runtime, fetched into .cache by npm once. It passes no descriptors, stdin or signals on, nor does it reap. */
function pm2(node, isQuick) {
  const cache = join(root, '.cache', 'pm2');
  const package_ = join(cache, 'node_modules', 'pm2');
  if (!existsSync(package_) && !isQuick) {
    mkdirSync(cache, { recursive: true });
    const words = ['install', '--prefix', cache, '--ignore-scripts', '--no-audit', '--no-fund', '--silent', 'pm2@7'];
    spawnSync('npm', words, { timeout: 60_000 });
  }
  const missing = existsSync(package_) ? undefined : isQuick ? 'left out of --quick' : 'npm cannot get it';
  const words = ['start', '--raw', '--no-autorestart', '--interpreter', 'none'];
  return {
    name: 'pm2-runtime',
    label: `pm2-runtime, Node ${node.major}`,
    kind: 'pm2',
    command: [node.path, join(package_, 'bin', 'pm2-runtime'), ...words],
    environment: { PM2_HOME: join(temporaryFolder, 'pm2') },
    missing: isQuick ? 'left out of --quick' : missing,
    version: missing ? undefined : versionOf(package_),
    node,
    folder: cache,
  };
}

function versionOf(folder) {
  const { stdout } = spawnSync(process.execPath, [
    '-p',
    `require(${JSON.stringify(join(folder, 'package.json'))}).version`,
  ]);
  return String(stdout).trim();
}
