import { isUnreaped, type Process } from '../kernel/kernel.ts';
import { TICKS } from '../kernel/procfs.ts';

/**
 * Zombies that wait for their parent, by parent: no init can reap the children of somebody who lives. As JSON in
 * /zombies of the control socket and in `sextonctl zombies --json`. Texts are byte strings.
 */
export interface Culprit {
  /** The parent; 0 for one outside our PID namespace (docker exec, nsenter). */
  pid: number;
  /** '' where /proc does not show it: it is outside, or hidden (hidepid). */
  name: string;
  /** The beginning of its command line; the name where it has none. */
  command: string;
  /** How /proc names its state: T for stopped, say. */
  state: string;
  zombies: number;
  /** The commonest first; bounded, what comes later is counted under the name ''. */
  commands: { name: string; zombies: number }[];
  /** Seconds since the oldest of them was started. It died after that: an upper bound of how long it waits. */
  oldest_seconds: number | undefined;
  /** The lowest of the zombies' pids. */
  pids: number[];
}

export interface CulpritOptions {
  /** Seconds since boot, for the ages: `uptime()`. */
  now?: number | undefined;
  /** The command line of a parent, as `commandLine` of procfs.ts reads it. */
  commandLine?(pid: number): string | undefined;
  /** How many parents, commands of zombies and pids are told at most. */
  parents?: number;
  commands?: number;
  pids?: number;
}

/** The parents that hold most zombies come first. */
export function findCulprits(processes: readonly Process[], options: CulpritOptions = {}): Culprit[] {
  const { parents = 100, commands = 10, pids = 20 } = options;
  const byParent = groupByParent(processes.filter(isUnreaped));
  const worst = [...byParent].sort(([a, some], [b, others]) => others.length - some.length || a - b).slice(0, parents);
  const known = new Map(processes.filter(({ pid }) => byParent.has(pid)).map(process => [process.pid, process]));

  return worst.map(([pid, zombies]) => {
    const parent = known.get(pid);
    const start = zombies.reduce((earliest, { startTime }) => Math.min(earliest, startTime), Infinity);
    return {
      pid,
      name: parent?.name ?? '',
      command: (parent && options.commandLine?.(pid)) || (parent?.name ?? ''),
      state: parent?.state ?? '',
      zombies: zombies.length,
      commands: countNames(zombies, commands),
      oldest_seconds: options.now === undefined ? undefined : age(start, options.now),
      pids: zombies
        .map(zombie => zombie.pid)
        .sort((a, b) => a - b)
        .slice(0, pids),
    };
  });
}

/** What `later` shows without the zombies that are new since `earlier`: those may be about to be reaped. */
export function withoutFreshZombies(earlier: readonly Process[], later: readonly Process[]): Process[] {
  const old = new Set(earlier.filter(isUnreaped).map(key));
  return later.filter(process => !isUnreaped(process) || old.has(key(process)));
}

/** Seconds from a start time to `now`. */
export function age(startTime: number, now: number): number {
  return Math.max(0, Math.round(now - startTime / TICKS));
}

/** Names a process for good: its pid may be somebody else's later. */
function key({ pid, startTime }: Process): string {
  return `${pid} ${startTime}`;
}

function groupByParent(zombies: readonly Process[]): Map<number, Process[]> {
  const groups = new Map<number, Process[]>();
  for (const zombie of zombies) {
    const group = groups.get(zombie.parent);
    if (group) group.push(zombie);
    else groups.set(zombie.parent, [zombie]);
  }
  return groups;
}

function countNames(zombies: readonly Process[], most: number): Culprit['commands'] {
  const counts = new Map<string, number>();
  for (const { name } of zombies) counts.set(name, (counts.get(name) ?? 0) + 1);
  const sorted = [...counts].map(([name, zombies]) => ({ name, zombies })).sort((a, b) => b.zombies - a.zombies);
  const others = sorted.slice(most).reduce((sum, { zombies }) => sum + zombies, 0);
  return [...sorted.slice(0, most), ...(others > 0 ? [{ name: '', zombies: others }] : [])];
}
