import { writeSync } from 'node:fs';
import { mayHaveOwnVariables, variable } from './cli/environment.ts';
import { ownPlan } from './cli/personalities/own.ts';
import type { Answer, Manner, Plan, Step } from './cli/personalities/personality.ts';
import { defaultSettings, type Settings } from './cli/settings.ts';
import { Failure } from './failure.ts';
import { init, pause } from './init/init.ts';
import { harmless, type Voice } from './init/voice.ts';
import { ESRCH } from './kernel/errors.ts';
import { type Inherited, readInherited } from './kernel/inherited.ts';
import { type Linux, SpawnError } from './kernel/linux.ts';
import { isProcessAlive } from './kernel/procfs.ts';
import type { SpawnRequest } from './kernel/spawn-request.ts';
import { openKernel } from './open-kernel.ts';
import { programRequest } from './program.ts';
import type { Ledger } from './report/ledger/layout.ts';

/** How lines are written, until the kernel does it without ever blocking. */
let write = (stream: number, line: Uint8Array): number => {
  try {
    return writeSync(stream, line);
  } catch {
    // No stderr, or nobody who reads it: the status has to say it.
    return -1;
  }
};

/** Once it is open. */
let kernel: Linux | undefined;

/** How we speak, and with which status we fail. */
let manner: Manner | undefined;

main();

function main(): void {
  try {
    run(readInherited());
  } catch (error) {
    fail(error instanceof Failure ? error.message : String(error instanceof Error ? error.stack : error));
  }
}

/** Settings → init → exit. */
function run(inherited: Inherited): void {
  if (!inherited.isRecorded && process.env['NODE_OPTIONS']) loadStartOver()(inherited);
  const plan = readPlan(inherited);
  if ('texts' in plan) give(plan);

  const { settings } = plan;
  const { voice, ledger, elapseSecond, becameInit, spawned, leaving } = speakAs(plan);
  const linux = openKernel(variable(inherited.environment, 'SEXTON_FFI'));
  kernel = linux;
  if (ledger) linux.measure();
  if (elapseSecond) linux.eachSecond(elapseSecond);
  linux.listen(settings.takesTerminalStops);
  write = linux.write;
  const request = settings.pause || inherited.program ? undefined : programRequest(settings, inherited);
  becameInit(becomeInit(linux, settings, inherited.parent));
  const program = inherited.program || (request ? spawn(linux, request) : 0);
  // From here on nothing may fail: PID 1 would take the program with it.
  letGo(linux, inherited);
  if (program > 0) harmlessly(() => spawned(program), voice);
  const endService = harmlessly(() => serve(linux, settings, ledger), voice);
  const status = settings.pause ? pause(linux, settings, voice) : init(linux, settings, voice, program);
  harmlessly(() => leaving?.(status), voice);
  harmlessly(() => endService?.(), voice);
  linux.exit(status);
}

/** What is said must not change what is done. */
function harmlessly<T>(say: () => T, voice: Voice): T | undefined {
  try {
    return say();
  } catch (error) {
    harmless(voice).trouble(error);
    return undefined;
  }
}

/** What needs an event loop, if it is asked for. Returns what ends it. */
function serve(linux: Linux, settings: Settings, ledger: Ledger | undefined): (() => void) | undefined {
  const { watch, control, metrics, verbosity, logFormat: format } = settings;
  if (watch === undefined && control === undefined && !metrics) return undefined;
  const { startService } = require('./service/start.ts') as typeof import('./service/start.ts');
  const { pid } = linux;
  const write = (line: Uint8Array): number => linux.write(2, line);
  return startService({ watch, control, metrics, verbosity, format, pid, write, ledger });
}

function give({ texts, status }: Answer): never {
  for (const { stream, text } of texts) write(stream, Buffer.from(text, 'latin1'));
  process.exit(status);
}

function speakAs({ createManner }: Plan): Manner {
  manner = createManner({
    pid: process.pid,
    write: (stream, line) => write(stream, line),
    usage: () => kernel?.usage,
  });
  return manner;
}

function loadStartOver(): typeof import('./start-over.ts').startOver {
  return (require('./start-over.ts') as typeof import('./start-over.ts')).startOver;
}

/** Without options and variables of ours, by far the commonest case, neither table nor parser is needed. */
function readPlan(inherited: Inherited): Plan | Answer {
  const words = inherited.arguments;
  const program = words[0] === '--' ? words.slice(1) : words;
  const isPlain = program.length > 0 && (program !== words || !words[0]!.startsWith('-')) && isOwnName(inherited);
  if (isPlain && (inherited.program || !mayHaveOwnVariables(inherited.environment)))
    return ownPlan(defaultSettings(program));
  const { readCall } = require('./cli/personalities/load.ts') as typeof import('./cli/personalities/load.ts');
  return readCall(inherited, process.pid);
}

function isOwnName({ calledAs }: Inherited): boolean {
  return calledAs === 'sexton' || calledAs.endsWith('/sexton');
}

/** All that makes a process an init, but for PID 1, which the kernel makes. Returns how orphans come to us. */
function becomeInit(linux: Linux, settings: Settings, parent: number): Parameters<Manner['becameInit']>[0] {
  if (settings.scope === 'all' && linux.pid !== 1)
    throw new Failure(
      `--scope: 'all' would reach processes that are not ours, since sexton is not PID 1 here: use group`,
    );
  // A `pkill node` in the container must not end its init.
  process.title = ['sexton', ...settings.program].join(' ');
  linux.setName('sexton');
  const isSubreaper = settings.subreaper === 'yes' || (settings.subreaper === 'auto' && linux.pid !== 1);
  if (isSubreaper) {
    const result = linux.becomeSubreaper();
    if (result < 0) refuse('subreaper', -result);
  }
  if (settings.parentDeathSignal !== 0) {
    linux.setParentDeathSignal(settings.parentDeathSignal);
    // prctl(2): nothing is sent for a parent that died before. Then there is nobody to run the program for.
    if (linux.parent() !== parent) refuse('parent', ESRCH);
  }
  if (isSubreaper) return 'subreaper';
  return linux.pid === 1 ? 'PID 1' : 'neither';
}

/** What the program has, we need not hold: a directory cannot be unmounted, a pipe does not end, while we do. */
function letGo(linux: Linux, inherited: Inherited): void {
  for (const fd of inherited.descriptors) if (fd > 2) linux.close(fd);
  try {
    process.chdir('/');
  } catch {
    // A root that we may not enter.
  }
}

function spawn(linux: Linux, request: SpawnRequest): number {
  try {
    return linux.spawn(request);
  } catch (error) {
    if (error instanceof SpawnError) return refuse(error.step, error.errno);
    throw error;
  }
}

function refuse(step: Step, errno: number): never {
  return leave(speaker().refused(step, errno));
}

function fail(message: string): never {
  return leave(speaker().failed(message));
}

function speaker(): Manner {
  return manner ?? speakAs(ownPlan(defaultSettings([])));
}

function leave(status: number): never {
  endEarlyProgram();
  process.exit(status);
}

/** The program of the fast lane runs already: it is not left without an init, nor killed without a word. */
function endEarlyProgram(): void {
  const program = Number(/,([1-9][0-9]*)$/.exec(process.env['SEXTON_RECORD'] ?? '')?.[1]);
  if (!program) return;
  try {
    process.kill(-program, 'SIGTERM');
    const clock = new Int32Array(new SharedArrayBuffer(4));
    while (isProcessAlive(program)) Atomics.wait(clock, 0, 0, 20);
  } catch {
    // It has gone by itself.
  }
}
