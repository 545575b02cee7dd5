import type { Kernel, SignalEvent } from '../kernel/kernel.ts';
import { SIGCONT, SIGSTOP } from '../kernel/signals.ts';
import type { InitSettings } from './settings.ts';
import type { Voice } from './voice.ts';

/** Passes signals on. */
export interface Forwarding {
  /** A signal came, other than SIGCHLD. */
  received(event: SignalEvent): void;
  /** Passes a signal on at once, rewritten. */
  forward(event: SignalEvent): void;
}

/** What forwarding depends on as the program lives, stops and ends. */
export interface Course {
  /** True: the signal is held back by a stop that has begun. */
  holds(event: SignalEvent): boolean;
  /** A SIGCONT is about to be passed on. */
  continuing(): void;
  /** Who gets signals now: the program and its scope, or those who remain after it. */
  receiver(): { readonly id: number; send(signal: number): number };
}

export function createForwarding(kernel: Kernel, settings: InitSettings, voice: Voice, course: Course): Forwarding {
  function forward(event: SignalEvent): void {
    const signal = settings.rewrite[event.signal] ?? event.signal;
    if (signal === 0) {
      voice.dropped(event);
      return;
    }
    if (signal === SIGCONT) course.continuing();
    const target = course.receiver();
    const result = target.send(signal);
    // Never fatal: the target may just have died (ESRCH) or be a setuid program of another user (EPERM).
    if (result < 0) voice.undelivered(event, signal, target.id, -result);
    else voice.forwarded(event, signal, target.id);
  }

  return {
    forward,
    received(event) {
      if (event.passed) {
        voice.forwarded(event, settings.rewrite[event.signal]!, course.receiver().id);
        return;
      }
      if (course.holds(event)) return;
      forward(event);
      if (!settings.stopAfter.includes(event.signal)) return;
      voice.stopped();
      // As PID 1 this does nothing: the kernel does not stop an init.
      kernel.kill(kernel.pid, SIGSTOP);
    },
  };
}
