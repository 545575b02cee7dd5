import fc from 'fast-check';
import { describe, it } from 'vitest';
import type { Scope, Wait } from '../../src/init/settings.ts';
import type { SignalEvent } from '../../src/kernel/kernel.ts';
import { SIGKILL, SIGTERM } from '../../src/kernel/signals.ts';
import { type Recorder, recorder, rewriting, run } from './harness.ts';
import { type Behaviour, Machine, type MachineOptions, type Place, type Task } from './machine.ts';

const RUNS = Number(process.env['SEXTON_SIMULATION_RUNS'] ?? 2000);
/** By then the program has ended, and everything else a while later: no schedule goes on for ever. */
const LAST = 400;
const ALL_ENDED = 3000;
/** How often a wait looks around, in milliseconds: what is no child of ours ends unannounced. */
const LOOK = 100;

const SIGUSR1 = 10;
const SIGWINCH = 28;

type Step =
  | { readonly kind: 'signal'; readonly signal: number; readonly own: boolean; readonly fromKernel: boolean }
  | { readonly kind: 'end'; readonly who: number; readonly waitStatus: number }
  | { readonly kind: 'fork'; readonly who: number; readonly place: Place; readonly behaviour: Behaviour }
  | { readonly kind: 'succeed'; readonly who: number }
  | { readonly kind: 'stop'; readonly who: number }
  | { readonly kind: 'refuse'; readonly errno: number }
  | { readonly kind: 'stranger' };

interface Moment {
  /** Milliseconds, or the number of a system call of the init: in between, everything may happen. */
  readonly at: number;
  readonly byCall: boolean;
  readonly step: Step;
}

interface Story {
  readonly machine: MachineOptions;
  readonly program: Behaviour;
  readonly moments: readonly Moment[];
  readonly end: { readonly at: number; readonly waitStatus: number };
}

// 32 and 33 belong to the C library; SIGKILL, SIGSTOP, SIGTTIN and SIGTTOU never come; SIGCHLD comes by itself.
const signals = fc.constantFrom(1, 2, 3, SIGUSR1, 12, SIGTERM, 18, 20, SIGWINCH, 34, 40, 64);
const waitStatuses = fc.oneof(
  fc.nat(255).map(code => code << 8),
  fc.constantFrom(1, 9, 11 | 0x80, 15, 34),
);
const someone = fc.nat(20);

const behaviours: fc.Arbitrary<Behaviour> = fc.record({
  otherwise: fc.oneof(
    fc.constant('ignore' as const),
    fc.constant('die' as const),
    fc.nat(200).map(time => (self: Task) => self.exitIn(time, 4)),
    fc.constant((self: Task) => {
      if (self.received.length < 3) self.fork({ otherwise: 'ignore' });
      else self.exit(5);
    }),
  ),
  foreign: fc.boolean(),
  reaps: fc.boolean(),
});

const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('signal' as const),
      signal: signals,
      own: fc.boolean(),
      fromKernel: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('end' as const), who: someone, waitStatus: waitStatuses }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('fork' as const),
      who: someone,
      place: fc.constantFrom<Place>('same', 'group', 'session'),
      behaviour: behaviours,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('succeed' as const), who: someone }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('stop' as const), who: someone }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('refuse' as const), errno: fc.constantFrom(1, 3) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('stranger' as const) }) },
);

const stories: fc.Arbitrary<Story> = fc.record({
  machine: fc.record({
    proc: fc.boolean(),
    pidfdGroup: fc.boolean(),
    passesOn: fc.boolean(),
    pidMax: fc.constantFrom(14, 40, 32768),
    newestFirst: fc.boolean(),
  }),
  program: behaviours,
  moments: fc.array(
    fc
      .boolean()
      .chain(byCall => fc.record({ at: fc.nat(byCall ? 60 : LAST), byCall: fc.constant(byCall), step: steps })),
    { maxLength: 25 },
  ),
  end: fc.record({ at: fc.integer({ min: 1, max: LAST }), waitStatus: waitStatuses }),
});

/** Sets the story's machine up. */
function stage(story: Story, options: MachineOptions = {}): Machine {
  const machine = new Machine(story.program, { ...story.machine, ...options });
  for (const { at, byCall, step } of story.moments) {
    const act = () => perform(machine, step);
    if (byCall) machine.atCall(at, act);
    else machine.at(at, act);
  }
  machine.at(story.end.at, () => machine.end(machine.program, story.end.waitStatus));
  machine.at(ALL_ENDED, () => {
    for (const task of machine.living()) machine.end(task, SIGKILL);
  });
  return machine;
}

