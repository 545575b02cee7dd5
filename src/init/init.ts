import type { Kernel } from '../kernel/kernel.ts';
import { SIGCHLD, SIGINT, SIGTERM } from '../kernel/signals.ts';
import { exitStatus } from './exit-status.ts';
import { createForwarding } from './forwarding.ts';
import { createJobControl } from './job-control.ts';
import { createReaper } from './reaper.ts';
import { createRemaining } from './remaining.ts';
import type { InitSettings } from './settings.ts';
import { createStop } from './stop.ts';
import { createTarget } from './target.ts';
import { harmless, type Voice } from './voice.ts';

/**
 * The init: forwards signals to the spawned program, reaps every child, and returns the exit status to leave with.
 * The program runs already; up to its spawn anything may fail, from here on nothing but its end may end the init.
 */
export function init(kernel: Kernel, settings: InitSettings, speaker: Voice, program: number): number {
  const voice = harmless(speaker);
  let programStatus: number | undefined;

  const target = createTarget(kernel, settings.scope, program);
  const stop = createStop(kernel, settings, voice, target);
  const remaining = createRemaining(kernel, settings, voice, program);
  const jobControl = createJobControl(kernel, settings, voice, program);
  const afterwards = { id: settings.wait === 'all' ? -1 : -program, send: remaining.send };
  const forwarding = createForwarding(kernel, settings, voice, jobControl, {
    holds: event => programStatus === undefined && stop.holds(event),
    receiver: () => (programStatus === undefined ? target : afterwards),
  });
  const reaper = createReaper(kernel, {
    program,
    peek: settings.inspectOrphans || settings.wait === 'group',
    stops: jobControl.isActive,
    dying: voice.dying,
    programDying: remaining.programEnding,
    reaped: voice.reaped,
    programStopped: jobControl.programStopped,
    programReaped(waitStatus) {
      programStatus = waitStatus;
      target.forget();
      voice.ended(program, waitStatus);
      if (settings.wait !== 'main') remaining.begin();
    },
  });

  /** One turn of the loop; the exit status when it was the last. */
  function turn(): number | undefined {
    remaining.look();
    const more = reaper.reap();
    if (programStatus !== undefined && !more && (settings.wait === 'main' || remaining.areGone(reaper.childless))) {
      jobControl.leaving();
      return exitStatus(programStatus);
    }
    const clock = programStatus === undefined ? stop : remaining;
    const deadline = clock.deadline();
    const event = kernel.next(more ? 0 : deadline === Infinity ? Infinity : Math.max(0, deadline - kernel.now()));
    if (event && event.signal !== SIGCHLD) forwarding.received(event);
    if (deadline !== Infinity) {
      const due = clock.elapse(kernel.now());
      if (due) forwarding.forward(due);
    }
    return undefined;
  }

  for (;;) {
    try {
      const status = turn();
      if (status !== undefined) return settings.remapExit.get(status) ?? status;
    } catch (error) {
      voice.trouble(error);
    }
  }
}

/** --pause: no program. Reaps until SIGTERM or SIGINT comes, and returns 0. */
export function pause(kernel: Kernel, speaker: Voice, inspectOrphans: boolean): number {
  const voice = harmless(speaker);
  const reaper = createReaper(kernel, {
    program: 0,
    peek: inspectOrphans,
    stops: false,
    dying: voice.dying,
    programDying: () => {},
    reaped: voice.reaped,
    programStopped: () => {},
    programReaped: () => {},
  });
  for (;;) {
    const event = kernel.next(reaper.reap() ? 0 : Infinity);
    if (event?.signal === SIGTERM || event?.signal === SIGINT) return 0;
    if (event && event.signal !== SIGCHLD) voice.dropped(event);
  }
}
