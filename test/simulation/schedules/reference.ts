import type { SignalEvent } from '../../../src/kernel/kernel.ts';
import type { Machine, Task } from '../machine.ts';
import { type Due, exactly, handOver, stopped, toTheRest } from './due.ts';
import type { CallName, Schedule } from './schedule.ts';

/** A wait looks around so often, and after a refusal the init looks again by then. Milliseconds. */
const LOOK = 100;
/** A killed process may take so long to vanish. Milliseconds. */
const AFTER_KILL = 1000;
/** At most so many children are reaped before the next look for signals. */
const BURST = 1024;
/** After that a SIGKILL that was refused is sent again. Milliseconds. */
const KILL_AGAIN = 1000;
const [ESRCH, ECHILD, EAGAIN] = [3, 10, 11];
const [SIGINT, SIGKILL, SIGTERM, SIGCHLD, SIGCONT, SIGSTOP] = [2, 9, 15, 17, 18, 19];
/** These are never passed on without a thought: SIGCONT, and what stops. */
const JOB_CONTROL = [18, 19, 20, 21, 22];
const LOST = 125;

/** The calls by which the init does something to others. */
const DEEDS: readonly CallName[] = ['kill', 'killProcess', 'setForegroundGroup'];

/**
 * What sexton's documentation says that an init does, told apart from how src/init does it. It hears every call of an
 * init and every answer of its kernel, knows the truth of the machine too, and complains of whatever is done and was not
 * due, or was due and is not done.
 */
export class Reference {
  readonly complaints: string[] = [];
  /** What the voice has to have said in the end. */
  readonly spoken = { signals: 0, held: 0, received: 0, trouble: 0 };
  readonly reaped: string[] = [];
  hasThrown = false;

  readonly #schedule: Schedule;
  readonly #machine: Machine;
  readonly #program: Task;
  readonly #rewrite: ReadonlyMap<number, number>;
  #due: Due[] = [];

  #programStatus: number | undefined;
  #endTold = false;
  #mustLeave = false;
  #isPassing = false;
  #jobControl: boolean | undefined;
  #foreground: number | undefined;
  #own: number | undefined;
  /** Without a clock nobody knows when something is due. */
  clockFailed = false;

  #held = false;
  #stopBegun = false;
  #releaseAt = Infinity;
  #killAt = Infinity;
  #waitKillAt = Infinity;
  #leaveAt = Infinity;
  /** A SIGKILL that was due when the init last looked for signals. */
  #overdue = false;

  #lastWait: 'none' | 'childless' | 'refused' | 'burst' = 'none';
  /** It was told that there is no child, though there are. */
  #wasLiedTo = false;
  #waitFails = false;
  #isKilling = false;
  #reapedInARow = 0;
  #spins = 0;
  #nobodyLeft = false;
  #faulty = new Set<CallName>();

  constructor(schedule: Schedule, machine: Machine) {
    this.#schedule = schedule;
    this.#machine = machine;
    this.#program = machine.program;
    this.#rewrite = new Map(schedule.settings.rewrite);
  }

  // What the kernel is asked.

