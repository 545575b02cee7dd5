// node bench/register.js [NODE...]: what `--import sexton/register` costs at start, over importing an empty file.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildIfOutdated, root } from '../scripts/set-up.js';

buildIfOutdated();
const RUNS = Number(process.env.RUNS ?? 41);
const folder = mkdtempSync(join(tmpdir(), 'sexton-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const empty = join(folder, 'empty.mjs');
const emptyCjs = join(folder, 'empty.cjs');
const program = join(folder, 'program.cjs');
writeFileSync(empty, '');
writeFileSync(emptyCjs, '');
// Private memory: what this process alone has written, smaps_rollup in proc(5).
writeFileSync(
  program,
  `const text = require('fs').readFileSync('/proc/self/smaps_rollup', 'latin1');
  const dirty = Number(/^Private_Dirty: +([0-9]+)/m.exec(text)[1]);
  const now = performance.now();
  require('fs').writeSync(1, now + ' ' + dirty);`,
);

const pid1 = ['--pid', '--fork', '--mount-proc', '--kill-child'];
const unshare = process.getuid() === 0 ? pid1 : ['--user', '--map-root-user', ...pid1];
const ways = {
  'an empty file': ['--import', empty],
  '--import sexton/register': ['--import', 'sexton/register'],
  'an empty file, --require': ['--require', emptyCjs],
  '--require sexton/register': ['--require', join(root, 'dist', 'register.cjs')],
};

for (const node of process.argv.length > 2 ? process.argv.slice(2) : [process.execPath]) {
  const samples = new Map(Object.keys(ways).map(way => [way, []]));
  for (let run = 0; run < RUNS; run++)
    for (const [way, words] of Object.entries(ways)) samples.get(way).push(measure(node, words));
  console.log(spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim());
  for (const [way, found] of samples) {
    const [ms, kb] = [0, 1].map(index => median(found.map(sample => sample[index])));
    console.log(`  ${way.padEnd(26)} program begins after ${ms.toFixed(2)} ms, ${kb} KiB private`);
  }
}

function measure(node, words) {
  const { stdout } = spawnSync('unshare', [...unshare, node, ...words, program], { cwd: root, encoding: 'utf8' });
  return stdout.split(' ').map(Number);
}

function median(numbers) {
  return numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
}
