import type { Machine, Task } from '../machine.ts';

/** Something that the init has to do before it looks for the next signal or child, one after the other. */
export interface Due {
  readonly what: string;
  /** Whether this is the call, or one of the calls, that does it. */
  takes(call: string): boolean;
  /** What the kernel answered to the call that was taken. */
  answered(answer: number): void;
  /** What the kernel said meanwhile of the terminal and of our group. */
  heard(call: string, answer: unknown): void;
  readonly isDone: boolean;
}

/** One call, whatever comes of it. */
export function exactly(call: string): Due {
  let isDone = false;
  return {
    what: call,
    takes(made) {
      if (isDone || made !== call) return false;
      isDone = true;
      return true;
    },
    answered() {},
    heard() {},
    get isDone() {
      return isDone;
    },
  };
}

/** Before SIGCONT: the program gets the terminal if it was given to us. */
export function handOver(program: number): Due {
  const terminal = watchTerminal();
  const give = exactly(`setForegroundGroup(${program})`);
  return {
    ...give,
    what: 'the terminal, if it is ours, goes to the program',
    takes: call => terminal.isOurs && give.takes(call),
    heard: terminal.heard,
    get isDone() {
      return give.isDone || (terminal.wasAsked && !terminal.isOurs);
    },
  };
}

/**
 * The program was stopped under a shell. If it wants the terminal and that is ours, it gets it and goes on; else our
 * whole group stops, so that the shell sees its job stopped; where nobody could continue us, Ctrl-Z does nothing.
 */
export function stopped(signal: number, program: number): Due {
  const wantsTerminal = signal === 21 || signal === 22;
  const terminal = watchTerminal();
  let orphaned: boolean | undefined;
  let handed: 'asked' | 'yes' | 'no' = 'no';
  const done = new Set<string>();
  function wanted(): string | undefined {
    if (wantsTerminal) {
      if (!terminal.wasAsked) return 'a look at the terminal';
      const give = `setForegroundGroup(${program})`;
      if (terminal.isOurs && !done.has(give)) return give;
      if (handed === 'yes') return `kill(${-program}, 18)`;
    }
    if (orphaned === undefined) return 'a look at our group';
    if (!orphaned) return 'kill(0, 19)';
    return signal === 20 ? `kill(${-program}, 18)` : undefined;
  }
  return {
    get what() {
      return `stopped by ${signal}: ${wanted()}`;
    },
    takes(call) {
      if (call !== wanted() || done.has(call)) return false;
      done.add(call);
      if (call.startsWith('set')) handed = 'asked';
      return true;
    },
    answered(answer) {
      if (handed === 'asked') handed = answer === 0 ? 'yes' : 'no';
    },
    heard(call, answer) {
      terminal.heard(call, answer);
      if (call === 'isGroupOrphaned') orphaned = answer as boolean;
    },
    get isDone() {
      const call = wanted();
      return call === undefined || done.has(call);
    },
  };
}

function watchTerminal() {
  let [holder, own]: (number | undefined)[] = [];
  return {
    heard(call: string, answer: unknown): void {
      if (call === 'foregroundGroup') holder = answer as number;
      if (call === 'ownGroup') own = answer as number;
    },
    get wasAsked() {
      return holder !== undefined && own !== undefined;
    },
    get isOurs() {
      return holder !== undefined && holder === own;
    },
  };
}

/**
 * A signal to each one that is left: through the held group, or where that is refused to one process after the other,
 * to none twice and to no outsider. `complete`: the init can see everybody.
 */
export function toTheRest(
  signal: number,
  machine: Machine,
  { group, isOne, complete }: { group: boolean; isOne: (task: Task) => boolean; complete: () => boolean },
): Due {
  const there = machine.living().filter(isOne);
  const reached = new Set<number>();
  let [asked, last]: (number | undefined | string)[] = group ? [undefined, undefined] : [-1, undefined];
  return {
    get what() {
      const missing = there.filter(task => isMissing(task)).map(task => task.pid);
      return `signal ${signal} to the rest (not yet to ${missing})`;
    },
    takes(call) {
      last = call;
      if (group && asked === undefined && call === `killHeldGroup(${signal})`) return true;
      const [, pid, sent, start] = /^killProcess\((\d+), (\d+), (\d+)\)$/.exec(call)?.map(Number) ?? [];
      if (asked === undefined || asked === 0 || sent !== signal || reached.has(start!)) return false;
      const task = machine.everybody.find(one => one.pid === pid && one.startTime === start);
      if (!task || !isOne(task)) return false;
      reached.add(start!);
      return true;
    },
    answered(answer) {
      // ESRCH: nobody is left in it.
      if (String(last).startsWith('killHeldGroup')) asked = answer === -3 ? 0 : answer;
    },
    heard() {},
    get isDone() {
      if (asked === undefined) return false;
      return asked === 0 || !there.some(isMissing);
    },
  };

  function isMissing(task: Task): boolean {
    return (
      complete() && task.alive && isOne(task) && task.createdAtCall < machine.lastLook && !reached.has(task.startTime)
    );
  }
}