function perform(machine: Machine, step: Step): void {
  if (step.kind === 'signal') {
    machine.signal(step.signal, { code: step.fromKernel ? 0x80 : 0, sender: step.own ? machine.pid : 99 });
    return;
  }
  if (step.kind === 'refuse') {
    machine.killErrors.push(step.errno);
    return;
  }
  const living = machine.living();
  // Small pid numbers come round, but are not used up.
  if (living.length >= 8 && (step.kind === 'fork' || step.kind === 'stranger')) return;
  if (step.kind === 'stranger') {
    machine.stranger({ otherwise: 'ignore' });
    return;
  }
  const task = living[step.who % Math.max(1, living.length)];
  if (!task) return;
  if (step.kind === 'end') machine.end(task, step.waitStatus);
  else if (step.kind === 'stop') machine.deliver(task, 19);
  else if (step.kind === 'fork') task.fork(step.behaviour, step.place);
  else {
    task.fork(task.behaviour);
    task.exit();
  }
}

function statusOf(waitStatus: number): number {
  const signal = waitStatus & 0x7f;
  return signal === 0 ? waitStatus >> 8 : 128 + signal;
}

/** Whatever the settings: what holds at the end of every run. */
function check(machine: Machine, status: number, remapExit: ReadonlyMap<number, number> = new Map()): void {
  const own = statusOf(machine.program.waitStatus);
  equal(status, remapExit.get(own) ?? own, 'the status');
  equal(machine.program.reaped, true, 'the program was reaped');
  equal(machine.violations, [], 'violations');
  const forgotten = machine.zombiesOfInit().filter(task => task.reapableAtCall < machine.lastEmptyWait);
  equal(
    forgotten.map(task => task.pid),
    [],
    'zombies that nobody reaped',
  );
}

function equal(actual: unknown, expected: unknown, what: string): void {
  const [is, should] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (is !== should) throw new Error(`${what}: ${is}, should be ${should}`);
}

function holds(name: string, property: fc.IProperty<unknown>, share = 1): void {
  it(name, () => {
    fc.assert(property as fc.IProperty<[unknown]>, { numRuns: Math.max(1, Math.ceil(RUNS * share)) });
  });
}

const waits = fc.constantFrom<Wait>('main', 'group', 'all');
const scopes = fc.constantFrom<Scope>('child', 'group', 'all');

/** Who is waited for, in truth, and was there to be seen: what was forked behind the last look is a race that nobody wins. */
function leftBehind(machine: Machine, wait: Wait): number[] {
  if (wait === 'main') return [];
  return machine
    .living()
    .filter(task => wait === 'all' || task.group === machine.program.group)
    .filter(task => task.createdAtCall < machine.lastLook)
    .map(task => task.pid);
}

/**
 * Whether the init can know for sure who is left. Without a held group (or with EPERM for it), a member that
 * forks and ends between the look and the reap takes the recognition of its group with it.
 */
function canTell({ machine, moments }: Story, wait: Wait, everybody: readonly Task[]): boolean {
  if (wait === 'all') return machine.proc === true;
  if (machine.pidfdGroup && !everybody.some(task => task.behaviour.foreign)) return true;
  return machine.proc === true && moments.every(({ byCall }) => !byCall);
}

