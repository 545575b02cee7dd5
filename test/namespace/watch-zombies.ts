/** How long zombies stay. */
import { readdirSync, readFileSync } from 'node:fs';
import { childrenOf } from './harness.ts';

/** Looks again and again until `end`, which gives for how many milliseconds one was there at the most. */
export function watchZombies(look: () => readonly string[]): { end(): number } {
  let seen = new Map<string, number>();
  let oldest = 0;
  const timer = setInterval(() => {
    const now = performance.now();
    const before = seen;
    seen = new Map(look().map(zombie => [zombie, before.get(zombie) ?? now]));
    for (const since of seen.values()) oldest = Math.max(oldest, now - since);
  }, 50);
  return {
    end() {
      clearInterval(timer);
      return oldest;
    },
  };
}

/** Of a process alone. Each by pid and start time: a pid may be another's by the next look. */
export function zombiesOf(pid: number): string[] {
  return childrenOfAllThreads(pid).flatMap(child => zombie(child) ?? []);
}

/** Of all that is below it. */
export function zombiesBelow(pid: number): string[] {
  return childrenOfAllThreads(pid).flatMap(child => zombie(child) ?? zombiesBelow(child));
}

function childrenOfAllThreads(pid: number): number[] {
  return threadsOf(pid).flatMap(thread => childrenOf(pid, thread));
}

function zombie(pid: number): string | undefined {
  const fields = read(`/proc/${pid}/stat`).split(') ').at(-1)!.split(' ');
  return fields[0] === 'Z' ? `${pid} ${fields[19]}` : undefined;
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return []; // it has ended meanwhile
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return ''; // as above
  }
}
