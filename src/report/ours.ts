import type { Process } from '../kernel/kernel.ts';

/** The processes that an init has to speak of: as PID 1 all that there are, else itself and those below it. */
export function ours(processes: Process[], own: number): Process[] {
  if (own === 1) return processes;
  const children = new Map<number, Process[]>();
  for (const process of processes) {
    const siblings = children.get(process.parent);
    if (siblings) siblings.push(process);
    else children.set(process.parent, [process]);
  }
  const found = processes.filter(({ pid }) => pid === own);
  // It grows while it is gone through.
  for (const { pid } of found) for (const child of children.get(pid) ?? []) found.push(child);
  return found;
}
