import { ESRCH } from '../kernel/errors.ts';
import type { Kernel, SignalEvent } from '../kernel/kernel.ts';
import { SIGKILL } from '../kernel/signals.ts';
import type { InitSettings } from './settings.ts';
import type { Target } from './target.ts';
import type { Voice } from './voice.ts';

/**
 * The stop ladder: hold the stop signal back (--stop-delay), pass it on, and kill what has not gone
 * by the end of --stop-timeout. Only the stop signal starts it: Ctrl-C in a REPL is no stop.
 */
export interface Stop {
  /** Takes note of a signal that came. True: it is held back for now, and must not be passed on. */
  holds(event: SignalEvent): boolean;
  /** When `elapse` wants to be called; Infinity: not at all. */
  deadline(): number;
  /** Returns the stop signal that was held back until now, when it is due; the caller passes it on. */
  elapse(now: number): SignalEvent | undefined;
}

/** Where SIGKILL is refused: when to try again. Milliseconds. */
const KILL_AGAIN = 1000;

export function createStop(kernel: Kernel, settings: InitSettings, voice: Voice, target: Target): Stop {
  let held: SignalEvent | undefined;
  let releaseAt = Infinity;
  let killAt = Infinity;
  let passedOn = false;
  let killed = false;

  function passOn(): void {
    passedOn = true;
    held = undefined;
    releaseAt = Infinity;
    if (settings.stopTimeout !== Infinity) killAt = kernel.now() + settings.stopTimeout;
  }

  return {
    holds(event) {
      if (event.signal !== settings.stopSignal || passedOn) return false;
      // A second stop signal cuts the delay short, and goes in place of the first.
      if (held || settings.stopDelay === 0) {
        passOn();
        return false;
      }
      held = { ...event };
      releaseAt = kernel.now() + settings.stopDelay;
      voice.held(event, settings.stopDelay);
      return true;
    },

    deadline: () => Math.min(releaseAt, killAt),

    elapse(now) {
      if (now >= killAt) {
        if (!killed) voice.killing('stop', settings.stopTimeout, target.members());
        killed = true;
        const result = target.send(SIGKILL);
        killAt = result === 0 || result === -ESRCH ? Infinity : now + KILL_AGAIN;
      }
      if (now < releaseAt) return undefined;
      const event = held;
      passOn();
      return event;
    },
  };
}
