// node bench/register.js: what sexton/register costs at start, over an empty file in its place; both as PID 1, in turn.
// --json prints the figures for programs; --rounds N (default 41); --node PATH, another Node than this one.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildIfOutdated, fail, installDependencies, root } from '../scripts/set-up.js';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean' },
    rounds: { type: 'string', default: '41' },
    node: { type: 'string', default: process.execPath },
  },
});
installDependencies();
buildIfOutdated();
const folder = mkdtempSync(join(tmpdir(), 'sexton-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

// Says when its first line runs, in milliseconds, and how much memory is this process's alone: smaps_rollup in proc(5).
const program = file(
  'program.cjs',
  `const now = performance.now();
  const { readFileSync, writeSync } = require('fs');
  const memory = /^Private_Dirty: +([0-9]+)/m.exec(readFileSync('/proc/self/smaps_rollup', 'latin1'))[1];
  writeSync(1, now + ' ' + memory);`,
);
const pid1 = ['--pid', '--fork', '--mount-proc', '--kill-child'];
const unshare = process.getuid() === 0 ? pid1 : ['--user', '--map-root-user', ...pid1];
const ways = {
  '--import': ['sexton/register', file('empty.mjs', '')],
  '--require': [join(root, 'dist', 'register.cjs'), file('empty.cjs', '')],
};

const rows = Object.entries(ways).map(([way, [register, empty]]) => {
  const rounds = Array.from({ length: Number(values.rounds) }, () => [start(way, register), start(way, empty)]);
  return {
    way,
    milliseconds: median(rounds.map(([ours, other]) => ours[0] - other[0])),
    // What it takes when nothing else is in the way.
    least: Math.min(...rounds.map(([ours]) => ours[0])) - Math.min(...rounds.map(([, other]) => other[0])),
    kibibytes: median(rounds.map(([ours, other]) => ours[1] - other[1])),
  };
});
if (values.json) console.log(JSON.stringify(rows));
else
  for (const { way, milliseconds, kibibytes } of rows)
    console.log(`${way.padEnd(10)} ${milliseconds.toFixed(2).padStart(6)} ms  ${String(kibibytes).padStart(5)} KiB`);

function file(name, text) {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function start(way, module) {
  const command = [...unshare, values.node, way, module, program];
  const { stdout, status, stderr } = spawnSync('unshare', command, { cwd: root, encoding: 'utf8' });
  if (status !== 0) fail(`bench: ${values.node}: status ${status} ${stderr}`);
  return stdout.split(' ').map(Number);
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
}
