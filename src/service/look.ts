import { isUnreaped, type Process } from '../kernel/kernel.ts';
import { isProcOurs, readProcesses } from '../kernel/procfs.ts';
import { ours } from '../report/ours.ts';

/**
 * So many are looked at: 43 MB of heap at the worst. resourceLimits keep PID 1 from nothing: beyond them Node 20 and
 * 22 end the thread, or for one large allocation the whole process, Node 24 mostly the process, and Node 26 lets the
 * heap grow. So memory has to be bounded here, whatever there is in the container.
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
