/**
 * What the init needs from Linux: the only door between src/init and the system.
 * linux.ts implements it over FFI; test/simulation scripts it.
 *
 * Calls that can fail return the negative errno instead of throwing, as the system calls below them do:
 * nothing is allocated on the way of a signal or of an orphan.
 */
export interface Kernel {
  /** Our own pid in our PID namespace: 1 in a container. */
  readonly pid: number;

  /** Milliseconds on a clock that never jumps (CLOCK_MONOTONIC). */
  now(): number;

  /**
   * Blocks until a signal comes, at most `timeout` milliseconds (`Infinity`: for ever).
   * The event is the same object at every call; undefined when the time was over.
   */
  next(timeout: number): SignalEvent | undefined;

  /**
   * From now on, or from some later time on, signals are passed on as `as` says (by the signal that came; 0: not this
   * one) in the moment in which they come, to the process `pid` or to the process group that it leads. `next` tells of
   * them afterwards, as `passed`; unless they are `told`, it need not. A kernel that cannot do it does nothing.
   */
  passOn(pid: number, wholeGroup: boolean, as: Uint8Array, told: boolean): void;

  /** Ends that, and returns the signals that were passed on and that `next` has not told of: one a call. */
  endPassing(): SignalEvent | undefined;

  /**
   * waitpid(2) with WNOHANG, for `pid` or (-1) any child; with `stops`, stopped children too.
   * Returns the pid with its wait status in `status`; 0 when no child has changed; -ECHILD when there is none, or
   * -errno where it does not work: it has no other error, but a seccomp filter may have.
   */
  reap(pid: number, stops: boolean): number;
  readonly status: number;

  /**
   * Like `reap(-1, false)`, again and again, over children of whom nobody has to be told: it returns when the child is
   * `program`, when there is none, or when it has reaped `most` of them, with the last one's pid.
   */
  reapUntold(program: number, most: number): number;

  /** Like `reap(-1, stops)`, but leaves the child to be reaped (WNOWAIT), so that /proc can still be asked. */
  peek(stops: boolean): number;

  /**
   * Takes note of a stop that `peek` has told of, so that it tells of it no more, and reaps nothing: a stopped child may
   * have been killed meanwhile. Returns the pid; 0 when it is not stopped any more; or -errno.
   */
  takeStop(pid: number): number;

  /** kill(2): a pid, -pid for a process group, 0 for our own group, -1 for everything. Returns 0 or -errno. */
  kill(pid: number, signal: number): number;

  /** Signals one process, if `startTime` tells that its pid is not somebody else by now. Returns 0 or -errno. */
  killProcess(process: Process, signal: number): number;

  /** Opens a descriptor for `pid` that names its process group even after its leader was reaped. Returns 0 or -errno. */
  holdGroup(pid: number): number;

  /** Signals the group held by `holdGroup`. Returns 0 or -errno; -EINVAL or -ENOSYS where the kernel cannot. */
  killHeldGroup(signal: number): number;

  /**
   * Every process that /proc shows; undefined where there is no /proc, or one of another PID namespace, or where it could
   * not be read to its end.
   */
  processes(): Process[] | undefined;

  /** Our process group. */
  ownGroup(): number;

  /** Whether no shell looks after our process group: setpgid(2), "orphaned". */
  isGroupOrphaned(): boolean;

  /** The process group that holds our controlling terminal; -1 without a terminal. */
  foregroundGroup(): number;

  /** Hands the terminal to a group of our session: tcsetpgrp(3). Returns 0 or -errno. */
  setForegroundGroup(group: number): number;
}

/** A received signal. */
export interface SignalEvent {
  signal: number;
  /** si_code: above 0 when the kernel sent it (the terminal, say), 0 and below when a process did. */
  code: number;
  /** si_pid: 0 for a sender outside our PID namespace, `UNKNOWN_SENDER` when it was lost. Means nothing if code > 0. */
  sender: number;
  uid: number;
  /** It was passed on already: `passOn`. */
  passed: boolean;
}

/** The pipe of signals was full: the signal was kept, its sender was not. */
export const UNKNOWN_SENDER = -1;

/** What a process has used, and the children that it waited for: getrusage(2). */
export interface Usage {
  userSeconds: number;
  systemSeconds: number;
  /** The most memory that any one of them held. */
  peakBytes: number;
}

/** One process as /proc/PID/stat tells it: proc(5). Texts are byte strings (one character a byte). */
export interface Process {
  pid: number;
  name: string;
  state: string;
  parent: number;
  group: number;
  session: number;
  /** Clock ticks (1/100 s) from boot to its start; with the pid, it names a process for good. */
  startTime: number;
  /** How many threads are left; a process in state Z that has more than one is not dead, only its main thread is. */
  threads?: number;
}

export function isAlive(process: Process): boolean {
  return process.state !== 'X' && !isUnreaped(process);
}

/** A zombie that its parent could reap: one whose main thread alone has ended is not to be had yet, and no fault of anybody. */
export function isUnreaped({ state, threads = 1 }: Process): boolean {
  return state === 'Z' && threads <= 1;
}
