import { uptime } from '../kernel/procfs.ts';
import type { Log } from '../report/log.ts';
import { lookAtProcesses } from './look.ts';
import { createNeglect } from './neglect.ts';
import { createPidWatch, readPidUsage } from './pids.ts';

/**
 * Looks through /proc now and every `period` milliseconds. It reads as it goes, and starts neither a process nor a
 * thread: it is most needed when there can be no more of them.
 */
export function startWatch(period: number, own: number, log: Log): void {
  const neglect = createNeglect(log);
  const pids = createPidWatch(log);

  function look(): boolean {
    const processes = lookAtProcesses(own);
    if (!processes) return false;
    const usage = readPidUsage();
    if (usage) pids(usage, processes);
    neglect(processes, uptime());
    return true;
  }

  function lookAgain(): void {
    const before = performance.now();
    try {
      look();
    } finally {
      // Where there are tens of thousands to look at, a tenth of a core is enough for it.
      setTimeout(lookAgain, Math.max(period, 10 * (performance.now() - before)));
    }
  }

  setTimeout(lookAgain, period);
  if (!look())
    log.warn('--watch: /proc is not mounted, or is that of another PID namespace: there is nothing to see', {
      event: 'watch',
    });
}
