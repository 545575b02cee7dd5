import type { Process, SignalEvent } from '../kernel/kernel.ts';

/**
 * What the init has to say. The core calls it and never asks back; each manner of speaking
 * (sexton's own log, a peer's log lines) is one implementation. Events are only valid during the call.
 */
export interface Voice {
  /** A signal came, SIGCHLD too, before anything is done about it. */
  received(event: SignalEvent): void;
  /** A signal was passed on, as `sent`, to a pid, a process group (negative) or everything (-1). */
  forwarded(event: SignalEvent, sent: number, target: number): void;
  /** A signal was not passed on: it was rewritten to nothing, or nobody is there to get it. */
  dropped(event: SignalEvent): void;
  /** The target refused the signal or is gone; errno is positive. */
  undelivered(event: SignalEvent, sent: number, target: number, errno: number): void;
  /** The stop signal is held back for so many milliseconds. */
  held(event: SignalEvent, milliseconds: number): void;
  /** A time limit has passed: the survivors (undefined where /proc cannot tell) get SIGKILL. */
  killing(reason: 'stop' | 'wait', milliseconds: number, survivors: readonly Process[] | undefined): void;
  /** An orphan is about to be reaped, while /proc still knows it; only with `inspectOrphans`. */
  dying(pid: number): void;
  /** An orphan was reaped. */
  reaped(pid: number, waitStatus: number): void;
  /** Every child that has ended was reaped. `childless`: we have none any more. */
  settled(childless: boolean): void;
  /** The program was reaped. */
  ended(pid: number, waitStatus: number): void;
  /** The program has ended, others have not: they were sent SIGTERM and are waited for. */
  waiting(survivors: readonly Process[] | undefined): void;
  /** The program was stopped (job control), or continued. */
  stopped(): void;
  continued(): void;
  /** Something that must not happen did; the init goes on. */
  trouble(error: unknown): void;
}

/** Both voices, one after the other: what the first throws does not keep the second from being heard. */
export function together(first: Voice, second: Voice): Voice {
  const one = harmless(first);
  const both: Record<string, (...args: unknown[]) => void> = {};
  for (const name of Object.keys(second) as (keyof Voice)[]) {
    const [sayFirst, saySecond] = [one[name], second[name]] as ((...args: unknown[]) => void)[];
    both[name] = (...args) => {
      sayFirst!(...args);
      saySecond!(...args);
    };
  }
  return both as unknown as Voice;
}

/** The same voice, but nothing that it throws gets out: what is said must not change what is done. */
export function harmless(voice: Voice): Voice {
  function trouble(error: unknown): void {
    try {
      voice.trouble(error);
    } catch {
      // A voice that cannot speak cannot complain either.
    }
  }
  function guarded<A extends unknown[]>(say: (...args: A) => void): (...args: A) => void {
    return (...args) => {
      try {
        say(...args);
      } catch (error) {
        trouble(error);
      }
    };
  }
  return {
    received: guarded(voice.received),
    forwarded: guarded(voice.forwarded),
    dropped: guarded(voice.dropped),
    undelivered: guarded(voice.undelivered),
    held: guarded(voice.held),
    killing: guarded(voice.killing),
    dying: guarded(voice.dying),
    reaped: guarded(voice.reaped),
    settled: guarded(voice.settled),
    ended: guarded(voice.ended),
    waiting: guarded(voice.waiting),
    stopped: guarded(voice.stopped),
    continued: guarded(voice.continued),
    trouble,
  };
}
