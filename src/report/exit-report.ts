import type { Process } from '../kernel/kernel.ts';
import { endingText, processes } from './ending.ts';
import { senderText } from './ledger/read.ts';
import type { LogFields } from './log.ts';
import { listed, named } from './named.ts';
import type { CommandCount, SignalCount, Status } from './status.ts';
import { bytesText } from './units.ts';

/** One account of all that has happened, to be given at the end: its lines for people, and the same as an object. */
export interface ExitReport {
  readonly lines: readonly string[];
  readonly fields: LogFields;
}

/** `exitStatus`: what we leave with. `alive`: who is still there; undefined where /proc cannot tell. */
export function exitReport(status: Status, exitStatus: number, alive: readonly Process[] | undefined): ExitReport {
  const { program, signals, orphans, oom_kills, memory_peak_bytes, memory_limit_bytes, errors, lost_lines } = status;
  const isRemapped = program.state === 'ended' && exitStatus !== program.exit_status;
  const lines = [
    program.state === 'ended' ? endingText(status) : 'there was no program (--pause)',
    `leaving with exit status ${exitStatus}${isRemapped ? ', by --remap-exit' : ''}`,
    `signals: ${signals.map(signalText).join(', ') || 'none'}`,
    `orphans: ${orphansText(orphans.reaped, orphans.commands)}`,
    ...(memory_peak_bytes && memory_limit_bytes ? [memoryText(memory_peak_bytes, memory_limit_bytes)] : []),
    ...(oom_kills ? [`the OOM killer took ${processes(oom_kills)} of this container`] : []),
    ...(alive?.length ? [`still alive: ${listed(alive.map(({ pid, name }) => named(pid, name)))}`] : []),
    ...(errors ? [`errors of our own: ${errors}`] : []),
    ...(lost_lines ? [`lines that nobody took from our log: ${lost_lines}`] : []),
  ];
  return {
    lines,
    fields: {
      event: 'report',
      exit_status: exitStatus,
      ...(status as unknown as LogFields),
      alive: alive?.map(({ pid, name }) => ({ pid, name })),
    },
  };
}

function memoryText(peak: number, limit: number): string {
  return `memory of this container: ${bytesText(peak)} of ${bytesText(limit)} at its peak`;
}

function signalText(count: SignalCount): string {
  const times = count.received === 1 ? '' : ` ${count.received} times`;
  const as = count.sent ? ` as ${count.sent}` : '';
  const forwarded = count.forwarded === count.received ? `forwarded${as}` : `${count.forwarded} forwarded${as}`;
  return `${count.signal}${times} from ${senderText(count)} (${count.forwarded === 0 ? 'not forwarded' : forwarded})`;
}

function orphansText(reaped: number, commands: readonly CommandCount[]): string {
  if (reaped === 0) return 'none';
  return `${reaped} reaped: ${listed(commands.map(commandText))}`;
}

function commandText({ name, reaped, failed, killed, oom_killed }: CommandCount): string {
  const ill = [
    ...(failed ? [`${failed} failed`] : []),
    ...(killed ? [`${killed} killed`] : []),
    ...(oom_killed ? [`${oom_killed} by the OOM killer`] : []),
  ];
  return `${name || 'others'} ${reaped}${ill.length > 0 ? ` (${ill.join(', ')})` : ''}`;
}
