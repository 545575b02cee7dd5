// node explore.js BUNDLE TARGET SECONDS SEED CORPUS: fuzzes one target of test/fuzz in this process; tells of it as JSON.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createCoverage } from './coverage.js';
import { createRandom, mutate } from './mutate.js';

const [, , bundle, name, seconds, seed, folder, isKept] = process.argv;
/** Asking V8 costs more than most inputs do: they share a question, and are asked about alone when it has news. */
const BATCH = 200;
/** A check that takes longer than this is a finding too. Milliseconds. */
const LONGEST = 5000;

const url = pathToFileURL(bundle).href;
const { targets } = await import(url);
const target = targets[name];
const words = target.words.map(word => Buffer.from(word, 'latin1'));
const random = createRandom(Number(seed));
const coverage = createCoverage(url);
const corpus = [];
let executions = 0;
const failures = new Map();

async function run(input) {
  executions++;
  const begin = performance.now();
  try {
    await target.check(input);
    if (performance.now() - begin > LONGEST) throw new Error(`does not hold: it ends within ${LONGEST} ms`);
  } catch (error) {
    const key = /^does not hold/.test(error.message) ? error.message : error.stack.split('\n').slice(0, 2).join(' ');
    if (!failures.has(key)) {
      failures.set(key, save(input, 'failure-'));
      process.stderr.write(`${name}: ${key.slice(0, 300)}\n  saved: ${failures.get(key)}\n`);
    }
  }
}

function save(input, prefix = '') {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, prefix + createHash('sha256').update(input).digest('hex').slice(0, 12));
  writeFileSync(path, input);
  return path;
}

/** Runs an input by itself; it joins the corpus if it reaches what nothing did before. */
async function consider(input, isNew) {
  coverage.take(false);
  await run(input);
  if (coverage.take().length === 0) return;
  corpus.push(input);
  if (isNew && isKept) save(input);
}

let kept = [];
try {
  kept = readdirSync(folder).sort();
} catch {
  // The first run of a target.
}
for (const text of target.seeds) await consider(Buffer.from(text, 'latin1'), false);
for (const file of kept) await consider(readFileSync(join(folder, file)), false);
corpus.push(Buffer.from(target.seeds[0] ?? '', 'latin1'));
const begin = performance.now();
const before = coverage.covered.size;
while (performance.now() - begin < 1000 * Number(seconds)) {
  const batch = Array.from({ length: BATCH }, () => mutate(corpus[random() % corpus.length], corpus, words, random));
  for (const input of batch) await run(input);
  if (coverage.take(false).length > 0) for (const input of batch) await consider(input, true);
}
target.end?.();
coverage.end();
const figures = { name, seed: Number(seed), executions, seconds: Math.round((performance.now() - begin) / 1000) };
process.stdout.write(
  `${JSON.stringify({ ...figures, covered: coverage.covered.size, before, corpus: corpus.length, findings: failures.size })}\n`,
);
process.exit(0);