  before(name: CallName, args: readonly number[]): void {
    if (name === 'next' || name === 'reap' || name === 'reapUntold' || name === 'peek') this.#settle(name);
    if (name === 'next') this.#blocks(args[0]!);
    if (isDeed(name, args)) this.#does(`${name}(${args.join(', ')})`);
    if ((name === 'reap' || name === 'reapUntold') && ++this.#reapedInARow > BURST)
      this.#complain(`${this.#reapedInARow} reaped in a row`);
    if (name === 'reapUntold') this.#reapsUntold(args[0]!, args[1]!);
  }

  /** An exception is a refusal. */
  threw(name: CallName, args: readonly number[]): void {
    this.hasThrown = true;
    if (name === 'now') this.clockFailed = true;
    const refusals: Partial<Record<CallName, unknown>> = {
      foregroundGroup: -1,
      ownGroup: Number.NaN,
      isGroupOrphaned: true,
      processes: undefined,
      next: undefined,
      endPassing: undefined,
      passOn: undefined,
    };
    this.after(name, args, name in refusals ? refusals[name] : -EAGAIN, true);
  }

  after(name: CallName, args: readonly number[], answer: unknown, isFault: boolean): void {
    if (isFault) this.#faulty.add(name);
    for (const due of this.#due) due.heard(name, answer);
    if (name === 'foregroundGroup') this.#foreground = answer as number;
    else if (name === 'ownGroup') this.#own = answer as number;
    else if (name === 'next') this.#returned(answer as SignalEvent | undefined);
    else if (name === 'endPassing') this.#told(answer as SignalEvent | undefined);
    else if (name === 'peek') this.#peeked(answer as number, isFault);
    else if (name === 'reap') this.#waited(answer as number, args, isFault);
    else if (name === 'reapUntold') this.#waitedUntold(answer as number, isFault);
    else if (name === 'processes') this.#looked(answer !== undefined && !isFault);
    else if (name === 'takeStop') this.#tookStop(answer as number);
    else if (name === 'killHeldGroup' && args[0] === 0) this.#askedHeldGroup(answer as number, isFault);
    else if (isDeed(name, args)) this.#answered(answer as number);
  }

  /** Signals that the kernel may pass on by itself: as the init would, and not those that want a thought. */
  passing(pid: number, wholeGroup: boolean, as: Uint8Array, told: boolean): void {
    const { scope, stopDelay, stopTimeout, stopSignal, stopAfter, tellSignals } = this.#schedule.settings;
    this.#isPassing = true;
    if (scope === 'all') this.#complain('no descriptor stands for everybody');
    if (pid !== this.#program.pid || wholeGroup !== (scope === 'group') || told !== tellSignals)
      this.#complain(`passed on to ${pid}, whole group ${wholeGroup}, told ${told}`);
    as.forEach((sent, signal) => {
      if (sent === 0) return;
      const isStop = signal === stopSignal && (stopDelay > 0 || stopTimeout !== null);
      if (
        sent !== this.#becomes(signal) ||
        signal === SIGCHLD ||
        isStop ||
        stopAfter.includes(signal) ||
        JOB_CONTROL.includes(sent)
      )
        this.#complain(`the kernel passes ${signal} on as ${sent}`);
    });
  }

  // What happens.

  #returned(event: SignalEvent | undefined): void {
    this.#reapedInARow = 0;
    if (event) this.#spins = 0;
    if (event) this.#received(event);
    this.#elapse();
  }

  #told(event: SignalEvent | undefined): void {
    if (event) this.#received(event);
    else this.#isPassing = false;
  }

  #received(event: SignalEvent): void {
    this.spoken.received++;
    const { signal } = event;
    if (signal === SIGCHLD) return;
    if (this.#schedule.pause) {
      if (signal === SIGTERM || signal === SIGINT) this.#mustLeave = true;
      else this.spoken.signals++;
      return;
    }
    if (event.passed) {
      this.spoken.signals++;
      return;
    }
    if (this.#programStatus === undefined && this.#holds(signal)) return;
    this.#forward(signal);
    if (this.#schedule.settings.stopAfter.includes(signal))
      this.#owe(exactly(`kill(${this.#machine.pid}, ${SIGSTOP})`));
  }

  /** The stop signal is held back for the delay; a second one goes in its place. */
  #holds(signal: number): boolean {
    const { stopSignal, stopDelay } = this.#schedule.settings;
    if (signal !== stopSignal || this.#stopBegun) return false;
    if (this.#held || stopDelay === 0) {
      this.#beginStop();
      return false;
    }
    this.#held = true;
    this.#releaseAt = this.#machine.now() + stopDelay;
    this.spoken.held++;
    return true;
  }

  #beginStop(): void {
    this.#stopBegun = true;
    this.#held = false;
    this.#releaseAt = Infinity;
    this.#killAt = this.#machine.now() + (this.#schedule.settings.stopTimeout ?? Infinity);
  }

  #elapse(): void {
    const now = this.#machine.now();
    if (this.#held && now >= this.#releaseAt) {
      this.#beginStop();
      this.#forward(this.#schedule.settings.stopSignal);
    }
    if (now >= this.#waitKillAt) {
      this.#waitKillAt = Infinity;
      this.#leaveAt = now + AFTER_KILL;
      this.#toTheRest(SIGKILL);
    }
  }

  #forward(signal: number): void {
    this.spoken.signals++;
    const sent = this.#becomes(signal);
    if (sent === 0) return;
    if (this.#programStatus !== undefined) {
      this.#toTheRest(sent);
      return;
    }
    if (sent === SIGCONT && this.#jobControl) this.#owe(handOver(this.#program.pid));
    this.#owe(exactly(`kill(${this.#target}, ${sent})`));
  }

