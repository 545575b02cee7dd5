import type { Scope, Wait } from '../../../src/init/settings.ts';
import type { Kernel } from '../../../src/kernel/kernel.ts';
import type { MachineOptions, Place } from '../machine.ts';
import { type Random, randomOf } from './random.ts';

/** All that happens to one init, as data: a seed makes it, and what is taken out of it leaves another that can be played. */
export interface Schedule {
  /** sexton --pause: there is no program, only children. */
  readonly pause: boolean;
  readonly kernel: MachineOptions & { readonly orphaned: boolean };
  readonly settings: Told;
  readonly program: Manner;
  readonly moments: readonly Moment[];
  readonly faults: readonly Fault[];
  /** When the program ends by itself, in milliseconds. */
  readonly end: { readonly at: number; readonly waitStatus: number };
}

/** What the init is told, as far as it differs. */
export interface Told {
  readonly scope: Scope;
  readonly wait: Wait;
  readonly stopSignal: number;
  readonly stopDelay: number;
  /** Milliseconds; null: never. */
  readonly stopTimeout: number | null;
  readonly waitTimeout: number | null;
  readonly rewrite: readonly (readonly [from: number, to: number])[];
  readonly remapExit: readonly (readonly [from: number, to: number])[];
  readonly tellSignals: boolean;
  readonly tellOrphans: boolean;
  readonly inspectOrphans: boolean;
  readonly jobControl: boolean;
  readonly stopAfter: readonly number[];
  readonly farewell: number;
}

/** What a process does about signals. */
export interface Manner {
  readonly otherwise: 'ignore' | 'die' | 'fork' | { readonly exitIn: number };
  readonly foreign: boolean;
  readonly reaps: boolean;
  readonly unkillable: boolean;
}

export interface Moment {
  /** Milliseconds, or the number of a system call of the init: in between, everything may happen. */
  readonly at: number;
  readonly byCall: boolean;
  readonly step: Step;
}

export type Step =
  | { readonly kind: 'signal'; readonly signal: number; readonly count: number; readonly fromKernel: boolean }
  | { readonly kind: 'end'; readonly who: number; readonly waitStatus: number }
  | { readonly kind: 'fork'; readonly who: number; readonly place: Place; readonly manner: Manner }
  | { readonly kind: 'succeed'; readonly who: number }
  | { readonly kind: 'deliver'; readonly who: number; readonly signal: number }
  | { readonly kind: 'end main thread'; readonly who: number }
  | { readonly kind: 'stranger'; readonly manner: Manner }
  /** Orphans that end all at once. */
  | { readonly kind: 'storm'; readonly count: number }
  /** What the shell does, if there is one: both send SIGCONT, and fg gives the terminal first. */
  | { readonly kind: 'fg' }
  | { readonly kind: 'bg' }
  | { readonly kind: 'take terminal' };

/** The calls that can be refused: all that the interface has. */
export type CallName = {
  [Name in keyof Kernel]: Kernel[Name] extends (...args: never[]) => unknown ? Name : never;
}[keyof Kernel];

/** What a call does in the place of its work, from its `from`th time on (1 is the first), so many times (null: always). */
export interface Fault {
  readonly call: CallName;
  readonly from: number;
  readonly times: number | null;
  /** A negative errno; `nothing`: 0, or undefined; `stale`: the answer of the time before; `stolen`: another reaped it. */
  readonly how: 'throw' | 'nothing' | 'stale' | 'stolen' | number;
}

/** By then the program has ended, and everything else a while later: no schedule goes on for ever. */
const LAST = 400;
export const ALL_ENDED = 2000;

/** 32 and 33 belong to the C library; SIGKILL, SIGSTOP, SIGTTIN and SIGTTOU never come; SIGCHLD comes by itself. */
const SIGNALS = [1, 2, 3, 10, 12, 15, 15, 15, 18, 20, 28, 34, 40, 64];
const BECOMES = [0, 1, 2, 3, 10, 12, 15, 18, 28, 34, 64];

/** What each call can answer in the place of the truth, beside an exception. */
const FAULTS: { readonly [Call in CallName]: readonly Fault['how'][] } = {
  now: [],
  next: ['nothing'],
  passOn: ['nothing'],
  endPassing: [],
  reap: ['nothing', -4, -10, 'stolen'],
  reapUntold: ['nothing', -4, -10],
  peek: ['nothing', -4, -10],
  takeStop: ['nothing', -4],
  kill: [-1, -3, -11],
  killProcess: [-1, -3, -11],
  holdGroup: [-24],
  killHeldGroup: [-1, -22, -38],
  processes: ['nothing', 'stale'],
  ownGroup: [],
  isGroupOrphaned: [],
  foregroundGroup: [-1],
  setForegroundGroup: [-1, -5],
};
const CALLS = Object.keys(FAULTS) as CallName[];
/** An init that these fail for good cannot but wait. */
const ESSENTIAL: readonly CallName[] = ['now', 'next', 'reap', 'reapUntold', 'peek', 'takeStop'];

