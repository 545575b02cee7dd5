import { errorText } from '../kernel/errors.ts';
import type { Kernel, SignalEvent } from '../kernel/kernel.ts';
import { SIGCHLD, SIGINT, SIGTERM } from '../kernel/signals.ts';
import { exitStatus } from './exit-status.ts';
import { createForwarding } from './forwarding.ts';
import { createJobControl } from './job-control.ts';
import { signalsToPass } from './passing.ts';
import { createReaper } from './reaper.ts';
import { createRemaining } from './remaining.ts';
import type { InitSettings } from './settings.ts';
import { steadyKernel } from './steady-kernel.ts';
import { createStop } from './stop.ts';
import { createTarget } from './target.ts';
import { harmless, type Voice } from './voice.ts';

/** As for other failures of our own: there is no status to leave with. */
const STATUS_LOST = 125;

/**
 * The init: forwards signals to the spawned program, reaps every child, and returns the exit status to leave with.
 * The program runs already; up to its spawn anything may fail, from here on nothing but its end may end the init.
 */
export function init(system: Kernel, settings: InitSettings, speaker: Voice, program: number): number {
  const voice = harmless(speaker);
  const kernel = steadyKernel(system, voice.trouble);
  let programStatus: number | undefined;

  const target = createTarget(kernel, settings.scope, program);
  const stop = createStop(kernel, settings, voice, target);
  const remaining = createRemaining(kernel, settings, voice, program);
  const jobControl = createJobControl(kernel, settings, voice, program);
  const afterwards = { id: settings.wait === 'all' ? -1 : -program, send: remaining.send };
  const forwarding = createForwarding(kernel, settings, voice, {
    holds: event => programStatus === undefined && stop.holds(event),
    continuing: () => programStatus === undefined && jobControl.continuing(),
    receiver: () => (programStatus === undefined ? target : afterwards),
  });
  const reaper = createReaper(kernel, {
    program,
    peek: settings.wait === 'group' || settings.farewell !== 0 ? 'always' : settings.inspectOrphans ? 'some' : 'never',
    tells: settings.tellOrphans,
    stops: jobControl.isActive,
    dying: voice.dying,
    programDying: remaining.programEnding,
    reaped: voice.reaped,
    programStopped: jobControl.programStopped,
    failed: errno => voice.trouble(waitFailed(errno)),
    programReaped(waitStatus) {
      // It may have ended of them.
      for (let event = kernel.endPassing(); event; event = kernel.endPassing()) receive(event);
      programStatus = waitStatus;
      target.forget();
      voice.ended(program, waitStatus);
      if (settings.wait !== 'main') remaining.begin();
    },
  });

  function receive(event: SignalEvent): void {
    voice.received(event);
    if (event.signal !== SIGCHLD) survive(voice, forwarding.received, event);
  }

  function isOver(): boolean {
    return programStatus !== undefined && (settings.wait === 'main' || remaining.areGone(reaper.childless));
  }

  /** What the passing of time asks for. */
  function elapse(): void {
    const due = (programStatus === undefined ? stop : remaining).elapse(kernel.now());
    if (due) forwarding.forward(due);
  }

  const passed = signalsToPass(settings);
  if (passed) kernel.passOn(program, settings.scope === 'group', passed, settings.tellSignals);

  for (;;) {
    survive(voice, remaining.look, undefined);
    const patience = survive(voice, reaper.reap, undefined) ?? 0;
    if (patience === Infinity) voice.settled(reaper.childless);
    if (patience > 0 && survive(voice, isOver, undefined)) break;
    if (programStatus === undefined && reaper.childless) {
      voice.trouble(new Error('the program is not our child, or another has reaped it: its status is lost'));
      return STATUS_LOST;
    }
    const deadline = (programStatus === undefined ? stop : remaining).deadline();
    const left = deadline === Infinity ? Infinity : Math.max(0, deadline - kernel.now());
    const event = kernel.next(Math.min(patience, left));
    if (event) receive(event);
    if (deadline !== Infinity) survive(voice, elapse, undefined);
  }
  survive(voice, jobControl.leaving, undefined);
  const status = exitStatus(programStatus!);
  return settings.remapExit.get(status) ?? status;
}

/** --pause: no program. Reaps until SIGTERM or SIGINT comes, and returns 0. */
export function pause(
  system: Kernel,
  { tellOrphans, inspectOrphans }: Pick<InitSettings, 'tellOrphans' | 'inspectOrphans'>,
  speaker: Voice,
): number {
  const voice = harmless(speaker);
  const kernel = steadyKernel(system, voice.trouble);
  const reaper = createReaper(kernel, {
    program: 0,
    peek: inspectOrphans ? 'some' : 'never',
    tells: tellOrphans,
    stops: false,
    dying: voice.dying,
    programDying: () => {},
    reaped: voice.reaped,
    programStopped: () => {},
    programReaped: () => {},
    failed: errno => voice.trouble(waitFailed(errno)),
  });
  for (;;) {
    const patience = survive(voice, reaper.reap, undefined) ?? 0;
    if (patience === Infinity) voice.settled(reaper.childless);
    const event = kernel.next(patience);
    if (event) voice.received(event);
    if (event?.signal === SIGTERM || event?.signal === SIGINT) return 0;
    if (event && event.signal !== SIGCHLD) survive(voice, voice.dropped, event);
  }
}

function waitFailed(errno: number): string {
  return `waiting for children fails, and is tried again and again: ${errorText(errno)}`;
}

/** One step of the loop. An error in it is told of and passed over: the loop has to come to its next signal. */
function survive<T, V>(voice: Voice, step: (value: V) => T, value: V): T | undefined {
  try {
    return step(value);
  } catch (error) {
    voice.trouble(error);
    return undefined;
  }
}
