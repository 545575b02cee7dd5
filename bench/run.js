// npm run bench: sexton beside its peers, each as PID 1 of a PID namespace. Each round goes through all inits in turn,
// so that the machine's moods fall on all of them; what is compared are medians, and ratios within a round.
//
// --measure NAME, --init NAME (or the beginning of one), both more than once; --rounds N; --node PATH, more than once
// (default: this Node and those in .cache/node); --quick: less of everything, in a minute; --json: for programs;
// --write: into docs/performance.md and its chart.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildIfOutdated, fail, installDependencies, root } from '../scripts/set-up.js';
import { describeNode, findInits } from './inits.js';
import { describeMachine } from './machine.js';
import { measures } from './measures/index.js';
import { summary } from './statistics.js';
import { text } from './table.js';
import { write } from './write.js';

const BASELINE = 'tini';

const { values: options } = parseArgs({
  options: {
    measure: { type: 'string', multiple: true },
    init: { type: 'string', multiple: true },
    node: { type: 'string', multiple: true },
    rounds: { type: 'string' },
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});
installDependencies();
buildIfOutdated();

const nodes = (options.node ?? defaultNodes()).map(describeNode);
const inits = findInits(nodes, options.quick).filter(({ name }) => name === BASELINE || isWanted(options.init, name));
if (inits.find(({ name }) => name === BASELINE)?.missing)
  fail('bench: tini is missing, and all is measured against it');
if (inits.length === 1 && options.init) fail(`bench: --init ${options.init}: there is none of that name`);
const wanted = measures.filter(({ name }) => isWanted(options.measure, name));
if (wanted.length === 0) fail(`bench: --measure is one of ${measures.map(({ name }) => name).join(', ')}`);

const results = { machine: describeMachine(nodes, inits), measures: {} };
for (const measure of wanted) {
  results.measures[measure.name] = await take(measure);
  if (!options.json) console.log(text(results.measures[measure.name], inits));
}
if (options.json) console.log(JSON.stringify(results, undefined, 2));
if (options.write) write(results, inits);

function isWanted(names, name) {
  return !names || names.some(wanted => name.startsWith(wanted));
}

/** This Node, and those that the tests have fetched. */
function defaultNodes() {
  if (options.quick) return [process.execPath];
  const folder = join(root, '.cache', 'node');
  const own = process.versions.node.split('.')[0];
  const others = list(folder).filter(version => version.split('.')[0] !== own);
  const paths = others.map(version => join(folder, version, 'bin', 'node'));
  return [process.execPath, ...paths];
}

function list(folder) {
  try {
    return readdirSync(folder).sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
  } catch {
    return [];
  }
}

/** All rounds of a measure. */
async function take(measure) {
  const rounds = Number(options.rounds ?? (options.quick ? measure.quickRounds : measure.rounds));
  const skipped = Object.fromEntries(
    inits.flatMap(init => {
      const reason = init.missing ?? measure.unsuited(init);
      return reason ? [[init.name, reason]] : [];
    }),
  );
  const taking = inits.filter(({ name }) => !(name in skipped));
  const samples = new Map(taking.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    progress(`${measure.name}: round ${round + 1} of ${rounds}`);
    const values = await takeRound(measure, taking);
    values.forEach((value, index) => {
      samples.get(taking[index].name).push(value);
    });
  }
  progress('');
  const { name, title, columns } = measure;
  return { name, title, columns, rounds, inits: summaries(measure, samples), skipped };
}

async function takeRound(measure, taking) {
  const context = { isQuick: options.quick, nodes };
  if (measure.runTogether) return measure.runTogether(taking, context);
  const values = [];
  for (const init of taking) {
    try {
      values.push(await measure.run(init, context));
    } catch (error) {
      fail(`bench: ${measure.name}, ${init.name}: ${error.message}`);
    }
  }
  return values;
}

function summaries({ columns }, samples) {
  const baseline = samples.get(BASELINE);
  const column = (taken, key) => taken.map(values => values[key]);
  return Object.fromEntries(
    [...samples].map(([name, taken]) => [
      name,
      Object.fromEntries(
        columns.map(({ key }) => [key, summary(column(taken, key), baseline && column(baseline, key))]),
      ),
    ]),
  );
}

function progress(line) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}`);
}
