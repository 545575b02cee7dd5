import { isProcOurs, readProcess, TICKS, uptime } from '../kernel/procfs.ts';

/** An orphan, as /proc knew it just before it was reaped. */
export interface Dying {
  readonly name: string;
  /** Seconds since its start; undefined where the clock cannot be read. */
  readonly age: number | undefined;
}

/** Looks at orphans for all who want to know of them, once each. */
export interface DyingOrphans {
  look(pid: number): void;
  /** Of the last look, if that was at this one. */
  of(pid: number): Dying | undefined;
}

/**
 * How many a second are looked at. The kernel makes, and takes down, three entries in /proc for each look, which costs
 * more than reaping it: in a storm the others are reaped without a name.
 */
const LOOKS_A_SECOND = 500;

export function watchDyingOrphans(): DyingOrphans {
  const procIsOurs = isProcOurs();
  let second = -Infinity;
  let looks = 0;
  let boot = 0;
  let lastPid = 0;
  let last: Dying | undefined;

  /** Whether there is time for one more look. */
  function mayLook(): boolean {
    const now = performance.now();
    if (now - second >= 1000) {
      second = now;
      looks = 0;
      // Our clock stands still while the machine sleeps, that of /proc does not.
      boot = (uptime() ?? Number.NaN) - now / 1000;
    }
    return ++looks <= LOOKS_A_SECOND;
  }

  function describe(pid: number): Dying | undefined {
    if (!procIsOurs || !mayLook()) return undefined;
    const process = readProcess(pid);
    if (!process) return undefined;
    const age = boot + performance.now() / 1000 - process.startTime / TICKS;
    return { name: process.name, age: Number.isNaN(age) ? undefined : Math.max(0, age) };
  }

  return {
    look(pid) {
      if (pid === lastPid) return;
      lastPid = pid;
      last = describe(pid);
    },
    of: pid => (pid === lastPid ? last : undefined),
  };
}