describe('whatever happens', () => {
  holds(
    "the status is the program's, every zombie is reaped and nobody else's number is signalled",
    fc.property(
      stories,
      scopes,
      waits,
      fc.boolean(),
      fc.constantFrom(0, 30, 200),
      fc.constantFrom(0, 50, Infinity),
      fc.constantFrom(0, 150, Infinity),
      fc.uniqueArray(fc.tuple(fc.nat(255), fc.nat(255)), { selector: ([code]) => code, maxLength: 40 }),
      (story, scope, wait, inspectOrphans, stopDelay, stopTimeout, waitTimeout, pairs) => {
        const machine = stage(story);
        const remapExit = new Map(pairs);
        const { status, said } = run(machine, {
          scope,
          wait,
          inspectOrphans,
          stopDelay,
          stopTimeout,
          waitTimeout,
          remapExit,
        });
        check(machine, status, remapExit);
        equal(said('trouble').length, 0, 'trouble');
      },
    ),
  );

  holds(
    'every signal that comes while the program lives is passed on, once and in order',
    fc.property(stories, scopes, fc.boolean(), fc.boolean(), (story, scope, tellSignals, rewrite) => {
      const machine = stage(story);
      const table = rewriting(
        ...((rewrite
          ? [
              [SIGTERM, 3],
              [SIGUSR1, 0],
              [34, SIGTERM],
            ]
          : []) as [number, number][]),
      );
      const { status, said } = run(machine, { scope, tellSignals, rewrite: table });
      check(machine, status);
      const expected = machine.handedOut
        .filter(({ programReaped, passed }) => !programReaped && !passed)
        .map(({ signal }) => table[signal]!)
        .filter(signal => signal !== 0);
      const { pid } = machine.program;
      const target = scope === 'child' ? pid : scope === 'group' ? -pid : -1;
      equal(
        machine.sent.filter(({ how }) => how === 'kill').map(({ target: to, signal }) => [to, signal]),
        expected.map(signal => [target, signal]),
        'what was sent',
      );
      if (scope === 'all' || !tellSignals) return;
      const told = said('forwarded').map(([event]) => event as SignalEvent);
      equal(
        told.filter(({ passed }) => passed).map(({ signal }) => signal),
        machine.passedOn.map(({ signal }) => signal),
        'what was passed on and told of',
      );
    }),
  );

  holds(
    'it ends as soon as the program has ended and the wait is over, and not before',
    fc.property(stories, waits, scopes, (story, wait, scope) => {
      const machine = stage(story);
      const { status } = run(machine, { wait, scope });
      check(machine, status);
      if (canTell(story, wait, machine.everybody)) equal(leftBehind(machine, wait), [], 'left behind');
      if (wait === 'main') equal(machine.now(), machine.program.endedAt, 'the time');
      else if (story.machine.proc) {
        if (machine.now() - lastEnd(machine, wait) > LOOK) throw new Error(`left only at ${machine.now()}`);
      }
    }),
  );

  holds(
    'with --wait group nobody outside of the group is signalled when the program has gone',
    fc.property(stories, fc.constantFrom(0, 100, Infinity), (story, waitTimeout) => {
      const machine = stage(story, { pidMax: 14 });
      const { status } = run(machine, { wait: 'group', waitTimeout });
      check(machine, status);
      const outsiders = machine.reachedAfterwards.filter(({ task }) => task.group !== machine.program.group);
      equal(
        outsiders.map(({ task, signal }) => [task.pid, signal]),
        [],
        'outsiders that were signalled',
      );
    }),
  );

  holds(
    'as a subreaper only descendants are signalled when the program has gone',
    fc.property(stories, story => {
      const machine = stage(story, { pid: 5 });
      const shell = machine.stranger({ otherwise: 'ignore' });
      const { status } = run(machine, { wait: 'all', jobControl: false });
      check(machine, status);
      equal(shell.received, [], 'what the shell got');
      equal(
        machine.sent.filter(({ target }) => target === -1 || target === 0),
        [],
        'signals to everybody',
      );
    }),
    0.5,
  );

  holds(
    'a stop passes one signal on after the delay, and kills at most once, after the timeout',
    fc.property(stories, fc.constantFrom(0, 30, 200), fc.constantFrom(0, 50, 1000), (story, stopDelay, stopTimeout) => {
      const machine = stage(story);
      const { status } = run(machine, { stopDelay, stopTimeout });
      check(machine, status);
      const stops = machine.handedOut.filter(({ signal, programReaped }) => signal === SIGTERM && !programReaped);
      const [first, second] = stops.map(({ at }) => at);
      const ended = machine.program.endedAt!;
      const release = first === undefined ? Infinity : Math.min(first + stopDelay, second ?? Infinity);
      const terms = machine.sent.filter(({ signal }) => signal === SIGTERM);
      const kills = machine.sent.filter(({ signal }) => signal === SIGKILL);
      if (terms.some(({ at }) => at < release)) throw new Error('sent while it was to be held back');
      if (release < ended && terms[0]?.at !== release) throw new Error(`passed on at ${terms[0]?.at}, not ${release}`);
      if (kills.length > 1 || kills.some(({ at }) => at !== release + stopTimeout))
        throw new Error(`killed at ${kills.map(({ at }) => at)}, not ${release + stopTimeout}`);
      if (release + stopTimeout < ended && kills.length === 0) throw new Error('not killed');
    }),
  );

  holds(
    'a voice that throws changes nothing',
    fc.property(stories, waits, fc.array(fc.boolean(), { minLength: 1, maxLength: 7 }), (story, wait, throws) => {
      const [quiet, loud] = [recorder(), recorder(throwing(throws))].map(voice => {
        const machine = stage(story);
        const { status } = run(
          machine,
          { wait, inspectOrphans: true, stopDelay: 20, stopTimeout: 200, waitTimeout: 300 },
          voice as Recorder,
        );
        check(machine, status);
        return [status, machine.now(), machine.sent];
      });
      equal(loud, quiet, 'the run');
    }),
    0.5,
  );

  holds(
    'under a shell, stops of the program stop us as often, and the terminal is not left with a program that has gone',
    fc.property(stories, fc.boolean(), fc.constantFrom<'fg' | 'bg'>('fg', 'bg'), (story, inspectOrphans, how) => {
      const machine = stage(story, { pid: 5, foreground: 5 });
      machine.terminal = machine.program.pid;
      for (let time = 0; time < ALL_ENDED; time += 40)
        machine.at(time, () => {
          if (how === 'fg' && machine.initStops.length > 0) machine.terminal = machine.pid;
          machine.signal(18, { sender: 77 });
        });
      const { status } = run(machine, { inspectOrphans });
      check(machine, status);
      if (machine.terminal === machine.program.pid) throw new Error('the terminal was not given back');
    }),
    0.5,
  );
});

/** Throws by this pattern, over and over. */
function throwing(pattern: readonly boolean[]): () => void {
  let count = 0;
  return () => {
    if (pattern[count++ % pattern.length]) throw new Error('a voice that fails');
  };
}

/** When the last of those who are waited for ended. */
function lastEnd(machine: Machine, wait: Wait): number {
  const tasks = machine.everybody.filter(
    task => task !== machine.init && (wait === 'all' || task.group === machine.program.group),
  );
  return Math.max(...tasks.map(task => task.endedAt ?? 0));
}
