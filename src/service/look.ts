import type { Process } from '../kernel/kernel.ts';
import { isProcOurs, readProcesses } from '../kernel/procfs.ts';
import { isUnreaped } from '../report/zombies.ts';

/**
 * So many are looked at. One allocation beyond the heap's limit ends the whole process, PID 1, not only the thread:
 * a V8 without memory gives up. So its memory has to be bounded here, whatever there is in the container.
 */
const MOST = 32_768;

/**
 * The processes that are ours to speak of, by /proc; undefined where it cannot tell. As PID 1 all of the container,
 * also those that came from outside; else those below us. Without our own zombies, which are about to be reaped.
 */
export function lookAtProcesses(own: number): Process[] | undefined {
  const processes = isProcOurs() ? readProcesses(MOST) : undefined;
  return processes && ours(processes, own).filter(process => process.parent !== own || !isUnreaped(process));
}

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
  for (const { pid } of found) found.push(...(children.get(pid) ?? []));
  return found;
}
