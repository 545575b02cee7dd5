// npm run bench: time from the exec of an init to its program's first instruction, each init against tini in turn.
// --json prints the figures for programs; --rounds N (default 200); --init NAME, one init alone.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compile } from '../scripts/fixtures.js';
import { buildIfOutdated, fail, installDependencies, root } from '../scripts/set-up.js';

const { values } = parseArgs({
  options: { json: { type: 'boolean' }, rounds: { type: 'string', default: '200' }, init: { type: 'string' } },
});
installDependencies();
buildIfOutdated();
const runner = compile('bench/first-instruction.c');
const program = compile('bench/first.S', '-nostdlib');
const launcher = join(root, 'prebuilds', `linux-${process.arch}`, 'sexton');
const inits = {
  'sexton, launcher': [launcher, '--'],
  'sexton, plain Node': [process.execPath, join(root, 'bin', 'sexton.js'), '--'],
  'dumb-init': ['dumb-init'],
  catatonit: ['catatonit', '--'],
};
if (spawnSync('tini', ['--version']).error) fail('bench: tini is missing, and all is measured against it');

const rows = Object.entries(inits).flatMap(([name, words]) => {
  if (values.init !== undefined && values.init !== name) return [];
  if (spawnSync('sh', ['-c', `command -v ${words[0]}`]).status !== 0) {
    console.error(`skipped: ${name}: not installed`);
    return [];
  }
  const times = measure(words);
  const ours = median(times.map(([time]) => time));
  const tini = median(times.map(([, time]) => time));
  return [{ name, microseconds: ours, tini, ratio: median(times.map(([time, other]) => time / other)) }];
});
if (values.json) console.log(JSON.stringify(rows));
else for (const { name, microseconds, tini, ratio } of rows) console.log(line(name, microseconds, tini, ratio));

/** Pairs of microseconds: the init's, tini's. */
function measure(words) {
  const rounds = words.includes(launcher) ? Number(values.rounds) : Math.ceil(Number(values.rounds) / 4);
  const { stdout, status, stderr } = spawnSync(
    runner,
    [String(rounds), ...words, program, '//', 'tini', '-s', '--', program],
    { encoding: 'utf8', env: { PATH: process.env.PATH } },
  );
  if (status !== 0) fail(`bench: ${words[0]}: status ${status} ${stderr}`);
  return stdout
    .trim()
    .split('\n')
    .map(row => row.split(' ').map(Number));
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

function line(name, microseconds, tini, ratio) {
  return `${name.padEnd(20)} ${microseconds.toFixed(0).padStart(7)} µs   tini ${tini.toFixed(0).padStart(5)} µs   ${ratio.toFixed(2)}×`;
}
