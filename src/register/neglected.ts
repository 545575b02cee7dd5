import { isUnreaped } from '../kernel/kernel.ts';
import { readProcess } from '../kernel/procfs.ts';
import { childrenByThread } from './children.ts';
import type { NeglectedChild } from './index.ts';
import { createLooks, type Looks } from './looks.ts';

export interface NeglectWatch extends Looks {
  /** As of the last look, without those that were waited for since. */
  readonly children: NeglectedChild[];
}

interface Zombie {
  startTime: number;
  child: NeglectedChild;
}

/**
 * Looks for zombies that are not ours to reap: children of other threads (a worker's, or of native code that forks in
 * a thread of its own), and children of libuv (`own`) whose exit it does not learn of. One that is there at two looks
 * in a row is told of, once. When all are told of, nothing looks any more until `soon` is called again, on SIGCHLD.
 */
export function watchNeglected(
  milliseconds: number,
  own: () => Set<number>,
  tell: (child: NeglectedChild) => void,
): NeglectWatch {
  let seen = new Set<string>();
  let told = new Set<string>();
  let neglected: Zombie[] = [];

  function look(): boolean {
    const zombies = findZombies(own());
    neglected = zombies.filter(zombie => seen.has(keyOf(zombie)));
    const news = neglected.filter(zombie => !told.has(keyOf(zombie)));
    const isComplete = neglected.length === zombies.length;
    seen = new Set(zombies.map(keyOf));
    told = new Set(neglected.map(keyOf));
    for (const { child } of news) tell(child);
    return !isComplete;
  }

  const looks = createLooks(look, milliseconds);
  return {
    ...looks,
    get children() {
      return neglected.filter(isStillThere).map(({ child }) => child);
    },
  };
}

function findZombies(own: Set<number>): Zombie[] {
  return childrenByThread().flatMap(({ thread, pid }) => {
    const isMain = thread === process.pid;
    // An orphan: the reaper's, in its time.
    if (isMain && !own.has(pid)) return [];
    const found = readProcess(pid);
    if (!found || !isUnreaped(found)) return [];
    const name = Buffer.from(found.name, 'latin1').toString();
    return { startTime: found.startTime, child: { pid, name, thread: isMain ? 'main' : thread } };
  });
}

function isStillThere({ startTime, child }: Zombie): boolean {
  const found = readProcess(child.pid);
  return found !== undefined && isUnreaped(found) && found.startTime === startTime;
}

function keyOf({ startTime, child }: Zombie): string {
  return `${child.pid} ${startTime}`;
}
