import { ECHILD } from '../kernel/errors.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { isStopped, stoppingSignal } from './exit-status.ts';

/** How many children to reap before looking for signals again: a storm of orphans must not delay a SIGTERM. */
const BURST = 1024;

/** How many of those are looked at first, where only their names depend on it: it takes longer than to reap them. */
const LOOKS = 128;

/** How long to wait before a look for children that was refused is tried again. Milliseconds. */
const AFTER_REFUSAL = 100;

/** Collects every child that has ended. One SIGCHLD may stand for many, so nobody counts them. */
export interface Reaper {
  /**
   * Reaps what has ended. Returns for how many milliseconds to wait for signals at most before coming back: 0 if there
   * may be more, Infinity if there is none.
   */
  reap(): number;
  /** There was no child at all, dead or alive, at the last look. */
  readonly childless: boolean;
}

/** What the reaper tells of; `dying` and `programDying` come before the reap, and only if `peek` asks for them. */
export interface Family {
  readonly program: number;
  /** always: the program's end has to be known of before it is reaped. some: orphans are told of by name. */
  readonly peek: 'always' | 'some' | 'never';
  /** Whether `reaped` wants to hear of every orphan. */
  readonly tells: boolean;
  readonly stops: boolean;
  dying(pid: number): void;
  programDying(): void;
  reaped(pid: number, waitStatus: number): void;
  programReaped(waitStatus: number): void;
  programStopped(signal: number): void;
  /** Waiting for children has begun to fail. errno is positive. */
  failed(errno: number): void;
}

export function createReaper(kernel: Kernel, family: Family): Reaper {
  const { program, peek, stops } = family;
  const tells = family.tells || peek !== 'never' || stops;
  let childless = false;
  let fails = false;
  let programAlive = program > 0;
  let programIsDying = false;

  /** The next child that has changed; 0 or below when there is none, undefined if it is another by now. */
  function next(count: number): number | undefined {
    if (!tells) return kernel.reapUntold(programAlive ? program : 0, BURST);
    if (peek === 'never' || (peek === 'some' && count >= LOOKS)) return kernel.reap(-1, stops);
    const pid = kernel.peek(stops);
    if (pid <= 0) return pid;
    if (isStopped(kernel.status)) {
      // Not by reap: if it was killed meanwhile, that would be the end, and nobody told before it.
      const taken = kernel.takeStop(pid);
      return taken === 0 || taken === -ECHILD ? undefined : taken;
    }
    if (pid !== program || !programAlive) family.dying(pid);
    else if (!programIsDying) {
      // Once, even if it cannot be reaped yet.
      programIsDying = true;
      family.programDying();
    }
    const reaped = kernel.reap(pid, false);
    return reaped === -ECHILD ? undefined : reaped;
  }

  return {
    reap() {
      for (let count = 0; count < BURST; count++) {
        const pid = next(count);
        if (pid === undefined) continue;
        if (pid <= 0) {
          childless = pid === -ECHILD;
          const failed = pid < 0 && !childless;
          if (failed && !fails) family.failed(-pid);
          fails = failed;
          return failed ? AFTER_REFUSAL : Infinity;
        }
        const status = kernel.status;
        const isProgram = pid === program && programAlive;
        if (isStopped(status)) {
          if (isProgram) family.programStopped(stoppingSignal(status));
        } else if (isProgram) {
          programAlive = false;
          family.programReaped(status);
        } else if (tells) family.reaped(pid, status);
        else return 0; // As many as BURST.
      }
      return 0;
    },
    get childless() {
      return childless;
    },
  };
}
