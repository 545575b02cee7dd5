import type { ChildProcess } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';

/** The children of this thread whose exit libuv will tell of: those are never ours to reap. */
export interface OwnChildren {
  /** Their pids now. */
  pids(): Set<number>;
  stop(): void;
}

/** Below so many there is nothing worth tidying up. */
const FEW = 64;

/**
 * Node announces each ChildProcess before it is spawned: fork, exec, execFile and cluster come to spawn in the end.
 * spawnSync is not announced, but is over when any other JavaScript of the thread runs.
 */
export function trackOwnChildren(): OwnChildren {
  const children = new Set<WeakRef<ChildProcess>>();
  let many = FEW;

  /** Forgets those that have exited, or were given up before they were spawned. */
  function living(): ChildProcess[] {
    const found: ChildProcess[] = [];
    for (const reference of children) {
      const child = reference.deref();
      if (child && child.exitCode === null && child.signalCode === null) found.push(child);
      else children.delete(reference);
    }
    return found;
  }

  function add(message: unknown): void {
    children.add(new WeakRef((message as { process: ChildProcess }).process));
    if (children.size >= many) many = Math.max(FEW, 2 * living().length);
  }

  subscribe('child_process', add);
  return {
    pids: () => new Set(living().flatMap(({ pid }) => pid ?? [])),
    stop: () => void unsubscribe('child_process', add),
  };
}
