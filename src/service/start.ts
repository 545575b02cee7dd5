import { accessSync, lstatSync, unlinkSync } from 'node:fs';
import { readText } from '../kernel/procfs.ts';
import { serviceProgram } from '../parts.ts';
import type { Ledger } from '../report/ledger/layout.ts';
import type { LogOptions } from '../report/log.ts';
import { createLog } from '../report/log.ts';

export interface ServiceOptions extends LogOptions {
  /** Milliseconds from one look through /proc to the next. */
  watch: number | undefined;
  /** The absolute path of the control socket. */
  control: string | undefined;
  metrics: Address | undefined;
  /** For control and metrics. */
  ledger: Ledger | undefined;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** What the worker is given. */
export interface ServiceData extends Omit<ServiceOptions, 'write'> {
  /** Device and inode of the socket that it has made; zeros until then. */
  readonly socket: BigUint64Array;
  /** 1 once the worker runs. */
  readonly runs: Int32Array;
}

/** The worker has had time enough to start. Milliseconds. */
const STARTED = 5000;

/** The worker's memory, in MB. What it holds is bounded, so that these are far away: look.ts says why. */
const LIMITS = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 2, codeRangeSizeMb: 8, stackSizeMb: 1 };

/**
 * Starts the thread that has an event loop, for whatever needs one: the init's own never runs again. Called after the
 * spawn: what fails here is a warning. Returns what is to be done before leaving.
 */
export function startService({ write, ...options }: ServiceOptions): () => void {
  const data: ServiceData = {
    ...options,
    socket: new BigUint64Array(new SharedArrayBuffer(16)),
    runs: new Int32Array(new SharedArrayBuffer(4)),
  };
  const begin = performance.now();
  function failed(reason: string): void {
    const log = createLog({ ...options, write });
    log.warn(`--watch, --control and --metrics do not work: ${reason}`, { event: 'service' });
  }
  let hasFailed = false;
  try {
    startWorker(data);
  } catch (error) {
    hasFailed = true;
    failed((error as Error).message);
  }
  return () => {
    removeSocket(data);
    // It would have told of this by an event, and no event ever came here.
    if (!hasFailed && data.runs[0] === 0 && performance.now() - begin > STARTED) failed('their thread never started');
  };
}

function startWorker(data: ServiceData): void {
  const { program, isCode } = serviceProgram();
  // That it is missing would be told by an event, and no event ever comes here.
  if (!isCode) accessSync(program);
  // V8 ends the process if it does not get the memory for one more heap.
  if (/^Max (address space|data size) +[0-9]/m.test(readText('/proc/self/limits') ?? ''))
    throw new Error('there is a limit on memory (ulimit -v or -d), which one more thread could reach');
  // The socket is nobody else's from the first moment; a worker cannot do this, and the program has a umask of its own.
  process.umask(0o177);
  const { Worker } = require('node:worker_threads') as typeof import('node:worker_threads');
  new Worker(program, {
    eval: isCode,
    workerData: data,
    resourceLimits: LIMITS,
    env: {},
    execArgv: [],
    // Otherwise Node would touch process.stdout, and make a pipe that we share with the program non-blocking.
    stdin: false,
    stdout: true,
    stderr: true,
  }).unref();
}

/** Unless it is another's by now. */
function removeSocket({ control, socket }: ServiceData): void {
  if (control === undefined || socket[1] === 0n) return;
  try {
    const { dev, ino } = lstatSync(control, { bigint: true });
    if (dev === socket[0] && ino === socket[1]) unlinkSync(control);
  } catch {
    // It has gone already.
  }
}
