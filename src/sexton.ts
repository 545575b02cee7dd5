import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { mayHaveOwnVariables, variable, withoutOwnVariables, withVariables } from './cli/environment.ts';
import { defaultSettings, type Settings } from './cli/settings.ts';
import { Failure } from './failure.ts';
import { init, pause } from './init/init.ts';
import { findAccount } from './kernel/accounts.ts';
import { ENOENT, errorText } from './kernel/errors.ts';
import type { Backend } from './kernel/ffi/ffi.ts';
import { ffiNapiBackend } from './kernel/ffi/ffi-napi.ts';
import { koffiBackend } from './kernel/ffi/koffi.ts';
import { type Inherited, readInherited, toByteString } from './kernel/inherited.ts';
import { type Linux, openLinux, SpawnError } from './kernel/linux.ts';
import { isProcessAlive } from './kernel/procfs.ts';
import { candidates } from './kernel/search-path.ts';
import {
  DESCRIPTOR_CLOSED,
  DESCRIPTOR_KEPT,
  type Descriptor,
  RLIMIT_NOFILE,
  type SpawnRequest,
  type SpawnStep,
} from './kernel/spawn-request.ts';
import { createLog, textLine } from './report/log.ts';
import { createVoice } from './report/voice.ts';

/** sexton itself failed, before or around the spawn; 126 and 127 are the program's. */
const FAILED = 125;
const CANNOT_EXECUTE = 126;
const NOT_FOUND = 127;

/** How a last line is written; the log takes it over as soon as there is one. */
let lastWords = (message: string): void => {
  writeSync(2, textLine(`sexton: ${message}`));
};

main();

function main(): void {
  try {
    run(readInherited());
  } catch (error) {
    fail(FAILED, error instanceof Failure ? error.message : String(error instanceof Error ? error.stack : error));
  }
}

/** Settings → init → exit. */
function run(inherited: Inherited): void {
  if (!inherited.isRecorded && process.env['NODE_OPTIONS']) becomeLauncher(inherited);
  const settings = readSettings(inherited);
  if ('text' in settings) {
    print(settings.text);
    return;
  }

  const linux = openKernel(variable(inherited.environment, 'SEXTON_FFI'));
  linux.listen();
  const { verbosity, logFormat: format } = settings;
  const log = createLog({ verbosity, format, pid: linux.pid, write: line => linux.write(2, line) });
  lastWords = log.error;
  const request = settings.pause || inherited.program ? undefined : programRequest(settings, inherited);
  const voice = createVoice(log, settings.warnOnReap);
  becomeInit(linux, settings, inherited.parent);
  const program = inherited.program || (request ? spawn(linux, request, settings) : 0);
  // From here on nothing may fail: PID 1 would take the program with it.
  letGo(linux, inherited);
  if (program > 0) log.debug(`spawned ${settings.program[0]} as ${program}`, { program });
  linux.exit(settings.pause ? pause(linux, voice, settings.inspectOrphans) : init(linux, settings, voice, program));
}

function print(text: string): void {
  try {
    writeSync(1, text);
  } catch {
    // The reader has read enough (EPIPE).
  }
}

/**
 * NODE_OPTIONS is meant for the program, but this Node has obeyed it: agents have run, a debugger may listen, limits
 * are set. The launcher starts over, in the same process, with a Node that does not get to see it.
 */
function becomeLauncher(inherited: Inherited): void {
  const { environment } = inherited;
  // By the Node that was chosen for us.
  const chosen = variable(environment, 'SEXTON_NODE') ? [] : [`SEXTON_NODE=${toByteString(process.execPath)}`];
  openKernel(variable(environment, 'SEXTON_FFI')).exec({
    candidates: [toByteString(join(prebuilds(), 'sexton'))],
    argv: ['sexton', ...inherited.arguments],
    environment: withVariables(environment, chosen),
    session: false,
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
function readSettings(inherited: Inherited): Settings | { readonly text: string } {
  const words = inherited.arguments;
  const program = words[0] === '--' ? words.slice(1) : words;
  const isPlain = program.length > 0 && (program !== words || !words[0]!.startsWith('-'));
  if (isPlain && (inherited.program || !mayHaveOwnVariables(inherited.environment))) return defaultSettings(program);
  const { readCommandLine } = require('./cli/command-line.ts') as typeof import('./cli/command-line.ts');
  return readCommandLine(words, inherited.environment);
}

function openKernel(ffi: string | undefined): Linux {
  const backends = new Map<string, () => Backend>([
    ['koffi', koffiBackend],
    ['ffi-napi', ffiNapiBackend],
  ]);
  const backend = backends.get(ffi || 'koffi');
  if (!backend) throw new Failure(`SEXTON_FFI: '${ffi}' is not one of ${[...backends.keys()].join(', ')}`);
  try {
    return openLinux(backend(), join(prebuilds(), 'libsexton.so'));
  } catch (error) {
    const [reason] = String((error as Error).message).split('\n');
    throw new Failure(`the native part for linux-${process.arch} does not load: ${reason}`);
  }
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
    session: settings.session,
    directory: settings.directory,
    credentials,
    blocked: inherited.blocked,
    ignored: inherited.ignored,
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

/** All that makes a process an init, but for PID 1, which the kernel makes. */
function becomeInit(linux: Linux, settings: Settings, parent: number): void {
  if (settings.scope === 'all' && linux.pid !== 1)
    throw new Failure(
      `--scope: 'all' would reach processes that are not ours, since sexton is not PID 1 here: use group`,
    );
  // A `pkill node` in the container must not end its init.
  process.title = ['sexton', ...settings.program].join(' ');
  linux.setName('sexton');
  if (settings.subreaper === 'yes' || (settings.subreaper === 'auto' && linux.pid !== 1)) {
    const result = linux.becomeSubreaper();
    if (result < 0) throw new Failure(`cannot become a subreaper: ${errorText(-result)}`);
  }
  if (settings.parentDeathSignal !== 0) {
    linux.setParentDeathSignal(settings.parentDeathSignal);
    // prctl(2): nothing is sent for a parent that died before. Then there is nobody to run the program for.
    if (linux.parent() !== parent) throw new Failure('--parent-death-signal: the parent has died already');
  }
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

function spawn(linux: Linux, request: SpawnRequest, settings: Settings): number {
  try {
    return linux.spawn(request);
  } catch (error) {
    if (error instanceof SpawnError) return failToSpawn(error, settings);
    throw error;
  }
}

function failToSpawn({ step, errno }: SpawnError, settings: Settings): never {
  const reason = errorText(errno);
  const program = settings.program[0]!;
  const messages: Partial<Record<SpawnStep, string>> = {
    directory: `--chdir: cannot change to '${settings.directory}': ${reason}`,
    'supplementary groups': `--user: cannot become '${settings.user}': setgroups: ${reason}; that takes root`,
    gid: `--user: cannot become '${settings.user}': setgid: ${reason}`,
    uid: `--user: cannot become '${settings.user}': setuid: ${reason}`,
  };
  if (step !== 'exec') return fail(FAILED, messages[step] ?? `cannot start '${program}': ${step}: ${reason}`);
  return fail(errno === ENOENT ? NOT_FOUND : CANNOT_EXECUTE, `${program}: ${reason}`);
}

function fail(status: number, message: string): never {
  try {
    lastWords(message);
  } catch {
    // No stderr, or a full one: the status has to say it.
  }
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
