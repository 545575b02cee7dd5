import { ECHILD, EPERM, ESRCH } from '../../src/kernel/errors.ts';
import type { Kernel, Process, SignalEvent } from '../../src/kernel/kernel.ts';
import { SIGCHLD, SIGCONT, SIGKILL, SIGRTMIN, SIGSTOP } from '../../src/kernel/signals.ts';

export const EINVAL = 22;
/** How many signals that were passed on wait to be told of: native/pass.c. */
const MOST_PASSED = 64;
/** kill(2), and tgkill(2). */
const [SI_USER, SI_TKILL] = [0, -6];
/** What SIGTSTP, SIGTTIN and SIGTTOU do too. */
const STOPPING = [SIGSTOP, 20, 21, 22];
/** SIGCHLD, SIGCONT, SIGURG and SIGWINCH do nothing by default. */
const IGNORED = [SIGCHLD, SIGCONT, 23, 28];

/** An init that looks around so often in vain does so for ever. */
const LONGEST_IDLE = 1000;

/** Nothing would ever happen any more while the init waits for something. */
export class Deadlock extends Error {}

/** What a process does about a signal; `die` is the default of most signals. */
export type Reaction = 'die' | 'ignore' | 'stop' | ((self: Task) => void);

export interface Behaviour {
  readonly name?: string;
  readonly on?: Readonly<Record<number, Reaction>>;
  /** For every signal without a reaction of its own, but those that nobody can catch. */
  readonly otherwise?: Reaction;
  /** Of another user: kill(2) says EPERM. */
  readonly foreign?: boolean;
  /** False: never waits for its children, they stay zombies. */
  readonly reaps?: boolean;
  /** Hangs in the kernel: not even SIGKILL ends it. */
  readonly unkillable?: boolean;
}

/** A process group. Its number can be used again when nobody is left in it; then it is another one. */
export interface Group {
  readonly number: number;
}

/** Where a forked process goes: stays in its parent's group, or has a group or session of its own. */
export type Place = 'same' | 'group' | 'session';

export interface MachineOptions {
  /** The init's own pid. */
  readonly pid?: number;
  readonly proc?: boolean;
  /** PIDFD_SIGNAL_PROCESS_GROUP: Linux 6.9. */
  readonly pidfdGroup?: boolean;
  /** It passes signals on by itself, where it is asked to: from the first time on that the init waits for ever. */
  readonly passesOn?: boolean;
  readonly pidMax?: number;
  /** Orphans become the init's: it is PID 1 or a subreaper. */
  readonly adopts?: boolean;
  /** The init has a terminal, held by this group. */
  readonly foreground?: number;
  /** The number of the init's own group, where that is not its pid. */
  readonly ownGroup?: number;
  /** In which order wait(2) finds children: oldest first is Linux's. */
  readonly newestFirst?: boolean;
}

/** A process of the machine. */
export class Task {
  readonly received: number[] = [];
  readonly pid: number;
  readonly startTime: number;
  state: 'S' | 'T' | 'Z' | 'X' = 'S';
  waitStatus = 0;
  endedAt: number | undefined;
  /** The number of the call before which it became the init's to reap. */
  reapableAtCall = 0;
  readonly createdAtCall: number;
  stopUnreported = 0;
  pending: number[] = [];
  /** Its main thread has ended, but not the others: /proc calls it a zombie. */
  isMainless = false;
  /** Whether the init reaped it. */
  reaped = false;
  parent: Task | undefined;
  group: Group;
  session: number;
  readonly behaviour: Behaviour;
  readonly #machine: Machine;

  constructor(machine: Machine, pid: number, startTime: number, parent: Task | undefined, behaviour: Behaviour) {
    this.#machine = machine;
    this.pid = pid;
    this.startTime = startTime;
    this.parent = parent;
    this.behaviour = behaviour;
    this.group = parent?.group ?? { number: pid };
    this.session = parent?.session ?? pid;
    this.createdAtCall = machine.calls;
  }

