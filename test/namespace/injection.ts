/** An init whose system calls fail: test/fixtures/inject.c. What it does all the same, and what becomes of it. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile, temporaryFolder, whyNoCompiler } from './c-fixture.ts';
import { childrenOf, isIn, isRoot, type Outcome, root, start, whyNoNamespaces } from './harness.ts';
import { Terminal } from './terminal.ts';

/** Where an init makes a system call. */
export interface Site {
  /** The object's file name and the offset of the instruction. */
  readonly name: string;
  /** The function around it, where the object tells. */
  readonly inside: string | undefined;
  /** What it is called, with what it does where that is an argument. */
  readonly call: string;
  /** In the init itself, or in its child until that executes the program. */
  readonly where: 'init' | 'child';
  /** How often it was made when nothing failed. */
  readonly count: number;
}

export interface Fault {
  readonly site: Site;
  readonly errno: number;
  /** The first and the last time that it fails; 0: from the first on for ever. */
  readonly first: number;
  readonly last: number;
}

/** What is to be run, and how it ends when nothing fails. */
export interface Scenario {
  readonly name: string;
  readonly command: readonly string[];
  readonly status: number;
  /** The program cannot be started even when nothing fails. */
  readonly isRefused?: boolean;
  /** On a terminal of its own, and not as PID 1. */
  readonly onTerminal?: boolean;
  /** Whose calls count: file names of executables and libraries, and calls that count wherever they are made. */
  readonly objects: readonly string[];
  readonly calls?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Observed extends Outcome {
  /**
   * refused: the program did not start.
   * withdrawn: it had started, but the init had to end: before the program had answered, or with 125.
   * unharmed: it answered to one signal, its orphans were reaped, it ended as it was told to, and its status is ours.
   * recovered: the same, but a signal had to be sent again, or the fault had to go away.
   */
  readonly result: 'refused' | 'withdrawn' | 'unharmed' | 'recovered' | 'hung' | 'wrong status';
}

const folder = temporaryFolder();
const libsexton = join(root, 'prebuilds', `linux-${process.arch}`, 'libsexton.so');
let compiled: ReturnType<typeof tools> | undefined;

/** The injector, and the program that answers. */
export function tools(): Readonly<Record<'inject' | 'answer', string>> {
  compiled ??= {
    inject: compile('inject', folder),
    answer: compile('answer', folder),
  };
  return compiled;
}

/** Why no system call can be made to fail here; undefined where it can. */
export const whyNoInjection: string | undefined =
  whyNoCompiler ??
  whyNoNamespaces ??
  (process.arch === 'x64' ? undefined : 'the injector knows x86-64 only') ??
  refusal();

function refusal(): string | undefined {
  const [command, ...words] = injector([], '--', 'true');
  const { status, stderr } = spawnSync(command!, words, { encoding: 'utf8' });
  return status === 0 ? undefined : `ptrace is not allowed here: ${stderr.trim()}`;
}

function injector(...words: readonly (string | readonly string[])[]): string[] {
  return [...(isRoot ? [] : ['unshare', '--user', '--map-root-user']), tools().inject, ...words.flat()];
}

/** Every site of the scenario's calls, as it goes when nothing fails. */
export async function sitesOf(scenario: Scenario): Promise<Site[]> {
  const record = join(folder, 'record');
  const observed = await observe(scenario, undefined, { record, patience: PATIENCE });
  if (observed.result !== (scenario.isRefused ? 'refused' : 'unharmed'))
    throw new Error(`${scenario.name}: ${JSON.stringify(observed)}`);
  return readFileSync(record, 'utf8')
    .trimEnd()
    .split('\n')
    .map(line => line.split('\t'))
    .map(([name, call, where, count]) => ({
      name: name!,
      inside: functionAt(name!),
      call: call!,
      where: where as Site['where'],
      count: Number(count),
    }));
}

/** libsexton's functions, by their addresses in the file: nm(1). */
let functions: { readonly begin: number; readonly end: number; readonly name: string }[] | undefined;

function functionAt(site: string): string | undefined {
  const [object, offset] = site.split('+');
  if (object !== 'libsexton.so') return undefined;
  const { stdout } = functions ? { stdout: '' } : spawnSync('nm', ['-S', libsexton], { encoding: 'utf8' });
  functions ??= [...stdout.matchAll(/^([0-9a-f]+) ([0-9a-f]+) [tT] (.+)$/gm)].map(([, begin, size, name]) => {
    const address = Number.parseInt(begin!, 16);
    return { begin: address, end: address + Number.parseInt(size!, 16), name: name! };
  });
  const address = Number.parseInt(offset!, 16);
  return functions.find(({ begin, end }) => address >= begin && address < end)?.name;
}

/** As long as a busy machine may need for anything. Milliseconds. */
export const PATIENCE = 30_000;
/** How often a signal is sent again. Milliseconds. */
const AGAIN = 300;

export interface Manner {
  /** How long to wait for what has to come by itself, until the fault is lifted and the signal sent again. Milliseconds. */
  readonly patience: number;
  /** And how long from then on. Milliseconds; 0: not at all. */
  readonly leniency?: number;
  readonly record?: string;
}

/** Runs the scenario with this fault: SIGUSR1 and an answer, SIGTERM and the end. */
export async function observe(
  { command, status, objects, calls = [], environment = {}, onTerminal = false }: Scenario,
  fault: Fault | undefined,
  { patience, leniency = 0, record }: Manner,
): Promise<Observed> {
  const init = injector(
    onTerminal ? ['-n'] : [],
    record === undefined ? [] : ['-r', record],
    fault ? ['-f', `${fault.site.name}:${fault.first}:${fault.last}:${fault.errno}`] : [],
    objects.flatMap(object => ['-o', object]),
    calls.flatMap(call => ['-c', call]),
    '--',
  );
  const container = onTerminal
    ? new Terminal([...init, ...command], { environment })
    : await start(command, { init, nested: true, environment });
  const ended = container.ended.then(() => 'ended');
  let recovered = false;

  function says(pattern: RegExp): Promise<unknown> {
    return container.says(pattern).catch(() => 'ended');
  }

  function send(signal: NodeJS.Signals): void {
    try {
      for (const pid of childrenOf(injectorPid())) process.kill(pid, signal);
    } catch {
      // It is gone.
    }
  }

  function injectorPid(): number {
    return onTerminal ? childrenOf(container.pid)[0]! : container.pid;
  }

  /** Sends a signal, again and again if need be, until what is awaited has come; false if it does not. */
  async function achieved(signal: NodeJS.Signals, awaited: Promise<unknown>): Promise<boolean> {
    send(signal);
    if (await isIn(patience, awaited)) return true;
    recovered = true;
    for (let waited = 0; waited < leniency; waited += AGAIN) {
      lift(injectorPid);
      send(signal);
      if (await isIn(AGAIN, awaited)) return true;
    }
    return false;
  }

  const isReady = await isIn(PATIENCE, says(/^ready/m));
  const isAnswered = isReady && (await achieved('SIGUSR2', says(/^answered/m)));
  const isOver = isAnswered && (await achieved('SIGTERM', ended));
  if (!isOver) await container.end();
  const outcome = await container.ended;
  return { ...outcome, result: judge(isOver, recovered, status, outcome) };
}

function judge(isOver: boolean, recovered: boolean, expected: number, outcome: Outcome): Observed['result'] {
  const { status, stdout } = outcome;
  if (!isOver) return 'hung';
  if (!stdout.includes('ready')) return 'refused';
  if (status === 125 || !stdout.includes('answered')) return 'withdrawn';
  if (status !== expected) return 'wrong status';
  return recovered ? 'recovered' : 'unharmed';
}

function lift(injectorPid: () => number): void {
  try {
    process.kill(injectorPid(), 'SIGUSR1');
  } catch {
    // It is gone.
  }
}

/** How many run at the same time. */
const AT_ONCE = 4;

/** A few at a time, in their order. */
export async function atOnce<T>(faults: readonly Fault[], look: (fault: Fault) => Promise<T>): Promise<T[]> {
  const found: T[] = [];
  let next = 0;
  async function work(): Promise<void> {
    while (next < faults.length) {
      const index = next++;
      found[index] = await look(faults[index]!);
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return found;
}
