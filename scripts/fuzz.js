// npm run fuzz [-- --target NAME] [--seconds N] [--seed N]: guided by coverage, from test/corpus. --keep: what reaches
// more joins it. --write: what came of it into docs/reliability.md.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fuzzNative, NATIVE_TARGETS } from './fuzz/native.js';
import { write } from './reliability.js';
import { fail, installDependencies, root } from './set-up.js';

installDependencies();
const { values } = parseArgs({
  options: {
    target: { type: 'string', multiple: true },
    seconds: { type: 'string', default: '20' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
    keep: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});
const { seconds, seed, keep: isKept } = values;
const scratch = mkdtempSync(join(tmpdir(), 'sexton-fuzz-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

const bundle = join(scratch, 'targets.mjs');
const { build } = await import('esbuild');
await build({
  absWorkingDir: root,
  entryPoints: ['test/fuzz/targets/index.ts'],
  outfile: bundle,
  bundle: true,
  platform: 'node',
  format: 'esm',
  // commander is CommonJS.
  banner: { js: `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);` },
  define: { VERSION: '"0.0.0-fuzz"', LICENSE: '"license text"' },
  logLevel: 'warning',
});
const { targets } = await import(bundle);
const known = [...Object.keys(targets), ...NATIVE_TARGETS];
const wanted = values.target ?? known;
for (const name of wanted) if (!known.includes(name)) fail(`there is no target ${name}: ${known.join(', ')}`);

const figures = [];
for (const name of wanted) {
  const folder = join(root, 'test', 'corpus', name);
  const found = NATIVE_TARGETS.includes(name)
    ? fuzzNative(name, { seconds, seed, folder, isKept, scratch })
    : fuzzScript(name, folder);
  if (!found) continue;
  figures.push(found);
  const { executions, covered, corpus } = found;
  console.log(
    `${name}: seed ${seed}: ${executions} inputs in ${found.seconds} s, ${covered} blocks, corpus of ${corpus}`,
  );
}

if (values.write) write('fuzzing', report());

function report() {
  const rows = figures.map(
    ({ name, executions, seconds, covered, corpus }) =>
      `| \`${name}\` | ${executions.toLocaleString('en')} | ${seconds} | ${covered} | ${corpus} |`,
  );
  return [
    `Seed ${seed}, Node ${process.versions.node}: nothing was found.`,
    '',
    '| | inputs | seconds | blocks reached | kept in memory |',
    '|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

/** In a process of its own, so that coverage begins anew. */
function fuzzScript(name, folder) {
  const words = [join(import.meta.dirname, 'fuzz', 'explore.js'), bundle, name, seconds, seed, folder];
  const { status, signal, stdout } = spawnSync(process.execPath, [...words, ...(isKept ? ['kept'] : [])], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    // What never ends is found too.
    timeout: 1000 * (Number(seconds) + 120),
  });
  if (status !== 0) fail(`${name}: seed ${seed}: ended by ${signal ?? status}`);
  const found = JSON.parse(stdout);
  if (found.findings > 0) fail(`${name}: seed ${seed}: ${found.findings} findings; the inputs are in ${folder}`);
  return found;
}
