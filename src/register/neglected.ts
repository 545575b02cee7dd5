import { readProcess } from '../kernel/procfs.ts';
import { childrenByThread } from './children.ts';
import type { NeglectedChild } from './index.ts';
import { createLooks, type Looks } from './looks.ts';

export interface NeglectWatch extends Looks {
  /** As of the last look. */
  readonly children: NeglectedChild[];
}

/**
 * Looks for zombies that are not ours to reap: children of other threads (a worker's, or of native code that forks in
 * a thread of its own), and children of libuv whose exit it does not learn of. One that is there at two looks in a row
 * is told of, once. When all are told of, nothing looks any more until `soon` is called again, on SIGCHLD.
 */
export function watchNeglected(milliseconds: number, tell: (child: NeglectedChild) => void): NeglectWatch {
  let seen = new Set<string>();
  let told = new Set<string>();
  let children: NeglectedChild[] = [];

  function look(): boolean {
    const zombies = childrenByThread().flatMap(({ thread, pid }) => {
      const child = readProcess(pid);
      if (child?.state !== 'Z') return [];
      const { name, startTime } = child;
      return { key: `${pid} ${startTime}`, child: neglected(pid, name, thread) };
    });
    const old = zombies.filter(({ key }) => seen.has(key));
    const news = old.filter(({ key }) => !told.has(key));
    seen = new Set(zombies.map(({ key }) => key));
    told = new Set(old.map(({ key }) => key));
    children = old.map(({ child }) => child);
    for (const { child } of news) tell(child);
    return zombies.length > old.length;
  }

  const looks = createLooks(look, milliseconds);
  return {
    ...looks,
    get children() {
      return children;
    },
  };
}

function neglected(pid: number, name: string, thread: number): NeglectedChild {
  return { pid, name: Buffer.from(name, 'latin1').toString(), thread: thread === process.pid ? 'main' : thread };
}
