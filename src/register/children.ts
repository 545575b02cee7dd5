import { readdirSync } from 'node:fs';
import { readProcesses, readText } from '../kernel/procfs.ts';

/** The children of the main thread, alive and dead: what it spawned itself, and every orphan that was adopted. */
export function childrenOfMainThread(): number[] {
  const { pid } = process;
  return (
    childrenOfThread(String(pid)) ??
    // A kernel without CONFIG_PROC_CHILDREN: those of all threads. waitid(2) knows which are ours.
    (readProcesses() ?? []).filter(({ parent }) => parent === pid).map(child => child.pid)
  );
}

/** Every child of every thread, with its thread. */
export function childrenByThread(): { thread: number; pid: number }[] {
  return threads().flatMap(thread => (childrenOfThread(thread) ?? []).map(pid => ({ thread: Number(thread), pid })));
}

function threads(): string[] {
  try {
    return readdirSync('/proc/self/task');
  } catch {
    return [];
  }
}

function childrenOfThread(thread: string): number[] | undefined {
  return readText(`/proc/self/task/${thread}/children`)?.split(' ').filter(Boolean).map(Number);
}
