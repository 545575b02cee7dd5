import { endingSignal, exitStatus } from '../../init/exit-status.ts';
import { signalName } from '../../kernel/signals.ts';
import type { ContainerMemory } from '../container-memory.ts';
import { named } from '../named.ts';
import type { CommandCount, ProgramStatus, SignalCount, Status } from '../status.ts';
import * as layout from './layout.ts';

declare const VERSION: string;

/** What the ledger says now, and the cgroup. */
export function readLedger(ledger: layout.Ledger, memory: ContainerMemory): Status {
  const { numbers, names } = layout.viewsOf(ledger.memory);
  const oomKills = memory.oomKills();
  const before = numbers[layout.OOM_KILLS_BEFORE]!;
  return {
    version: VERSION,
    pid: ledger.pid,
    started: numbers[layout.STARTED]!,
    program: programStatus(numbers, names, ledger.command),
    signals: signals(numbers, names),
    orphans: {
      reaped: numbers[layout.ORPHANS_REAPED]!,
      failed: numbers[layout.ORPHANS_FAILED]!,
      killed: numbers[layout.ORPHANS_KILLED]!,
      commands: commands(numbers, names),
    },
    oom_kills: oomKills === undefined || before < 0 ? undefined : Math.max(0, oomKills - before),
    memory_peak_bytes: memory.peak(),
    memory_limit_bytes: memory.limit(),
    errors: numbers[layout.ERRORS]!,
    lost_lines: numbers[layout.LOST_LINES]! + numbers[layout.SERVICE_LOST_LINES]!,
  };
}

function programStatus(numbers: Float64Array, names: Buffer, command: string): ProgramStatus {
  const running: ProgramStatus = {
    pid: numbers[layout.PROGRAM]!,
    command,
    spawned: numbers[layout.SPAWNED]!,
    state: numbers[layout.STOPPED] === 1 ? 'stopped' : 'running',
  };
  if (numbers[layout.ENDED] === 0) return running;
  const waitStatus = numbers[layout.WAIT_STATUS]!;
  const signal = endingSignal(waitStatus);
  const endedBy = numbers[layout.ENDED_BY]!;
  return {
    ...running,
    state: 'ended',
    ended: numbers[layout.ENDED]!,
    exit_status: exitStatus(waitStatus),
    ...(signal > 0 ? { killed_by: signalName(signal) } : {}),
    ...(numbers[layout.OOM_KILLED] === 1 ? { oom_killed: true } : {}),
    ...(endedBy === layout.KILLED_BY_SEXTON ? { sent_by: 'sexton' } : {}),
    ...(endedBy > 0 ? { sent_by: senderText(signalCount(numbers, names, endedBy - 1)) } : {}),
    ...usage(numbers),
  };
}

function usage(numbers: Float64Array): Partial<ProgramStatus> {
  const peak = numbers[layout.PEAK_BYTES]!;
  if (peak === 0) return {};
  return {
    user_seconds: numbers[layout.USER_SECONDS]!,
    system_seconds: numbers[layout.SYSTEM_SECONDS]!,
    ...(peak > numbers[layout.OWN_PEAK_BYTES]! ? { peak_bytes: peak } : { peak_bytes_at_most: peak }),
  };
}

/** `12 (bash)`, `outside the container`, `the kernel`. */
export function senderText({ sender, sender_name }: SignalCount): string {
  if (sender === 'kernel') return 'the kernel';
  if (sender === 'unknown') return 'an unknown sender';
  if (sender === 0) return 'outside the container';
  return named(sender, sender_name);
}

function signals(numbers: Float64Array, names: Buffer): SignalCount[] {
  const used = numbers[layout.SIGNALS_USED]!;
  return Array.from({ length: used }, (_, entry) => signalCount(numbers, names, entry));
}

function signalCount(numbers: Float64Array, names: Buffer, entry: number): SignalCount {
  const at = layout.signalAt(entry);
  const signal = numbers[at + layout.SIGNAL]!;
  const sender = numbers[at + layout.SENDER]!;
  const sent = numbers[at + layout.SENT]!;
  const name = nameAt(names, layout.senderNameAt(entry));
  return {
    signal: signal === 0 ? 'other' : signalName(signal),
    sender: sender === layout.BY_KERNEL ? 'kernel' : sender === layout.BY_UNKNOWN ? 'unknown' : sender,
    ...(name === '' ? {} : { sender_name: name }),
    ...(sender < 0 ? {} : { uid: numbers[at + layout.UID]! }),
    received: numbers[at + layout.RECEIVED]!,
    forwarded: numbers[at + layout.FORWARDED]!,
    ...(sent === 0 || sent === signal ? {} : { sent: signalName(sent) }),
  };
}

function commands(numbers: Float64Array, names: Buffer): CommandCount[] {
  const used = numbers[layout.COMMANDS_USED]!;
  const counts = Array.from({ length: used }, (_, entry) => {
    const at = layout.commandAt(entry);
    const oom = numbers[at + layout.OOM]!;
    return {
      name: nameAt(names, layout.commandNameAt(entry)),
      reaped: numbers[at + layout.REAPED]!,
      failed: numbers[at + layout.FAILED]!,
      killed: numbers[at + layout.KILLED]!,
      ...(oom > 0 ? { oom_killed: oom } : {}),
    };
  });
  return joined(counts).sort((one, other) => other.reaped - one.reaped);
}

/** What had no name, and what found no place any more, are one. */
function joined(counts: CommandCount[]): CommandCount[] {
  const named = counts.filter(({ name }) => name !== '');
  const others = counts.filter(({ name }) => name === '');
  if (others.length < 2) return counts;
  const sum = (key: 'reaped' | 'failed' | 'killed' | 'oom_killed') =>
    others.reduce((total, count) => total + (count[key] ?? 0), 0);
  const oom = sum('oom_killed');
  const rest = { name: '', reaped: sum('reaped'), failed: sum('failed'), killed: sum('killed') };
  return [...named, oom > 0 ? { ...rest, oom_killed: oom } : rest];
}

function nameAt(names: Buffer, at: number): string {
  const end = names.indexOf(0, at);
  return names.toString('latin1', at, Math.min(end < 0 ? names.length : end, at + layout.NAME_LENGTH));
}
