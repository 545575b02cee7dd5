import type { Kernel, Process, SignalEvent } from '../../../src/kernel/kernel.ts';
import { SIGCHLD } from '../../../src/kernel/signals.ts';
import type { Machine } from '../machine.ts';
import type { Reference } from './reference.ts';
import type { CallName, Fault } from './schedule.ts';

const EBADF = 9;
const ECHILD = 10;

/** The calls that wait for children. */
const WAITS: readonly CallName[] = ['reap', 'reapUntold', 'peek', 'takeStop'];

const MOST_CALLS = 20_000;

/** What a call that throws says of it. It is made once: most of it would be the stack, and nobody reads that. */
const THROWN = new Error('a call threw');

/** The machine as an init gets to see it: its calls fail where the schedule wants it, and the reference hears all of them. */
export class WatchedKernel implements Kernel {
  readonly #machine: Machine;
  readonly #reference: Reference;
  readonly #faults: readonly Fault[];
  readonly #trace: ((line: string) => void) | undefined;
  readonly #counts: Partial<Record<CallName, number>> = {};
  #lastProcesses: Process[] | undefined;
  #isHeld = true;
  #calls = 0;

  constructor(machine: Machine, reference: Reference, faults: readonly Fault[], trace?: (line: string) => void) {
    this.#machine = machine;
    this.#reference = reference;
    this.#faults = faults;
    this.#trace = trace;
  }

  get pid(): number {
    return this.#machine.pid;
  }

  get status(): number {
    return this.#machine.status;
  }

  now(): number {
    return this.#call('now', [], () => this.#machine.now());
  }

  next(timeout: number): SignalEvent | undefined {
    return this.#call('next', [timeout], () => this.#machine.next(timeout));
  }

  passOn(pid: number, wholeGroup: boolean, as: Uint8Array, told: boolean): void {
    this.#reference.passing(pid, wholeGroup, as, told);
    this.#call('passOn', [], () => this.#machine.passOn(pid, wholeGroup, as, told));
  }

  endPassing(): SignalEvent | undefined {
    return this.#call('endPassing', [], () => this.#machine.endPassing());
  }

  reap(pid: number, stops: boolean): number {
    return this.#call('reap', [pid, Number(stops)], () => this.#machine.reap(pid, stops));
  }

  reapUntold(program: number, most: number): number {
    return this.#call('reapUntold', [program, most], () => this.#machine.reapUntold(program, most));
  }

  peek(stops: boolean): number {
    return this.#call('peek', [Number(stops)], () => this.#machine.peek(stops));
  }

  takeStop(pid: number): number {
    return this.#call('takeStop', [pid], () => this.#machine.takeStop(pid));
  }

  kill(target: number, signal: number): number {
    return this.#call('kill', [target, signal], () => this.#machine.kill(target, signal));
  }

  killProcess(process: Process, signal: number): number {
    return this.#call('killProcess', [process.pid, signal, process.startTime], () =>
      this.#machine.killProcess(process, signal),
    );
  }

  holdGroup(pid: number): number {
    this.#isHeld = false;
    return this.#call('holdGroup', [pid], () => {
      this.#isHeld = true;
      return this.#machine.holdGroup(pid);
    });
  }

  killHeldGroup(signal: number): number {
    // A descriptor that was not to be had is none.
    return this.#call('killHeldGroup', [signal], () => (this.#isHeld ? this.#machine.killHeldGroup(signal) : -EBADF));
  }

  processes(): Process[] | undefined {
    return this.#call('processes', [], () => {
      this.#lastProcesses = this.#machine.processes();
      return this.#lastProcesses;
    });
  }

  ownGroup(): number {
    return this.#call('ownGroup', [], () => this.#machine.ownGroup());
  }

  isGroupOrphaned(): boolean {
    return this.#call('isGroupOrphaned', [], () => this.#machine.isGroupOrphaned());
  }

  foregroundGroup(): number {
    return this.#call('foregroundGroup', [], () => this.#machine.foregroundGroup());
  }

  setForegroundGroup(group: number): number {
    return this.#call('setForegroundGroup', [group], () => this.#machine.setForegroundGroup(group));
  }

  #call<T>(name: CallName, args: readonly number[], real: () => T): T {
    this.#reference.before(name, args);
    if (++this.#calls > MOST_CALLS) this.#stuck();
    const fault = this.#faultOf(name, args);
    if (fault?.how === 'throw') {
      this.#trace?.(`${this.#machine.now()} ms ${name}(${args.join(', ')}) throws`);
      this.#reference.threw(name, args);
      throw THROWN;
    }
    const answer = fault ? (this.#pretend(name, args, fault.how) as T) : real();
    this.#trace?.(
      `${this.#machine.now()} ms ${name}(${args.join(', ')}) = ${JSON.stringify(answer)}${fault ? ', a fault' : ''}`,
    );
    this.#reference.after(name, args, answer, fault !== undefined);
    return answer;
  }

  /** It loops for ever: with nobody left it may still come to its end. */
  #stuck(): void {
    this.#reference.complaints.push(`${MOST_CALLS} calls, and no end`);
    if (this.#calls > 2 * MOST_CALLS) throw new Error(`${this.#calls} calls`);
    for (const task of this.#machine.living()) this.#machine.end(task, 9);
  }

  #faultOf(name: CallName, args: readonly number[]): Fault | undefined {
    if (this.#faults.length === 0) return undefined;
    this.#counts[name] = (this.#counts[name] ?? 0) + 1;
    const count = this.#counts[name];
    const fault = this.#faults.find(
      ({ call, from, times }) => call === name && count >= from && (times === null || count < from + times),
    );
    // Only an orphan that was looked at can have been reaped by another in between.
    if (fault?.how === 'stolen' && (args[0]! <= 0 || args[0] === this.#machine.program.pid)) return undefined;
    return fault;
  }

  #pretend(name: CallName, args: readonly number[], how: Fault['how']): unknown {
    if (typeof how === 'number') return how;
    if (how === 'stale') return this.#lastProcesses;
    if (how === 'stolen') {
      this.#machine.reap(args[0]!, false);
      return -ECHILD;
    }
    if (!WAITS.includes(name)) return undefined;
    // Nothing has changed, so that something will: the kernel tells when it has.
    this.#machine.signal(SIGCHLD);
    return 0;
  }
}
