import { dirname } from 'node:path';
import type { Process } from '../kernel/kernel.ts';
import { readText } from '../kernel/procfs.ts';
import { findCgroup } from '../report/cgroup.ts';
import type { Log } from '../report/log.ts';

/** How many processes and threads there are, and may be; Infinity: no limit. */
export interface PidUsage {
  readonly current: number;
  readonly limit: number;
}

/** In percent: when to warn, and below what to forget that we did. */
const LEVELS = [80, 95];
const RELIEF = 70;
const MOST_HOLDERS = 3;

/** Reads that of our cgroup, or of one above it, where that one is nearer to its limit. */
export function pidUsageReader(): () => PidUsage | undefined {
  const own = findCgroup('pids')?.directory;
  return () => {
    let nearest: PidUsage | undefined;
    for (let directory = own; directory; directory = parentOf(directory)) {
      const current = Number.parseInt(readText(`${directory}/pids.current`) ?? '', 10);
      // The root of the machine has none, nor has what is above the mount.
      if (!(current >= 0)) break;
      const usage = { current, limit: parseLimit(readText(`${directory}/pids.max`)) };
      if (!nearest || share(usage) > share(nearest)) nearest = usage;
    }
    return nearest;
  };
}

/** Warns when the limit comes near, once at each level until there is room again. */
export function createPidWatch(log: Log): (usage: PidUsage, processes: readonly Process[]) => void {
  let warned = 0;
  return (usage, processes) => {
    const percent = share(usage) * 100;
    if (percent < RELIEF) warned = 0;
    const level = LEVELS.findLast(one => percent >= one) ?? 0;
    if (level <= warned) return;
    warned = level;
    const { current, limit } = usage;
    const holders = holdersText(processes);
    log.warn(
      `${current} of ${limit} processes and threads are in use (${Math.floor(percent)} %), at the limit nothing can be started any more: ${holders}`,
      { event: 'pids', current, limit, holders },
    );
  };
}

function share({ current, limit }: PidUsage): number {
  return limit === 0 ? 1 : current / limit;
}

function parentOf(directory: string): string | undefined {
  const parent = dirname(directory);
  return parent === directory ? undefined : parent;
}

/** `max`: none. */
function parseLimit(text: string | undefined): number {
  const limit = Number.parseInt(text ?? '', 10);
  return Number.isNaN(limit) ? Infinity : limit;
}

/** `7 (sh) has 38 children, 9 (java) has 30 threads`: those that hold most. */
function holdersText(processes: readonly Process[]): string {
  const children = new Map<number, number>();
  for (const { parent } of processes) children.set(parent, (children.get(parent) ?? 0) + 1);
  return processes
    .map(({ pid, name, threads = 1 }) => ({ name: `${pid} (${name})`, children: children.get(pid) ?? 0, threads }))
    .filter(({ children, threads }) => children + threads > 1)
    .sort((a, b) => b.children + b.threads - a.children - a.threads)
    .slice(0, MOST_HOLDERS)
    .map(
      ({ name, children, threads }) =>
        `${name} has ${plural(children, 'child', 'children')}${threads > 1 ? ` and ${threads} threads` : ''}`,
    )
    .join(', ');
}

function plural(count: number, one: string, more: string): string {
  return `${count} ${count === 1 ? one : more}`;
}
