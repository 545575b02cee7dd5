/**
 * sexton as real PID 1 of a fresh PID namespace, for tests: unshare --pid --fork --mount-proc.
 *
 * SEXTON_TEST_NODE: the Node that runs it (default: the one that runs the tests).
 * SEXTON_TEST_FFI: the FFI backend (default: sexton's own choice).
 * SEXTON_TEST_ENTRY: node, launcher, launcher-slow, sea or sea-slow (default: node).
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'vitest';

export const root: string = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const fixtures: string = join(root, 'test', 'fixtures');
export const node: string = process.env['SEXTON_TEST_NODE'] ?? process.execPath;
export const isRoot: boolean = process.getuid!() === 0;

/**
 * The way in: the Node entry (default), or the launcher with its fast lane, or without (launcher-slow); or the single
 * file, which has its own Node inside, and both lanes too (sea, sea-slow).
 */
export const entry: string = process.env['SEXTON_TEST_ENTRY'] ?? 'node';
export const isSingleFile: boolean = entry.startsWith('sea');
export const singleFile: string = join(root, 'build', `linux-${process.arch}`, 'sexton');
/** Whether the program runs before Node. */
export const isFastLane: boolean = entry === 'launcher' || entry === 'sea';
const launcher = join(root, 'prebuilds', `linux-${process.arch}`, 'sexton');

/** The Node entry, and the command that is sexton by the way in that is asked for; both to be followed by its options. */
export const nodeEntry: string = join(root, 'bin', 'sexton.js');
export const sexton: readonly string[] = entry === 'node' ? [node, nodeEntry] : [isSingleFile ? singleFile : launcher];

/** What sexton needs in its environment to run as these tests want it. */
export const sextonEnvironment: Readonly<Record<string, string>> = {
  ...(process.env['SEXTON_TEST_FFI'] ? { SEXTON_FFI: process.env['SEXTON_TEST_FFI'] } : {}),
  ...(entry.startsWith('launcher') ? { SEXTON_NODE: node } : {}),
  ...(entry.endsWith('-slow') ? { SEXTON_FAST_LANE: '0' } : {}),
};

/** As root plainly; else with a user namespace, where that is allowed. */
const unshare: readonly string[] = [
  'unshare',
  ...(isRoot ? [] : ['--user', '--map-root-user']),
  '--pid',
  '--fork',
  '--mount-proc',
  '--kill-child',
];

/** Why namespace tests cannot run here; undefined where they can. */
export const whyNoNamespaces: string | undefined = (() => {
  const { status, stderr } = spawnSync(unshare[0]!, [...unshare.slice(1), 'true'], { encoding: 'utf8' });
  return status === 0 ? undefined : `no PID namespaces here: ${stderr?.trim() || 'unshare is missing'}`;
})();

/** Whether the launcher has the room here to take its fast lane: /proc/self/limits, and the cgroup's pids limit. */
export const isAmple: boolean = (() => {
  const unlimited = ['address space', 'data size', ...(isRoot ? [] : ['processes'])];
  const limits = readFileSync('/proc/self/limits', 'latin1');
  const { stdout } = spawnSync('sh', ['-c', 'cat /sys/fs/cgroup/pids.max /sys/fs/cgroup/pids/pids.max 2>/dev/null'], {
    encoding: 'utf8',
  });
  const areUnlimited = unlimited.every(name => new RegExp(`^Max ${name} +unlimited`, 'm').test(limits));
  return areUnlimited && !/^[0-9]{1,4}$/m.test(stdout);
})();

/** The reason why something that a test needs is not here; undefined if it is. */
export function missing(program: string): string | undefined {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0 ? undefined : `${program} is not installed`;
}

/** `describe`, unless something is missing: then it says so, since a silent skip looks like a pass. */
export function describeWith(missing: readonly (string | undefined)[], name: string, tests: () => void): void {
  const reason = missing.find(one => one !== undefined);
  if (reason === undefined) {
    describe(name, tests);
    return;
  }
  process.stderr.write(`skipped: ${name}: ${reason}\n`);
  // Not `tests`: vitest would call it, and it may start with what is missing.
  describe.skip(`${name} (${reason})`, () => it('is not run', () => {}));
}

export interface Options {
  /** The command to be PID 1; default sexton. */
  init?: readonly string[];
  /** More words for unshare, or a command that execs the rest: ['setpriv', …]. */
  wrapper?: readonly string[];
  /** The whole environment; default PATH alone. */
  environment?: Readonly<Record<string, string>>;
  /** Text for stdin; default: /dev/null. */
  input?: string;
  cwd?: string;
  /** Not in a namespace of its own: sexton is not PID 1. */
  nested?: boolean;
}

export interface Outcome {
  /** The exit status; 128 + n if it died of signal n. */
  status: number;
  stdout: string;
  stderr: string;
}

