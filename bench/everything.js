// node bench/everything.js: 5,000 orphans at once, with everything on that tells of them, and with nothing on, in turn.
// --json prints the figures for programs; --rounds N (default 15).
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { temporaryFolder } from '../scripts/fixtures.js';
import { buildIfOutdated, installDependencies, root } from '../scripts/set-up.js';
import { fixture, startResting } from './container.js';
import { summary } from './statistics.js';

const { values } = parseArgs({
  options: { json: { type: 'boolean' }, rounds: { type: 'string', default: '15' } },
});
installDependencies();
buildIfOutdated();

const on = [
  ...['-v', '--log-format', 'json', '--report', `--termination-log=${join(temporaryFolder, 'termination-log')}`],
  ...[
    '--watch',
    '1s',
    '--control',
    join(temporaryFolder, 'control'),
    '--metrics',
    String(20_000 + (process.pid % 10_000)),
  ],
];
const ways = { nothing: [], everything: on, 'everything, and each orphan by name': [...on, '--warn-on-reap'] };

const times = Object.fromEntries(Object.keys(ways).map(way => [way, []]));
for (let round = 0; round < Number(values.rounds); round++)
  for (const [way, options] of Object.entries(ways)) times[way].push(await storm(options));
const rows = Object.entries(times).map(([way, numbers]) => ({ way, ...summary(numbers, times.nothing) }));

if (values.json) console.log(JSON.stringify(rows));
else
  for (const { way, median, min, max, ratio } of rows)
    console.log(
      `${way.padEnd(36)} ${median.toFixed(0)} ms (${min.toFixed(0)} to ${max.toFixed(0)})  ${ratio.toFixed(2)}×`,
    );

async function storm(options) {
  const launcher = join(root, 'prebuilds', `linux-${process.arch}`, 'sexton');
  const init = { command: [launcher, ...options, '--'], environment: { SEXTON_NODE: process.execPath } };
  const { container } = await startResting(init, [fixture('storm.c'), '5000']);
  container.go();
  const [, took] = await container.says(/^took ([0-9.]+)$/m);
  await container.ended;
  return Number(took) / 1e3;
}
