// The core on a model of the kernel, in as many schedules as wanted, on every core of the machine. A seed is a schedule.
//   node scripts/simulate.js --count 1000000 [--first SEED]   that many of them
//   node scripts/simulate.js --seed SEED                      one; made small, call by call, if it fails
//   node scripts/simulate.js --count 0 --mutants              mistakes in src/init: each has to be found
//   --write: what was found into docs/reliability.md
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { mutants } from '../test/simulation/schedules/mutants.js';
import { explain, play } from '../test/simulation/schedules/play.js';
import { write } from './reliability.js';
import { fail, installDependencies } from './set-up.js';

/** A mistake has to be found in so many schedules. */
const MUTANT_COUNT = 1_000_000;

installDependencies();
const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '20000' },
    first: { type: 'string', default: '0' },
    seed: { type: 'string' },
    mutants: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});

if (values.seed !== undefined) {
  const { lines, failed } = await explain(Number(values.seed));
  console.log(lines.join('\n'));
  process.exit(failed ? 1 : 0);
}
const simulated = await simulate(Number(values.count), Number(values.first));
const found = values.mutants ? await tryMutants() : [];
if (values.write) write('simulation', markdown(simulated, found));

async function simulate(count, first) {
  const started = performance.now();
  const failures = await play({ count, first });
  const seconds = (performance.now() - started) / 1000;
  for (const { seed, complaints } of failures)
    console.error(`seed ${seed}: ${complaints.join('; ')}\n  node scripts/simulate.js --seed ${seed}`);
  if (failures.length > 0) fail('simulation: the core did what the reference does not');
  if (count > 0) console.log(`${count} schedules in ${seconds.toFixed(1)} s, ${Math.round(count / seconds)} a second`);
  return { count, first, seconds };
}

async function tryMutants() {
  const found = [];
  for (const mutant of mutants) {
    const [failure] = await play({ count: MUTANT_COUNT, mostFailures: 1, mutant });
    if (!failure) fail(`simulation: not found in ${MUTANT_COUNT} schedules: ${mutant.file}: ${mutant.what}`);
    console.log(`${mutant.file}: ${mutant.what}: schedule ${failure.seed}: ${failure.complaints[0]}`);
    found.push({ ...mutant, ...failure });
  }
  return found;
}

function markdown({ count, first, seconds }, found) {
  const machine = `${cpus()[0].model}, ${availableParallelism()} cores, Node ${process.versions.node}`;
  const number = new Intl.NumberFormat('en');
  const last = first + count - 1;
  const lines = [
    `${number.format(count)} schedules (seeds ${first} to ${last}) in ${number.format(Math.round(seconds))} s, ${number.format(Math.round(count / seconds))} a second: none failed. ${machine}.`,
  ];
  if (found.length === 0) return lines.join('\n');
  return [
    ...lines,
    '',
    `${found.length} mistakes put into the core, one at a time: each was found. The number is that of the first schedule that fails.`,
    '',
    '| File | Mistake | Found at | By |',
    '|---|---|---|---|',
    ...found.map(({ file, what, seed, complaints }) => `| ${file} | ${what} | ${seed} | ${complaints[0]} |`),
  ].join('\n');
}