export function scheduleOf(seed: number): Schedule {
  const random = randomOf(seed);
  const shell = random.chance(20);
  const moments = Array.from({ length: random.below(random.pick([4, 12, 25])) }, () => moment(random, shell));
  if (random.below(500) === 0)
    moments.push({ at: random.below(LAST), byCall: false, step: storm(1000 + random.below(200)) });
  return {
    pause: random.chance(4),
    kernel: kernel(random, shell),
    settings: told(random, shell),
    program: manner(random),
    moments,
    faults: random.chance(50) ? [] : Array.from({ length: 1 + random.below(3) }, () => fault(random)),
    end: { at: 1 + random.below(LAST), waitStatus: waitStatus(random) },
  };
}

function kernel(random: Random, shell: boolean): Schedule['kernel'] {
  // `unshare --pid --fork sexton`: PID 1, and our group is the shell's job without a number in here.
  const outerShell = shell && random.chance(25);
  const pid = shell ? (outerShell ? 1 : 5) : random.pick([1, 1, 5]);
  return {
    pid,
    proc: random.chance(75),
    pidfdGroup: random.chance(60),
    passesOn: random.chance(50),
    pidMax: random.pick([8, 14, 40, 32768]),
    newestFirst: random.chance(30),
    adopts: pid === 1 || random.chance(80),
    orphaned: outerShell || random.chance(30),
    ...(shell ? { foreground: random.pick([outerShell ? 0 : 5, 7, 6]) } : {}),
    ...(outerShell ? { ownGroup: 0 } : {}),
  };
}

function told(random: Random, shell: boolean): Told {
  const rewrite = new Map(random.chance(60) ? [] : [pair(random), pair(random)]);
  // As dumb-init has it.
  const stopsToo = random.chance(10);
  if (stopsToo) rewrite.set(20, 19);
  return {
    scope: random.pick(['group', 'group', 'child', 'all']),
    wait: random.pick(['main', 'group', 'all']),
    stopSignal: random.pick([15, 15, 3]),
    stopDelay: random.pick([0, 0, 30, 200]),
    stopTimeout: random.pick([null, null, 0, 50, 150]),
    waitTimeout: random.pick([null, 0, 50, 150]),
    rewrite: [...rewrite],
    remapExit: random.chance(50)
      ? []
      : Array.from({ length: 8 }, () => [random.pick([0, 4, 5, 137, 143]), random.below(256)] as const),
    tellSignals: random.chance(50),
    tellOrphans: random.chance(50),
    inspectOrphans: random.chance(30),
    jobControl: shell && random.chance(80),
    stopAfter: stopsToo ? [20] : [],
    farewell: random.chance(8) ? 15 : 0,
  };
}

function pair(random: Random): [from: number, to: number] {
  return [random.pick(SIGNALS), random.pick(BECOMES)];
}

function moment(random: Random, shell: boolean): Moment {
  const byCall = random.chance(50);
  return { at: byCall ? 1 + random.below(60) : random.below(LAST), byCall, step: step(random, shell) };
}

function step(random: Random, shell: boolean): Step {
  const who = random.below(20);
  if (shell && random.chance(30)) {
    return random.chance(50)
      ? random.pick([{ kind: 'fg' }, { kind: 'bg' }, { kind: 'take terminal' }] as const)
      : { kind: 'deliver', who: 0, signal: random.pick([19, 20, 21, 22]) };
  }
  const kind = random.below(20);
  if (kind < 7) {
    const count = random.chance(5) ? random.pick([3, 70]) : 1;
    return { kind: 'signal', signal: random.pick(SIGNALS), count, fromKernel: random.chance(20) };
  }
  if (kind < 11) return { kind: 'end', who, waitStatus: waitStatus(random) };
  if (kind < 15)
    return { kind: 'fork', who, place: random.pick(['same', 'same', 'group', 'session']), manner: manner(random) };
  if (kind === 15) return { kind: 'succeed', who };
  if (kind === 16) return { kind: 'deliver', who, signal: random.pick([19, 18, 9, 10]) };
  if (kind === 17) return storm(2 + random.below(6));
  if (kind === 18) return { kind: 'end main thread', who };
  return { kind: 'stranger', manner: manner(random) };
}

function storm(count: number): Step {
  return { kind: 'storm', count };
}

function manner(random: Random): Manner {
  return {
    otherwise: random.pick(['ignore', 'ignore', 'die', 'fork', { exitIn: random.below(200) }]),
    foreign: random.chance(10),
    reaps: random.chance(60),
    unkillable: random.chance(4),
  };
}

function waitStatus(random: Random): number {
  return random.chance(60)
    ? random.pick([0, 1, 4, 5, 125, random.below(256)]) << 8
    : random.pick([1, 9, 11 | 0x80, 15, 34]);
}

function fault(random: Random): Fault {
  const call = random.pick(CALLS);
  const how = random.pick(['throw', ...FAULTS[call]] as const);
  const isForGood = random.chance(15) && !ESSENTIAL.includes(call) && how !== 'stale';
  const times = isForGood ? null : 1 + random.below(random.pick([1, 4]));
  return { call, from: 1 + random.below(random.pick([2, 12])), times, how };
}
