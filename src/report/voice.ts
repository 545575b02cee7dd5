import { endingSignal, exitStatus } from '../init/exit-status.ts';
import type { Voice } from '../init/voice.ts';
import { ESRCH, errorText } from '../kernel/errors.ts';
import { type Process, type SignalEvent, UNKNOWN_SENDER } from '../kernel/kernel.ts';
import { isProcOurs, processName } from '../kernel/procfs.ts';
import { signalName } from '../kernel/signals.ts';
import type { DyingOrphans } from './dying.ts';
import type { Log, LogFields } from './log.ts';
import { listed, named } from './named.ts';
import { durationText } from './units.ts';

export interface Line {
  readonly message: string;
  readonly fields: LogFields;
}

/** sexton's own manner of speaking: what the init has to say, as lines of its log. `ending`: all that is known of the program's. */
export function createVoice(log: Log, warnOnReap: boolean, orphans?: DyingOrphans, ending?: () => Line): Voice {
  const names = log.verbosity >= 2 || warnOnReap ? isProcOurs() : false;

  function nameOf(pid: number): string | undefined {
    return names ? processName(pid) : undefined;
  }

  function sender(event: SignalEvent): { text: string; fields: LogFields } {
    const signal = signalName(event.signal);
    if (event.code > 0) return { text: 'the kernel', fields: { signal, sender: 'kernel' } };
    if (event.sender === UNKNOWN_SENDER) return { text: 'an unknown sender', fields: { signal } };
    if (event.sender === 0) return { text: 'outside the container', fields: { signal, sender: 0, uid: event.uid } };
    const name = nameOf(event.sender);
    const fields = { signal, sender: event.sender, uid: event.uid, sender_name: name };
    return { text: named(event.sender, name), fields };
  }

  return {
    received() {},
    settled() {},

    forwarded(event, sent, target) {
      if (log.verbosity < 2) return;
      const { text, fields } = sender(event);
      const as = sent === event.signal ? '' : ` as ${signalName(sent)}`;
      log.info(`forwarded ${signalName(event.signal)} from ${text}${as} to ${targetText(target)}`, {
        event: 'forwarded',
        ...fields,
        sent: signalName(sent),
        target,
      });
    },

    dropped(event) {
      if (log.verbosity < 2) return;
      const { text, fields } = sender(event);
      log.info(`did not forward ${signalName(event.signal)} from ${text}`, { event: 'dropped', ...fields });
    },

    undelivered(event, sent, target, errno) {
      // Gone already: that is how a race with its end looks, nothing to be done. Anything else the user should know.
      const say = errno === ESRCH ? log.debug : log.warn;
      say(`${signalName(sent)} could not be sent to ${targetText(target)}: ${errorText(errno)}`, {
        event: 'undelivered',
        signal: signalName(event.signal),
        sent: signalName(sent),
        target,
        errno,
      });
    },

    held(event, milliseconds) {
      if (log.verbosity < 2) return;
      const { text, fields } = sender(event);
      log.info(`holding ${signalName(event.signal)} from ${text} back for ${durationText(milliseconds)}`, {
        event: 'held',
        ...fields,
        delay: milliseconds,
      });
    },

    killing(reason, milliseconds, survivors) {
      const what = reason === 'stop' ? 'the stop signal' : "the program's end";
      log.warn(`${survivorsText(survivors)} ${durationText(milliseconds)} after ${what}: sending SIGKILL`, {
        event: 'killing',
        reason,
        timeout: milliseconds,
        survivors: survivors && list(survivors),
      });
    },

    dying(pid) {
      if (warnOnReap) orphans?.look(pid);
    },

    reaped(pid, waitStatus) {
      if (!warnOnReap && log.verbosity < 3) return;
      const known = orphans?.of(pid);
      const age = known?.age === undefined ? '' : `, ${durationText(known.age * 1000)} old`;
      const say = warnOnReap ? log.warn : log.debug;
      say(`reaped orphan ${named(pid, known?.name)}: ${endText(waitStatus)}${age}`, {
        event: 'reaped',
        orphan: pid,
        name: known?.name,
        ...endFields(waitStatus),
        age: known?.age,
      });
    },

    ended(pid, waitStatus) {
      if (log.verbosity < 2) return;
      const { message, fields } = ending?.() ?? {
        message: `the program (${pid}) ${endText(waitStatus)}`,
        fields: { program: pid, ...endFields(waitStatus) },
      };
      log.info(message, { event: 'ended', ...fields });
    },

    waiting(survivors) {
      if (log.verbosity < 2 || survivors?.length === 0) return;
      log.info(`${survivorsText(survivors)} after the program's end: sent SIGTERM, waiting`, {
        event: 'waiting',
        survivors: survivors && list(survivors),
      });
    },

    stopped: () => log.debug('the program was stopped: stopping with it', { event: 'stopped' }),
    continued: () => log.debug('continued', { event: 'continued' }),
    trouble: error =>
      log.error(`going on after an error of our own: ${error instanceof Error ? error.stack : error}`, {
        event: 'trouble',
      }),
  };
}

function targetText(target: number): string {
  if (target === -1) return 'everything';
  return target > 0 ? `process ${target}` : `process group ${-target}`;
}

function endText(waitStatus: number): string {
  const signal = endingSignal(waitStatus);
  return signal === 0 ? `exited with ${exitStatus(waitStatus)}` : `was killed by ${signalName(signal)}`;
}

function endFields(waitStatus: number): LogFields {
  const signal = endingSignal(waitStatus);
  return { status: exitStatus(waitStatus), killed_by: signal === 0 ? undefined : signalName(signal) };
}

function survivorsText(survivors: readonly Process[] | undefined): string {
  if (!survivors) return 'others may still be alive';
  return `${list(survivors)} ${survivors.length === 1 ? 'is' : 'are'} still alive`;
}

function list(processes: readonly Process[]): string {
  return listed(processes.map(({ pid, name }) => named(pid, name)));
}
