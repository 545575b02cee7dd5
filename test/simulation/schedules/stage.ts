import { SIGKILL } from '../../../src/kernel/signals.ts';
import { type Behaviour, Machine, type Task } from '../machine.ts';
import { ALL_ENDED, type Manner, type Schedule, type Step } from './schedule.ts';

/** How often the shell continues its job, so that nobody is stopped for ever. Milliseconds. */
const CONTINUE_EVERY = 150;

/** No more live at a time: small pid numbers come round, but are not used up. */
const MOST = 8;

/** Sets the machine of a schedule up. */
export function stage({ kernel, program, moments, end }: Schedule): Machine {
  const machine = new Machine(behaviour(program), kernel);
  machine.orphaned = kernel.orphaned;
  for (const { at, byCall, step } of moments) {
    const act = () => perform(machine, step);
    if (byCall) machine.atCall(at, act);
    else machine.at(at, act);
  }
  machine.at(end.at, () => machine.end(machine.program, end.waitStatus));
  machine.at(ALL_ENDED, () => {
    for (const task of machine.living()) machine.end(task, SIGKILL);
  });
  if (kernel.foreground !== undefined)
    for (let time = CONTINUE_EVERY; time < ALL_ENDED; time += CONTINUE_EVERY)
      machine.at(time, () => perform(machine, { kind: time % (2 * CONTINUE_EVERY) === 0 ? 'fg' : 'bg' }));
  return machine;
}

function perform(machine: Machine, step: Step): void {
  if (step.kind === 'signal') {
    const from = { code: step.fromKernel ? 0x80 : 0, sender: 99 };
    for (let count = 0; count < step.count; count++) machine.signal(step.signal, from);
  } else if (step.kind === 'fg' || step.kind === 'bg') {
    if (step.kind === 'fg' && machine.terminal !== undefined) machine.terminal = machine.ownGroup();
    machine.signal(18, { sender: 77 });
  } else if (step.kind === 'take terminal') {
    if (machine.terminal !== undefined) machine.terminal = 7;
  } else if (step.kind === 'storm') storm(machine, step.count);
  else meet(machine, step);
}

type Meeting = Exclude<Step, { kind: 'signal' | 'fg' | 'bg' | 'take terminal' | 'storm' }>;

/** What happens to one process. */
function meet(machine: Machine, step: Meeting): void {
  const living = machine.living();
  if ((living.length >= MOST || !machine.hasRoomFor(1)) && (step.kind === 'fork' || step.kind === 'stranger')) return;
  if (step.kind === 'stranger') {
    machine.stranger(behaviour(step.manner));
    return;
  }
  const task = living[step.who % Math.max(1, living.length)];
  if (!task) return;
  if (step.kind === 'end') machine.end(task, step.waitStatus);
  else if (step.kind === 'end main thread') task.isMainless = true;
  else if (step.kind === 'deliver') machine.deliver(task, step.signal);
  else if (step.kind === 'fork') task.fork(behaviour(step.manner), step.place);
  else if (task.canFork) {
    task.fork(task.behaviour);
    task.exit();
  }
}

/** As many as there are numbers for. */
function storm(machine: Machine, count: number): void {
  const [leader] = machine.living();
  if (!leader) return;
  const middle = machine.hasRoomFor(count + 1) ? leader.fork({ reaps: false }, 'session') : undefined;
  if (!middle) return;
  const orphans = Array.from({ length: count }, () => middle.fork());
  middle.exit();
  for (const orphan of orphans) orphan.exit(3);
}

function behaviour({ otherwise, foreign, reaps, unkillable }: Manner): Behaviour {
  return {
    otherwise: typeof otherwise === 'string' ? REACTIONS[otherwise] : exiting(otherwise.exitIn),
    foreign,
    reaps,
    unkillable,
  };
}

const REACTIONS = {
  ignore: 'ignore',
  die: 'die',
  fork: (self: Task) => {
    if (self.received.length < 3 && self.canFork) self.fork({ otherwise: 'ignore' });
    else self.exit(5);
  },
} as const;

function exiting(milliseconds: number): (self: Task) => void {
  return self => self.exitIn(milliseconds, 4);
}
