import type { Process } from '../kernel/kernel.ts';
import type { Wait } from './wait.ts';

/** How often a zombie must be seen before it is taken: there are two halves of the grace between three looks. */
export const LOOKS = 3;

/** What the reaper needs of its process. */
export interface Family {
  /** The children of this thread. */
  children(): number[];
  /** Those of them that libuv waits for. */
  own(): Set<number>;
  /** Loaded when there is a child that libuv does not wait for; undefined while that is not possible. */
  wait(): Wait | undefined;
  process(pid: number): Process | undefined;
  reaped(pid: number, name: string, waitStatus: number): void;
}

/**
 * Reaps what nobody else does. libuv's children are known and never touched. Of any other child nobody can tell
 * whether it was adopted or forked by native code here, which may be about to wait for it: such a zombie is left
 * alone for a few looks, with time between them. Returns `look`, which tells whether there is need of another.
 * It tells of what it took at its end, when whoever hears of it may stop us.
 */
export function createReaper({ children, own, wait, process, reaped }: Family): () => boolean {
  let zombies = new Map<number, { startTime: number; looks: number }>();

  return function look(): boolean {
    const known = zombies;
    zombies = new Map();
    const libuvs = own();
    const others = children().filter(pid => !libuvs.has(pid));
    const native = others.length > 0 ? wait() : undefined;
    if (!native) return false;
    const taken: [pid: number, name: string, status: number][] = [];
    for (const pid of others) {
      if (!native.hasEnded(pid)) continue;
      // Another user's may be hidden: proc(5), hidepid.
      const { name, startTime } = process(pid) ?? { name: '', startTime: 0 };
      const before = known.get(pid);
      // The same pid, another process.
      const looks = before?.startTime === startTime ? before.looks + 1 : 1;
      if (looks < LOOKS) {
        zombies.set(pid, { startTime, looks });
        continue;
      }
      const status = native.reap(pid);
      if (status !== undefined) taken.push([pid, name, status]);
    }
    for (const orphan of taken) reaped(...orphan);
    return zombies.size > 0;
  };
}