  #toTheRest(signal: number): void {
    const { wait } = this.#schedule.settings;
    if (wait === 'all' && this.#machine.pid === 1) this.#owe(exactly(`kill(-1, ${signal})`));
    else
      this.#owe(
        toTheRest(signal, this.#machine, {
          group: wait === 'group',
          // Of a list that is stale nobody can tell more than that it was so.
          isOne: task => this.#isWaitedFor(task) || (wait === 'all' && this.#isFaulty(['processes'])),
          complete: () => this.#canTell(),
        }),
      );
  }

  #peeked(pid: number, isFault: boolean): void {
    if (pid <= 0) {
      this.#waited(pid, [-1], isFault);
      return;
    }
    if (pid !== this.#program.pid || this.#programStatus !== undefined || this.#endTold) return;
    if (this.#schedule.pause || isStopped(this.#machine.status)) return;
    // While it is a zombie its group is still its group.
    this.#endTold = true;
    const { farewell, wait } = this.#schedule.settings;
    if (farewell !== 0) this.#owe(exactly(`kill(${-pid}, ${farewell})`));
    if (wait === 'group') this.#owe(exactly(`kill(${-pid}, ${SIGTERM})`));
  }

  #waited(pid: number, [asked]: readonly number[], isFault: boolean): void {
    this.#wasLiedTo = isFault && pid === -ECHILD;
    if (pid <= 0) {
      // Of one child it says only that another has reaped it.
      if (asked! > 0 && pid === -ECHILD) return;
      this.#lastWait = pid === 0 ? 'none' : pid === -ECHILD ? 'childless' : 'refused';
      this.#saysRefusal(this.#lastWait === 'refused');
      return;
    }
    this.#spins = 0;
    this.#lastWait = 'burst';
    const { status } = this.#machine;
    const isProgram = !this.#schedule.pause && pid === this.#program.pid && this.#programStatus === undefined;
    if (isStopped(status)) {
      if (isProgram) this.#owe(stopped(status >> 8, pid));
    } else if (isProgram) this.#ended(status);
    else this.reaped.push(`${pid} ${status}`);
  }

  /** Orphans that the voice wants to hear of must not go like this. */
  #reapsUntold(program: number, most: number): void {
    const { tellOrphans, inspectOrphans } = this.#schedule.settings;
    if (tellOrphans || inspectOrphans) this.#complain('orphans are reaped, and nobody is told');
    if (most > BURST) this.#complain(`may reap ${most} in a row`);
    const isAlive = !this.#schedule.pause && this.#programStatus === undefined;
    if (program !== (isAlive ? this.#program.pid : 0)) this.#complain(`takes ${program} for the program`);
  }

  #waitedUntold(pid: number, isFault: boolean): void {
    const isProgram = !this.#schedule.pause && pid === this.#program.pid && this.#programStatus === undefined;
    if (pid <= 0 || isProgram) {
      this.#waited(pid, [-1], isFault);
      return;
    }
    // It has reaped as many as it may.
    this.#spins = 0;
    this.#lastWait = 'burst';
    this.#reapedInARow = BURST;
  }

  #ended(status: number): void {
    const { wait, farewell, waitTimeout } = this.#schedule.settings;
    if ((wait === 'group' || farewell !== 0) && !this.#endTold) this.#complain('reaped before its group was told');
    this.#programStatus = status;
    [this.#held, this.#releaseAt, this.#killAt, this.#overdue] = [false, Infinity, Infinity, false];
    if (wait === 'main') return;
    this.#waitKillAt = this.#machine.now() + (waitTimeout ?? Infinity);
    if (wait === 'all') this.#toTheRest(SIGTERM);
  }

  /** It says when waiting begins to fail. */
  #saysRefusal(isRefused: boolean): void {
    if (isRefused && !this.#waitFails) this.spoken.trouble++;
    this.#waitFails = isRefused;
  }

  #tookStop(pid: number): void {
    if (pid < 0 && pid !== -ECHILD) {
      this.#lastWait = 'refused';
      this.#saysRefusal(true);
    }
    if (pid === this.#program.pid && this.#programStatus === undefined)
      this.#owe(stopped(this.#machine.status >> 8, pid));
  }

  #looked(canSee: boolean): void {
    this.#nobodyLeft =
      canSee && this.#programStatus !== undefined && !this.#machine.living().some(task => this.#isWaitedFor(task));
  }

  #askedHeldGroup(answer: number, isFault: boolean): void {
    if (this.#programStatus === undefined || isFault || this.#machine.canSee) return;
    this.#nobodyLeft = answer === -3;
  }

  // What it does about it.

  #does(call: string): void {
    if (this.#schedule.pause) this.#complain(`${call}, as a pause`);
    while (this.#due.length > 0) {
      const [due] = this.#due;
      if (due!.takes(call)) return;
      if (!due!.isDone) break;
      this.#due.shift();
    }
    if (call === `kill(${this.#target}, ${SIGKILL})` && this.#machine.now() >= this.#killAt) {
      this.#killAt = Infinity;
      this.#overdue = false;
      this.#isKilling = true;
      return;
    }
    if (
      this.#isLeaving() &&
      (call === `setForegroundGroup(${this.#own})` || Number.isNaN(this.#own)) &&
      this.#foreground === this.#program.pid
    )
      return;
    if (this.clockFailed) return;
    this.#complain(`${call} was not due; due is ${this.#due[0]?.what ?? 'nothing'}`);
  }

  #answered(answer: number): void {
    // SIGKILL that was refused is sent again.
    if (this.#isKilling && answer !== 0 && answer !== -ESRCH) this.#killAt = this.#machine.now() + KILL_AGAIN;
    if (!this.#isKilling) this.#due[0]?.answered(answer);
    this.#isKilling = false;
  }

  #blocks(timeout: number): void {
    const now = this.#machine.now();
    this.#jobControl ??= this.#isUnderShell();
    if (this.#mustLeave) this.#complain('a pause that does not end');
    if (this.#programStatus !== undefined && this.#isPassing)
      this.#complain('signals are still passed on to a program that has gone');
    if (this.#overdue && !this.clockFailed) this.#complain('no SIGKILL at the end of the time');
    this.#overdue = now >= this.#killAt;
    if (timeout > 0) this.#rests(timeout);
    else if (++this.#spins > 4) this.#complain('spins');
    if (this.clockFailed) return;
    const deadline = Math.min(this.#releaseAt, this.#killAt, this.#waitKillAt, this.#leaveAt);
    const longest = Math.max(0, deadline - now);
    if (timeout > longest) this.#complain(`sleeps for ${timeout} ms, though something is due in ${longest}`);
    const isUnneeded = deadline === Infinity && this.#programStatus === undefined && timeout < Infinity;
    if (isUnneeded && this.#lastWait !== 'refused' && !(timeout === 0 && this.#lastWait === 'burst'))
      this.#complain(`wakes up after ${timeout} ms for nothing`);
  }

  /** Whether everything is done that can be. */
  #rests(timeout: number): void {
    if (this.#lastWait === 'refused') {
      if (timeout > LOOK) this.#complain(`wait(2) was refused, and is not tried again for ${timeout} ms`);
    } else if (!this.#machine.isPending(SIGCHLD) && !this.#wasLiedTo) {
      const zombies = this.#machine.zombiesOfInit();
      if (zombies.length > 0) this.#complain(`rests beside zombies: ${zombies.map(task => task.pid)}`);
      if (this.#jobControl && this.#program.alive && this.#program.stopUnreported > 0)
        this.#complain('rests though the program has stopped');
    }
    if (this.#lastWait === 'burst') this.#complain('rests without a last look for children');
    if (this.#schedule.pause) return;
    if (this.#programStatus === undefined) {
      if (this.#lastWait === 'childless') this.#complain('rests without a child');
      return;
    }
    if (this.#schedule.settings.wait === 'main') this.#complain('the program has ended, and the init stays');
    else if (timeout > LOOK) this.#complain(`does not look who is left for ${timeout} ms`);
    else if (this.#nobodyLeft || (!this.#machine.canSee && this.#lastWait === 'childless'))
      this.#complain('nobody is left, and the init stays');
  }

  /** The init has ended. */
  left(status: number): void {
    this.#settle('leaving');
    if (this.#machine.deadlock) this.#complain(this.#machine.deadlock.message);
    for (const violation of this.#machine.violations) this.#complain(violation);
    if (this.#schedule.pause) {
      if (status !== 0 || !this.#mustLeave) this.#complain(`a pause left with ${status}`);
      return;
    }
    if (this.#programStatus === undefined) {
      if (this.#lastWait !== 'childless' || status !== LOST) this.#complain(`left with ${status} before the program`);
      return;
    }
    const own = exitStatus(this.#programStatus);
    const wanted = new Map(this.#schedule.settings.remapExit).get(own) ?? own;
    if (this.#programStatus !== this.#program.waitStatus || status !== wanted)
      this.#complain(`left with ${status}, not ${wanted}`);
    this.#leftNobody();
    if (this.#jobControl && this.#machine.terminal === this.#program.pid && !this.#isFaulty(TERMINAL))
      this.#complain('the terminal stays with a program that has gone');
  }

  #leftNobody(): void {
    const { wait } = this.#schedule.settings;
    const zombies = this.#machine.zombiesOfInit().filter(task => task.reapableAtCall < this.#machine.lastEmptyWait);
    if (zombies.length > 0 && !this.#isFaulty(['reap', 'reapUntold', 'peek']))
      this.#complain(`zombies that nobody reaped: ${zombies.map(task => task.pid)}`);
    if (this.#lastWait === 'burst') this.#complain('left without a last look for children');
    const outsiders = this.#machine.reachedAfterwards.filter(
      ({ task }) => task !== this.#machine.init && task.group !== this.#program.group,
    );
    if (wait === 'group' && outsiders.length > 0)
      this.#complain(`signalled outsiders: ${outsiders.map(({ task }) => task.pid)}`);
    this.#leftLiving(wait);
  }

  #leftLiving(wait: string): void {
    if (wait === 'main' || !this.#canTell() || this.clockFailed || this.#machine.now() >= this.#leaveAt) return;
    const left = this.#machine
      .living()
      .filter(task => this.#isWaitedFor(task) && task.createdAtCall < this.#machine.lastLook);
    if (left.length > 0) this.#complain(`left ${left.map(task => task.pid)} behind`);
  }

  #isLeaving(): boolean {
    return this.#programStatus !== undefined;
  }

  // What is so.

  get #target(): number {
    const { scope } = this.#schedule.settings;
    return scope === 'child' ? this.#program.pid : scope === 'group' ? -this.#program.pid : -1;
  }

  #becomes(signal: number): number {
    return this.#rewrite.get(signal) ?? signal;
  }

  #isUnderShell(): boolean {
    const { settings, kernel } = this.#schedule;
    return (
      settings.jobControl &&
      (kernel.pid !== 1 || this.#own === 0) &&
      this.#foreground !== undefined &&
      this.#foreground !== -1
    );
  }

  /** Whom a wait is for. */
  #isWaitedFor(task: Task): boolean {
    if (this.#schedule.settings.wait === 'group') return task.group === this.#program.group;
    return this.#machine.pid === 1 || this.#machine.isBelow(task);
  }

  /**
   * Whether the init can know for sure who is left. Without a held group (or with EPERM for it), a member that forks and
   * ends between the look and the reap takes the recognition of its group with it.
   */
  #canTell(): boolean {
    const { kernel, settings, moments } = this.#schedule;
    if (this.#isFaulty(['processes', 'holdGroup', 'killHeldGroup']) || !kernel.proc) return false;
    if (settings.wait === 'all') return true;
    if (kernel.pidfdGroup && !this.#machine.everybody.some(task => task.behaviour.foreign)) return true;
    return moments.every(({ byCall }) => !byCall);
  }

  #isFaulty(calls: readonly CallName[]): boolean {
    return calls.some(call => this.#faulty.has(call));
  }

  #owe(due: Due): void {
    this.#due.push(due);
  }

  #settle(before: string): void {
    for (const due of this.#due) if (!due.isDone && !this.clockFailed) this.#complain(`before ${before}: ${due.what}`);
    this.#due = [];
  }

  #complain(complaint: string): void {
    if (this.complaints.length < 5)
      this.complaints.push(`${complaint} (at ${this.#machine.now()} ms, call ${this.#machine.calls})`);
  }
}

const TERMINAL: readonly CallName[] = ['foregroundGroup', 'ownGroup', 'setForegroundGroup'];

function isDeed(name: CallName, args: readonly number[]): boolean {
  return DEEDS.includes(name) || (name === 'killHeldGroup' && args[0] !== 0);
}

function isStopped(waitStatus: number): boolean {
  return (waitStatus & 0xff) === 0x7f;
}

/** wait(2), and 128 + n as a shell has it. */
function exitStatus(waitStatus: number): number {
  const signal = waitStatus & 0x7f;
  return signal === 0 ? waitStatus >> 8 : 128 + signal;
}
