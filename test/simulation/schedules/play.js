// Plays schedules on every core, and mistakes in src/init, one at a time, until the simulation finds them.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';

/** A schedule takes less than a millisecond: by then it hangs. Milliseconds. */
const HANGS = 60_000;

/** The seeds `first` to `first + count - 1`. Returns the first failures, with what was wrong, in the order of their seeds. */
export async function play({ count, first = 0, mostFailures = 10, mutant = undefined }) {
  const code = await bundle('worker.ts', mutant);
  const workers = availableParallelism();
  const seeds = new Int32Array(new SharedArrayBuffer(4 * (1 + workers)));
  seeds[0] = first;
  const lists = await Promise.all(
    Array.from({ length: workers }, (_, index) => work(code, { seeds, index, end: first + count, mostFailures })),
  );
  return lists.flat().sort((a, b) => a.seed - b.seed);
}

/** What happens in one schedule, in lines; made small if it fails. */
export async function explain(seed) {
  const module = { exports: {} };
  new Function('module', 'exports', 'require', await bundle('shrink.ts'))(
    module,
    module.exports,
    createRequire(import.meta.url),
  );
  return module.exports.explain(seed);
}

function work(code, workerData) {
  const { seeds, index } = workerData;
  return new Promise((resolve, reject) => {
    // Room for the litter of many schedules: half the time would go into collecting it.
    const worker = new Worker(code, { eval: true, workerData, resourceLimits: { maxYoungGenerationSizeMb: 96 } });
    const failures = [];
    let last;
    const watch = setInterval(() => {
      const seed = Atomics.load(seeds, 1 + index);
      if (seed === last) {
        failures.push({ seed, complaints: ['hangs'] });
        void worker.terminate();
      }
      last = seed;
    }, HANGS);
    worker.on('message', failure => failures.push(failure));
    worker.on('error', reject);
    worker.on('exit', () => {
      clearInterval(watch);
      resolve(failures);
    });
  });
}

/** Node 20 cannot read TypeScript. */
async function bundle(entry, mutant) {
  const { outputFiles } = await build({
    absWorkingDir: dirname(fileURLToPath(import.meta.url)),
    entryPoints: [entry],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    write: false,
    logLevel: 'warning',
    plugins: mutant ? [mutation(mutant)] : [],
  });
  return outputFiles[0].text;
}

function mutation({ file, changes }) {
  return {
    name: 'mutation',
    setup(options) {
      options.onLoad({ filter: new RegExp(`/src/init/${file}$`) }, async ({ path }) => {
        let contents = await readFile(path, 'utf8');
        for (const [from, to] of changes) {
          if (contents.split(from).length !== 2) throw new Error(`${file} has not once: ${from}`);
          contents = contents.replace(from, () => to);
        }
        return { contents, loader: 'ts' };
      });
    },
  };
}
