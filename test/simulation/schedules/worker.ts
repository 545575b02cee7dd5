import { parentPort, workerData } from 'node:worker_threads';
import { scheduleOf } from './schedule.ts';
import { simulate } from './simulate.ts';

/** Plays one schedule after the other, taking turns with the other workers; scripts/simulate.js starts them. */
interface Work {
  /** The next seed that nobody has taken; then for each worker the seed that it plays. */
  readonly seeds: Int32Array;
  readonly index: number;
  readonly end: number;
  /** No more after so many failures. */
  readonly mostFailures: number;
}

/** Seeds that a worker takes at a time. */
const SHARE = 200;

const { seeds, index, end, mostFailures } = workerData as Work;
let failures = 0;
for (let first = take(); first < end && failures < mostFailures; first = take()) {
  for (let seed = first; seed < Math.min(first + SHARE, end) && failures < mostFailures; seed++) {
    Atomics.store(seeds, 1 + index, seed);
    const complaints = simulate(scheduleOf(seed));
    if (complaints.length === 0) continue;
    failures++;
    parentPort!.postMessage({ seed, complaints });
  }
}

function take(): number {
  return Atomics.add(seeds, 0, SHARE);
}
