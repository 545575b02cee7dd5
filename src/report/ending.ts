import { signalName } from '../kernel/signals.ts';
import type { ProgramStatus, Status } from './status.ts';
import { bytesText, durationText } from './units.ts';

/** The kernel's own reason for the others is something that the program did: a fault, a limit, a pipe without a reader. */
const SENT_BY_SOMEBODY: ReadonlySet<string> = new Set(['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGUSR1', 'SIGUSR2']);

/** Why the program has ended, and what it has used, in a line. */
export function endingText(status: Status): string {
  const { program } = status;
  const lived = program.spawned > 0 ? ` after ${durationText(program.ended! - program.spawned)}` : '';
  const how = program.killed_by ? `was killed by ${program.killed_by}` : `exited with ${program.exit_status}`;
  const why = cause(status);
  return `the program (${program.pid}) ${how}${lived}${why ? `: ${why}` : ''}${usage(program)}`;
}

function cause({ program, oom_kills }: Status): string | undefined {
  const { killed_by, sent_by, oom_killed, exit_status } = program;
  if (oom_killed) return 'out of memory (OOM kill)';
  if (sent_by === 'sexton') return 'it did not stop in time (--stop-timeout)';
  if (sent_by) return killed_by ? `it came from ${sent_by}` : `${signalName(exit_status! - 128)} came from ${sent_by}`;
  if (killed_by === 'SIGKILL')
    return oom_kills === undefined
      ? 'by another process, from outside, or out of memory: no cgroup can be asked'
      : 'by another process or from outside, not by the OOM killer';
  if (killed_by && SENT_BY_SOMEBODY.has(killed_by))
    return 'it did not come through sexton, but straight from another process, a terminal or itself';
  return oom_kills ? `the OOM killer took ${processes(oom_kills)}, but not the program itself` : undefined;
}

function usage({ user_seconds, system_seconds, peak_bytes, peak_bytes_at_most }: ProgramStatus): string {
  if (user_seconds === undefined) return '';
  const seconds = (user_seconds + system_seconds!).toFixed(2);
  const peak = peak_bytes ? bytesText(peak_bytes) : `at most ${bytesText(peak_bytes_at_most!)}`;
  return `; CPU ${seconds} s, peak memory ${peak}`;
}

export function processes(count: number): string {
  return count === 1 ? '1 process' : `${count} processes`;
}