  get alive(): boolean {
    return this.state === 'S' || this.state === 'T';
  }

  /** Whether there are pids to spare. */
  get canFork(): boolean {
    return this.#machine.hasRoomFor(1);
  }

  fork(behaviour: Behaviour = {}, place: Place = 'same'): Task {
    return this.#machine.create(this, behaviour, place);
  }

  exit(code = 0): void {
    this.#machine.end(this, code << 8);
  }

  die(signal: number): void {
    this.#machine.end(this, signal);
  }

  /** A reaction that takes its time: the process exits so many milliseconds later. */
  exitIn(milliseconds: number, code = 0): void {
    this.#machine.after(milliseconds, () => this.exit(code));
  }
}

interface Scheduled {
  readonly at: number;
  readonly action: () => void;
}

/**
 * A Linux of processes, groups, signals and a clock, as far as an init can tell. Time passes only while
 * `next` blocks; what is scheduled with `atCall` happens in between, when the init makes its nth system call.
 */
export class Machine implements Kernel {
  readonly pid: number;
  readonly init: Task;
  readonly program: Task;
  /** By pid: all that are not reaped yet. */
  readonly tasks = new Map<number, Task>();
  readonly everybody: Task[] = [];
  /** The system calls that sent signals: kill(2)'s target or, for the others, what they are. */
  readonly sent: {
    how: 'kill' | 'killProcess' | 'killHeldGroup' | 'passed';
    target: number;
    signal: number;
    at: number;
  }[] = [];
  /** Every process that the init's signals reached, after the program was reaped. */
  readonly reachedAfterwards: { task: Task; signal: number }[] = [];
  /** What `next` handed out, but for SIGCHLD. */
  readonly handedOut: (SignalEvent & { at: number; programReaped: boolean })[] = [];
  /** The signals that were passed on without the init's doing. */
  readonly passedOn: SignalEvent[] = [];
  /** What an init must never do. */
  readonly violations: string[] = [];
  /** Errors that the next calls of kill(2) return instead of doing anything. */
  readonly killErrors: number[] = [];
  readonly initStops: number[] = [];
  /** No shell looks after our group. */
  orphaned = false;
  status = 0;
  terminal: number | undefined;
  deadlock: Deadlock | undefined;
  /** When wait(2) last said that there is nothing (more) to reap: number of the call. */
  lastEmptyWait = 0;
  /** When the init last looked who is there. */
  lastLook = 0;
  nexts = 0;
  peeks = 0;
  reaps = 0;
  calls = 0;

  #now = 0;
  #lastPid: number;
  #serial = 0;
  #held: Group | undefined;
  #initIsStopped = false;
  /** How often `next` has said that time was over since anything happened. */
  #idle = 0;
  #schedule: Scheduled[] = [];
  #byCall: Scheduled[] = [];
  #pending: SignalEvent[] = [];
  #passing:
    | { readonly target: number; tasks(): Task[]; readonly as: Uint8Array; readonly told: boolean; hasBegun: boolean }
    | undefined;
  /** Passed on, and not told of yet. */
  readonly #untold: SignalEvent[] = [];
  readonly #event: SignalEvent = { signal: 0, code: 0, sender: 0, uid: 0, passed: false };
  readonly #options: Required<Omit<MachineOptions, 'foreground' | 'ownGroup'>>;

