import { uptime } from '../kernel/procfs.ts';
import type { Log } from '../report/log.ts';
import { lookAtProcesses } from './look.ts';
import { createNeglect } from './neglect.ts';
import { createPidWatch, pidUsageReader } from './pids.ts';

/** How soon fresh zombies are looked at again, so that who neglects them is named within the period. Milliseconds. */
const SOON = 250;

/**
 * Looks through /proc now and every `period` milliseconds. It reads as it goes, and starts neither a process nor a
 * thread: it is most needed when there can be no more of them.
 */
export function startWatch(period: number, own: number, log: Log): void {
  const neglect = createNeglect(log);
  const pids = createPidWatch(log);
  const readPidUsage = pidUsageReader();
  let isSecond = false;

  /** Returns when to look again; undefined where there is nothing to see. */
  function look(): number | undefined {
    const processes = lookAtProcesses(own);
    if (!processes) return undefined;
    const usage = readPidUsage();
    if (usage) pids(usage, processes);
    isSecond = neglect(processes, uptime()) && !isSecond;
    return isSecond ? Math.min(SOON, period) : period;
  }

  function lookAgain(): number | undefined {
    const before = performance.now();
    let next: number | undefined;
    try {
      next = look();
      return next;
    } finally {
      // Where there are tens of thousands to look at, a tenth of a core is enough for it.
      setTimeout(lookAgain, Math.max(next ?? period, 10 * (performance.now() - before)));
    }
  }

  if (lookAgain() === undefined)
    log.warn(
      '--watch: /proc is not mounted, is that of another PID namespace, or cannot be read: there is nothing to see',
      {
        event: 'watch',
      },
    );
}
