import { NEVER_FORWARDED, SIGCONT, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU } from '../kernel/signals.ts';
import type { InitSettings } from './settings.ts';

/** The order of these among each other decides whether the program runs, and before SIGCONT comes job control. */
const JOB_CONTROL = [SIGCONT, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU];

/**
 * The signals that are passed on whatever else happens, so that the kernel may do it in the moment in which they come:
 * what each becomes, 0 where the init has to think first. Undefined if there is none.
 */
export function signalsToPass(settings: InitSettings): Uint8Array | undefined {
  // No descriptor stands for everything.
  if (settings.scope === 'all') return undefined;
  const isStopLadder = settings.stopDelay > 0 || settings.stopTimeout !== Infinity;
  return settings.rewrite.map((sent, signal) => {
    if (NEVER_FORWARDED.includes(signal) || settings.stopAfter.includes(signal)) return 0;
    if (isStopLadder && signal === settings.stopSignal) return 0;
    return JOB_CONTROL.includes(sent) ? 0 : sent;
  });
}