  /** Starts with the init and its program, which has a group of its own. */
  constructor(program: Behaviour = {}, options: MachineOptions = {}) {
    this.#options = {
      pid: options.pid ?? 1,
      proc: options.proc ?? true,
      pidfdGroup: options.pidfdGroup ?? true,
      passesOn: options.passesOn ?? false,
      pidMax: options.pidMax ?? 32768,
      adopts: options.adopts ?? true,
      newestFirst: options.newestFirst ?? false,
    };
    this.pid = this.#options.pid;
    this.terminal = options.foreground;
    this.init = new Task(this, this.pid, 0, undefined, { name: 'sexton' });
    if (options.ownGroup !== undefined) this.init.group = { number: options.ownGroup };
    this.tasks.set(this.pid, this.init);
    this.#lastPid = this.pid;
    this.program = this.create(this.init, { name: 'program', ...program }, 'group');
  }

  // What tests do.

  at(time: number, action: () => void): void {
    this.#schedule.push({ at: time, action });
  }

  after(milliseconds: number, action: () => void): void {
    this.at(this.#now + milliseconds, action);
  }

  atCall(call: number, action: () => void): void {
    this.#byCall.push({ at: call, action });
  }

  /** Somebody signals the init: by default the runtime, from outside the container. */
  signal(
    signal: number,
    { code = 0, sender = 0, uid = 0 }: Partial<Omit<SignalEvent, 'signal' | 'passed'>> = {},
  ): void {
    // native/signals.c: what we sent ourselves never gets as far as `next`.
    if ((code === SI_USER || code === SI_TKILL) && sender === this.pid) return;
    if (signal === SIGCONT) this.#initIsStopped = false;
    const event = { signal, code, sender, uid, passed: false };
    if (!this.#initIsStopped && this.#passOn(event)) return;
    // The kernel keeps one of a standard signal, and queues realtime signals.
    if (signal < SIGRTMIN && this.#pending.some(pending => pending.signal === signal)) return;
    this.#pending.push(event);
  }

  /** A process from outside, as docker exec makes them: nobody's child in here. */
  stranger(behaviour: Behaviour = {}): Task {
    return this.create(undefined, { name: 'stranger', ...behaviour }, 'session');
  }

  create(parent: Task | undefined, behaviour: Behaviour, place: Place): Task {
    const task = new Task(this, this.#freePid(), ++this.#serial, parent, behaviour);
    if (place !== 'same') task.group = { number: task.pid };
    if (place === 'session') task.session = task.pid;
    this.tasks.set(task.pid, task);
    this.everybody.push(task);
    return task;
  }

  end(task: Task, waitStatus: number): void {
    if (!task.alive) return;
    task.state = 'Z';
    task.waitStatus = waitStatus;
    task.endedAt = this.#now;
    task.reapableAtCall = this.calls;
    const adopts = this.#options.adopts && (this.pid === 1 || this.isBelow(task));
    for (const child of this.#childrenOf(task)) this.#adopt(child, adopts);
    this.#tellParent(task);
  }

  deliver(task: Task, signal: number): void {
    if (signal === 0 || !task.alive) return;
    if (task.state === 'T') {
      if (signal !== SIGCONT && signal !== SIGKILL) {
        if (!task.pending.includes(signal)) task.pending.push(signal);
        return;
      }
      if (signal === SIGKILL) {
        this.#react(task, signal);
        return;
      }
      task.state = 'S';
      task.stopUnreported = 0;
      if (task.parent === this.init) this.signal(SIGCHLD, { code: 6, sender: task.pid });
      for (const waiting of task.pending.splice(0)) this.#react(task, waiting);
    }
    this.#react(task, signal);
  }

  living(): Task[] {
    return [...this.tasks.values()].filter(task => task.alive && task !== this.init);
  }

  /** Whether /proc tells of processes. */
  get canSee(): boolean {
    return this.#options.proc;
  }

  /** Whether `next` would tell of this signal. */
  isPending(signal: number): boolean {
    return this.#pending.some(event => event.signal === signal);
  }

  /** Whether so many more pids are free, and some to spare. */
  hasRoomFor(count: number): boolean {
    const used = new Set<number>();
    for (const task of this.tasks.values()) used.add(task.pid).add(task.group.number).add(task.session);
    return used.size + count + 1 < this.#options.pidMax;
  }

  /** Whether the init is among those from whom it descends. */
  isBelow(task: Task): boolean {
    for (let parent = task.parent; parent; parent = parent.parent) if (parent === this.init) return true;
    return false;
  }

  zombiesOfInit(): Task[] {
    return this.#childrenOf(this.init).filter(task => task.state === 'Z');
  }

  // The Kernel.

  now(): number {
    return this.#now;
  }

  next(timeout: number): SignalEvent | undefined {
    this.#call();
    this.nexts++;
    const until = this.#now + timeout;
    for (;;) {
      const event = this.#untold.shift() ?? this.#pending.shift();
      if (event) return this.#handOut(event);
      if (this.#passing && timeout === Infinity) this.#passing.hasBegun = true;
      if (this.#advance(until)) continue;
      if (until === Infinity || ++this.#idle > LONGEST_IDLE) {
        this.#breakDeadlock();
        continue;
      }
      this.#now = until;
      return undefined;
    }
  }

  passOn(pid: number, wholeGroup: boolean, as: Uint8Array, told: boolean): void {
    this.#call();
    if (!this.#options.passesOn) return;
    const leader = this.tasks.get(pid)!;
    const tasks = wholeGroup
      ? () => [...this.tasks.values()].filter(task => task.group === leader.group)
      : () => (leader.reaped ? [] : [leader]);
    this.#passing = { target: wholeGroup ? -pid : pid, tasks, as, told, hasBegun: false };
  }

  endPassing(): SignalEvent | undefined {
    this.#call();
    this.#passing = undefined;
    const event = this.#untold.shift();
    return event && this.#handOut(event);
  }

  reap(pid: number, stops: boolean): number {
    this.#call();
    this.reaps++;
    const task = this.#changed(stops, pid);
    if (typeof task === 'number') return task;
    if (task.state === 'T') {
      this.status = (task.stopUnreported << 8) | 0x7f;
      task.stopUnreported = 0;
    } else {
      this.status = task.waitStatus;
      task.reaped = true;
      this.#remove(task);
    }
    return task.pid;
  }

  reapUntold(program: number, most: number): number {
    for (let count = 1; ; count++) {
      const pid = this.reap(-1, false);
      if (pid <= 0 || pid === program || count === most) return pid;
    }
  }

  peek(stops: boolean): number {
    this.#call();
    this.peeks++;
    const task = this.#changed(stops, -1);
    if (typeof task === 'number') return task;
    this.status = task.state === 'T' ? (task.stopUnreported << 8) | 0x7f : task.waitStatus;
    return task.pid;
  }

  takeStop(pid: number): number {
    this.#call();
    const task = this.tasks.get(pid);
    if (!task || task.parent !== this.init) return -ECHILD;
    if (task.state !== 'T' || task.stopUnreported === 0) return 0;
    task.stopUnreported = 0;
    return pid;
  }

  kill(target: number, signal: number): number {
    this.#call();
    this.sent.push({ how: 'kill', target, signal, at: this.#now });
    if (this.program.reaped && Math.abs(target) === this.program.pid)
      this.violations.push(`kill(${target}, ${signal}) after the program was reaped`);
    if (target > 0 && !this.tasks.has(target)) this.violations.push(`kill(${target}, ${signal}) of nobody`);
    const error = this.killErrors.shift();
    if (error !== undefined && error !== 0) return -error;
    if (target === 0) return this.#killOwnGroup(signal);
    if (target === -1) return this.#sendTo(this.#everyoneElse(), signal);
    if (target > 0)
      return this.#sendTo(
        [...this.tasks.values()].filter(task => task.pid === target),
        signal,
      );
    return this.#sendTo(
      [...this.tasks.values()].filter(task => task.group.number === -target),
      signal,
    );
  }

  killProcess(process: Process, signal: number): number {
    this.#call();
    this.sent.push({ how: 'killProcess', target: process.pid, signal, at: this.#now });
    const task = this.tasks.get(process.pid);
    if (task?.startTime !== process.startTime) return -ESRCH;
    return this.#sendTo([task], signal);
  }

  holdGroup(pid: number): number {
    this.#call();
    this.#held = this.tasks.get(pid)?.group;
    return this.#held ? 0 : -ESRCH;
  }

  killHeldGroup(signal: number): number {
    this.#call();
    if (!this.#options.pidfdGroup) return -EINVAL;
    if (signal === 0) this.lastLook = this.calls;
    else this.sent.push({ how: 'killHeldGroup', target: 0, signal, at: this.#now });
    return this.#sendTo(
      [...this.tasks.values()].filter(task => task.group === this.#held),
      signal,
    );
  }

  processes(): Process[] | undefined {
    this.#call();
    if (!this.#options.proc) return undefined;
    this.lastLook = this.calls;
    return [...this.tasks.values()].map(task => ({
      pid: task.pid,
      name: task.behaviour.name ?? 'child',
      state: task.isMainless ? 'Z' : task.state,
      threads: task.isMainless && task.alive ? 2 : 1,
      parent: task.parent?.pid ?? 0,
      group: task.group.number,
      session: task.session,
      startTime: task.startTime,
    }));
  }

  ownGroup(): number {
    return this.init.group.number;
  }

  isGroupOrphaned(): boolean {
    return this.orphaned;
  }

  foregroundGroup(): number {
    return this.terminal ?? -1;
  }

  setForegroundGroup(group: number): number {
    this.#call();
    if (![...this.tasks.values()].some(task => task.group.number === group)) return -ESRCH;
    this.terminal = group;
    return 0;
  }

  // Inside.

  #call(): void {
    this.calls++;
    this.#byCall = runDue(this.#byCall, this.calls);
  }

  /** Lets the next scheduled thing happen if it is due by then. */
  #advance(until: number): boolean {
    const first = this.#schedule.reduce((best, one) => Math.min(best, one.at), Infinity);
    if (first > until || first === Infinity) return false;
    this.#idle = 0;
    this.#now = Math.max(this.#now, first);
    const due = this.#schedule.filter(one => one.at <= this.#now);
    this.#schedule = this.#schedule.filter(one => one.at > this.#now);
    for (const { action } of due) action();
    return true;
  }

  /**
   * The init survives every exception, so one cannot end a test. After it was thrown, everything dies
   * and every `next` says SIGCHLD, so that the init leaves; `run` throws it again.
   */
  #breakDeadlock(): void {
    const isFirst = this.deadlock === undefined;
    this.deadlock ??= new Deadlock(`nothing will ever come again; at ${this.#now} ms, after ${this.calls} calls`);
    for (const task of this.living()) this.end(task, SIGKILL);
    this.signal(SIGCHLD);
    if (isFirst) throw this.deadlock;
  }

  #handOut(event: SignalEvent): SignalEvent {
    if (event.signal !== SIGCHLD) this.handedOut.push({ ...event, at: this.#now, programReaped: this.program.reaped });
    return Object.assign(this.#event, event);
  }

  #passOn(event: SignalEvent): boolean {
    const signal = this.#passing?.as[event.signal] ?? 0;
    if (!this.#passing?.hasBegun || signal === 0 || this.#untold.length === MOST_PASSED) return false;
    const { target, told, tasks } = this.#passing;
    // Before anything comes of it.
    const entry = { how: 'passed' as const, target, signal, at: this.#now };
    this.sent.push(entry);
    if (told) this.#untold.push({ ...event, passed: true });
    if (this.#sendTo(tasks(), signal) === 0) {
      this.passedOn.push(event);
      return true;
    }
    this.sent.splice(this.sent.indexOf(entry), 1);
    if (told) this.#untold.pop();
    return false;
  }

  #changed(stops: boolean, pid: number): Task | number {
    const children = this.#childrenOf(this.init).filter(task => pid === -1 || task.pid === pid);
    if (this.#options.newestFirst) children.reverse();
    const task = children.find(child => child.state === 'Z' || (stops && child.stopUnreported > 0));
    if (task) return task;
    if (pid === -1) this.lastEmptyWait = this.calls;
    return children.length === 0 ? -ECHILD : 0;
  }

  #childrenOf(parent: Task): Task[] {
    return [...this.tasks.values()].filter(task => task.parent === parent);
  }

  #everyoneElse(): Task[] {
    return [...this.tasks.values()].filter(task => task !== this.init && task.pid !== 1);
  }

  #sendTo(tasks: Task[], signal: number): number {
    if (tasks.length === 0) return -ESRCH;
    const permitted = tasks.filter(task => !task.behaviour.foreign);
    for (const task of permitted) {
      if (this.program.reaped && signal !== 0) this.reachedAfterwards.push({ task, signal });
      this.deliver(task, signal);
    }
    return permitted.length > 0 ? 0 : -EPERM;
  }

  /** A SIGSTOP to ourselves returns when somebody has continued us. */
  #killOwnGroup(signal: number): number {
    this.#sendTo(
      [...this.tasks.values()].filter(task => task.group === this.init.group && task !== this.init),
      signal,
    );
    if (signal !== SIGSTOP) {
      this.signal(signal, { sender: this.pid });
      return 0;
    }
    this.initStops.push(this.#now);
    this.#initIsStopped = true;
    while (this.#initIsStopped) {
      if (this.#advance(Infinity)) continue;
      this.#initIsStopped = false;
      this.#breakDeadlock();
    }
    return 0;
  }

  #react(task: Task, signal: number): void {
    if (!task.alive) return;
    if (signal === SIGKILL) {
      if (!task.behaviour.unkillable) this.end(task, SIGKILL);
    } else if (signal === SIGSTOP) this.#stop(task, signal);
    else {
      task.received.push(signal);
      const reaction = task.behaviour.on?.[signal] ?? task.behaviour.otherwise ?? defaultReaction(signal);
      if (typeof reaction === 'function') reaction(task);
      else if (reaction === 'stop') this.#stop(task, signal);
      else if (reaction === 'die') this.end(task, signal);
    }
  }

  #stop(task: Task, signal: number): void {
    task.state = 'T';
    task.stopUnreported = signal;
    if (task.parent === this.init) this.signal(SIGCHLD, { code: 5, sender: task.pid });
  }

  /** A subreaper adopts only those below it. */
  #adopt(child: Task, adopts: boolean): void {
    child.parent = adopts ? this.init : undefined;
    // Adopted children come last in the list of children.
    this.tasks.delete(child.pid);
    this.tasks.set(child.pid, child);
    if (child.state !== 'Z') return;
    child.reapableAtCall = this.calls;
    this.#tellParent(child);
  }

  #tellParent(task: Task): void {
    if (task.parent === this.init) this.signal(SIGCHLD, { code: 1, sender: task.pid });
    else if (task.parent === undefined || task.parent.behaviour.reaps !== false) this.#remove(task);
  }

  #remove(task: Task): void {
    task.state = 'X';
    this.tasks.delete(task.pid);
  }

  /** A number is free when no process, group or session has it. */
  #freePid(): number {
    for (let tries = 0; tries < this.#options.pidMax; tries++) {
      this.#lastPid = this.#lastPid >= this.#options.pidMax ? 2 : this.#lastPid + 1;
      if (!this.#isUsed(this.#lastPid)) return this.#lastPid;
    }
    throw new Error('out of pids');
  }

  #isUsed(number: number): boolean {
    if (this.tasks.has(number)) return true;
    for (const task of this.tasks.values()) if (task.group.number === number || task.session === number) return true;
    return false;
  }
}

function defaultReaction(signal: number): Reaction {
  if (IGNORED.includes(signal)) return 'ignore';
  return STOPPING.includes(signal) ? 'stop' : 'die';
}

function runDue(scheduled: Scheduled[], now: number): Scheduled[] {
  if (scheduled.length === 0) return scheduled;
  const later = scheduled.filter(one => one.at > now);
  if (later.length < scheduled.length) for (const one of scheduled) if (one.at <= now) one.action();
  return later;
}