/** Runs an init with these words to its end. */
export async function run(words: readonly string[], options: Options = {}): Promise<Outcome> {
  return (await start(words, options)).ended;
}

/** Starts an init with these words. */
export async function start(words: readonly string[], options: Options = {}): Promise<Container> {
  const { init = sexton, wrapper = [], environment, input, cwd, nested = false } = options;
  const [command, ...rest] = [...(nested ? [] : unshare), ...wrapper, ...init, ...words];
  const child = spawn(command!, rest, {
    cwd,
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], ...sextonEnvironment, ...environment },
  });
  if (input !== undefined) child.stdin!.end(input);
  const container = new Container(child, nested);
  await container.started;
  return container;
}

/** A running init with what is below it. */
export class Container {
  /** Its pid is there, or it is gone already. */
  readonly started: Promise<unknown>;
  readonly ended: Promise<Outcome>;
  stdout = '';
  stderr = '';
  readonly #child: ChildProcess;
  readonly #nested: boolean;
  #wake: () => void = () => {};

  constructor(child: ChildProcess, nested: boolean) {
    this.#child = child;
    this.#nested = nested;
    child.stdout!.setEncoding('utf8').on('data', text => {
      this.stdout += text;
      this.#wake();
    });
    child.stderr!.setEncoding('utf8').on('data', text => {
      this.stderr += text;
      this.#wake();
    });
    this.ended = new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => {
        this.#wake();
        const status = code ?? 128 + constants.signals[signal!];
        resolve({ status, stdout: this.stdout, stderr: this.stderr });
      });
    });
    const isGone = () => child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
    this.started = until(() => isGone() || this.#findPid() !== undefined);
  }

  /** The init's pid as the tests see it, outside. */
  get pid(): number {
    const pid = this.#findPid();
    if (pid === undefined) throw new Error('the init has not started, or is gone');
    return pid;
  }

  #findPid(): number | undefined {
    return this.#nested ? this.#child.pid : childrenOf(this.#child.pid!)[0];
  }

  /** Resolves once the init takes every signal: before it, nobody catches SIGILL. */
  async listening(): Promise<void> {
    await until(() => {
      const pid = this.#findPid();
      const caught = pid && statusOf(pid)?.['SigCgt'];
      return caught && (BigInt(`0x${caught}`) & 8n) === 8n;
    });
  }

  /** Resolves once it takes itself to be at rest: then it gives Node's code back, and passes signals on at once. */
  async resting(): Promise<void> {
    const kibibytes = (field: string) => Number.parseInt(statusOf(this.pid)![field]!, 10);
    await until(() => kibibytes('VmRSS') < kibibytes('VmHWM') / 2);
  }

  /** Sends a signal to the init from outside its namespace. */
  kill(signal: NodeJS.Signals | number): void {
    process.kill(this.pid, signal);
  }

  /** From now on nobody reads its stderr: writes to it fail with EPIPE. */
  closeStderr(): void {
    this.#child.stderr!.destroy();
  }

  /** Resolves when stdout (or stderr) matches; rejects when the init ends first. */
  async says(pattern: RegExp, stream: 'stdout' | 'stderr' = 'stdout'): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this[stream]);
      if (match) return match;
      const woken = new Promise<'woken'>(resolve => {
        this.#wake = () => resolve('woken');
      });
      const outcome = await Promise.race([woken, this.ended]);
      if (outcome !== 'woken' && !pattern.test(this[stream]))
        throw new Error(`ended without saying ${pattern}: ${JSON.stringify(outcome)}`);
    }
  }

  /** Kills it, whatever it is doing: for afterEach. */
  async end(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }
}

/** Polls until `look` gives something; the test's own timeout ends it. */
export async function until<T>(look: () => T | undefined | false | null): Promise<T> {
  for (;;) {
    const found = look();
    if (found !== undefined && found !== false && found !== null) return found;
    await new Promise(resolve => setTimeout(resolve, 5));
  }
}

/** Whether it comes in time. */
export async function isIn(milliseconds: number, awaited: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>(resolve => {
    timer = setTimeout(resolve, milliseconds, 'late');
  });
  const first = await Promise.race([awaited, late]);
  clearTimeout(timer);
  return first !== 'late';
}

/** The children of its first thread, or of another. */
export function childrenOf(pid: number, thread: number | string = pid): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** Fields of /proc/PID/status, seen from outside; undefined when it is gone. */
export function statusOf(pid: number): Record<string, string> | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Object.fromEntries(text.split('\n').map(line => line.split(':\t', 2)));
  } catch {
    return undefined;
  }
}

/** The first process below `pid` whose command line matches, seen from outside. */
export function descendant(pid: number, commandLine: RegExp): number | undefined {
  for (const child of childrenOf(pid)) {
    if (commandLine.test(commandLineOf(child))) return child;
    const below = descendant(child, commandLine);
    if (below !== undefined) return below;
  }
  return undefined;
}

function commandLineOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}
