import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { mayHaveOwnVariables, variable, withoutOwnVariables, withVariables } from './cli/environment.ts';
import { ownPlan } from './cli/personalities/own.ts';
import type { Answer, Manner, Plan, Step } from './cli/personalities/personality.ts';
import { defaultSettings, type Settings } from './cli/settings.ts';
import { Failure } from './failure.ts';
import { init, pause } from './init/init.ts';
import { harmless, type Voice } from './init/voice.ts';
import { findAccount } from './kernel/accounts.ts';
import { ESRCH } from './kernel/errors.ts';
import { openFunctions } from './kernel/ffi/choose.ts';
import { type Inherited, readInherited, toByteString } from './kernel/inherited.ts';
import { type Linux, openLinux, SpawnError } from './kernel/linux.ts';
import { isProcessAlive } from './kernel/procfs.ts';
import { candidates } from './kernel/search-path.ts';
import { SIGRTMIN } from './kernel/signals.ts';
import {
  DESCRIPTOR_CLOSED,
  DESCRIPTOR_KEPT,
  type Descriptor,
  RLIMIT_NOFILE,
  type SpawnRequest,
} from './kernel/spawn-request.ts';
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
  if (!inherited.isRecorded && process.env['NODE_OPTIONS']) becomeLauncher(inherited);
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
  const status = settings.pause ? pause(linux, voice, settings.inspectOrphans) : init(linux, settings, voice, program);
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

/**
 * NODE_OPTIONS is meant for the program, but this Node has obeyed it: agents have run, a debugger may listen, limits
 * are set. The launcher starts over, in the same process, with a Node that does not get to see it.
 */
function becomeLauncher(inherited: Inherited): void {
  const { environment } = inherited;
  const { baseName, lookUp } = require('./names.ts') as typeof import('./names.ts');
  const isName = lookUp(baseName(inherited.calledAs)) !== undefined;
  // By the Node that was chosen for us.
  const chosen = variable(environment, 'SEXTON_NODE') ? [] : [`SEXTON_NODE=${toByteString(process.execPath)}`];
  openKernel(variable(environment, 'SEXTON_FFI')).exec({
    candidates: [toByteString(join(prebuilds(), 'sexton'))],
    // The fast lane is for our own name, and `dist/sexton.cjs` or whatever else led here is none that counts.
    argv: [isName ? inherited.calledAs : 'sexton', ...inherited.arguments],
    environment: withVariables(environment, chosen),
    leads: 'group',
    blocked: inherited.blocked,
    ignored: inherited.ignored,
    limits: [],
    descriptors: programDescriptors(inherited.descriptors),
  });
  // Still here: a package without launcher, or a file system that nothing may be executed from. Then as we are.
}

function prebuilds(): string {
  return join(__dirname, '..', 'prebuilds', `linux-${process.arch}`);
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

function openKernel(ffi: string | undefined): Linux {
  return openLinux(openFunctions(ffi, join(prebuilds(), 'libsexton.so')));
}

/** What the program is to be started with: all that we inherited, and what the options change. */
function programRequest(settings: Settings, inherited: Inherited): SpawnRequest {
  let environment = withoutOwnVariables(inherited.environment);
  let credentials: SpawnRequest['credentials'];
  if (settings.user !== undefined) {
    const account = findAccount(settings.user, process.getgid!());
    if ('unknown' in account)
      throw new Failure(
        `--user: ${account.unknown} '${account.name}' is not in /etc/${account.unknown === 'user' ? 'passwd' : 'group'}; a number needs no entry`,
      );
    credentials = account;
    environment = withVariables(environment, [`HOME=${account.home}`]);
  }
  environment = withVariables(environment, settings.addedEnvironment);
  return {
    candidates: candidates(settings.program[0]!, variable(environment, 'PATH')),
    argv: settings.program,
    environment,
    leads: settings.leads,
    directory: settings.directory,
    credentials,
    blocked: settings.inheritSignals ? inherited.blocked : [],
    ignored: settings.inheritSignals ? inherited.ignored : inherited.ignored.filter(signal => signal >= SIGRTMIN),
    limits: inherited.descriptorLimit ? [{ resource: RLIMIT_NOFILE, ...inherited.descriptorLimit }] : [],
    descriptors: programDescriptors(inherited.descriptors),
  };
}

/** Those that were open are open again; where a standard one was closed, Node has opened /dev/null. */
function programDescriptors(open: readonly number[]): Descriptor[] {
  const closed = [0, 1, 2].filter(fd => !open.includes(fd));
  return [
    ...closed.map((fd): Descriptor => ({ fd, fate: DESCRIPTOR_CLOSED })),
    ...open.map((fd): Descriptor => ({ fd, fate: DESCRIPTOR_KEPT })),
  ];
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
