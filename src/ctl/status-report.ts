import type { ProgramStatus, SignalCount, Status } from '../report/status.ts';
import type { Culprit } from '../report/zombies.ts';
import { counted, cut, duration, harmless, type Terminal, table } from './terminal.ts';

/** An account for people. */
export function statusReport(
  status: Status,
  culprits: readonly Culprit[] | undefined,
  now: number,
  terminal: Terminal,
): string {
  const { bold, width } = terminal;
  const up = duration(Math.max(0, now - status.started) / 1000);
  const parts = [
    [
      bold(cut(`sexton ${harmless(status.version)}, PID ${status.pid}, up ${up}`, width)),
      ...facts(status, culprits, now, terminal),
    ],
    section('SIGNALS', signalTable(status.signals, width), terminal),
    section('ORPHANS', orphanTable(status, width), terminal),
    section('ZOMBIES', zombieTable(culprits ?? [], width), terminal),
  ];
  return parts
    .filter(lines => lines.length > 0)
    .map(lines => lines.join('\n'))
    .join('\n\n');
}

function facts(
  status: Status,
  culprits: readonly Culprit[] | undefined,
  now: number,
  { red, width }: Terminal,
): string[] {
  const { orphans, oom_kills: oom, errors, lost_lines: lost } = status;
  const zombies = culprits?.reduce((sum, culprit) => sum + culprit.zombies, 0);
  const lines: [name: string, value: string, isBad?: boolean][] = [
    ['program', programText(status.program, now)],
    ['orphans', `${orphans.reaped} reaped, ${orphans.failed} failed, ${orphans.killed} killed by a signal`],
    ...(oom === undefined || oom === null ? [] : [['OOM kills', String(oom), oom > 0] as [string, string, boolean]]),
  ];
  if (zombies !== undefined) lines.push(['zombies', zombiesText(zombies, culprits!.length), zombies > 0]);
  if (errors > 0) lines.push(['errors', `${errors} of sexton's own: see its log`, true]);
  if (lost > 0) lines.push(['log', `${counted(lost, 'line')} lost, since stderr was full`, true]);
  return lines.map(([name, value, isBad]) => {
    const line = cut(`  ${name.padEnd(9)}  ${value}`, width);
    return isBad ? red(line) : line;
  });
}

function programText(program: ProgramStatus, now: number): string {
  const command = harmless(program.command);
  if (program.pid === 0) return 'none (--pause)';
  if (program.state !== 'ended') return `${program.pid} ${harmless(program.state)}  ${command}`;
  const how = program.killed_by ? `killed by ${harmless(program.killed_by)}` : `exited with ${program.exit_status}`;
  const ago = program.ended ? `, ${duration(Math.max(0, now - program.ended) / 1000)} ago` : '';
  return `${how}${ago}  ${command}`;
}

function zombiesText(zombies: number, parents: number): string {
  return zombies === 0 ? 'none' : `${zombies} of ${counted(parents, 'parent')}: sextonctl zombies says more`;
}

function section(title: string, [head, ...rows]: readonly string[], { bold, dim }: Terminal): string[] {
  return rows.length === 0 ? [] : [bold(title), dim(head!), ...rows];
}

function signalTable(signals: readonly SignalCount[], width: number): string[] {
  const rows = signals.map(({ signal, received, forwarded, sent, ...from }) => [
    harmless(signal),
    String(received),
    String(forwarded),
    sent ? harmless(sent) : '',
    senderText(from),
  ]);
  return table([['SIGNAL', 'RECEIVED', 'FORWARDED', 'AS', 'FROM'], ...rows], [1, 2], width);
}

function senderText({ sender, sender_name, uid }: Pick<SignalCount, 'sender' | 'sender_name' | 'uid'>): string {
  const user = typeof uid === 'number' ? `, uid ${uid}` : '';
  if (sender === 0) return `outside the container${user}`;
  if (typeof sender === 'string') return harmless(sender);
  return `${sender}${sender_name ? ` (${harmless(sender_name)})` : ''}${user}`;
}

function orphanTable({ orphans }: Status, width: number): string[] {
  const rows = orphans.commands.map(({ name, reaped, failed, killed }) => [
    ...[reaped, failed, killed].map(String),
    name === '' ? '(others)' : harmless(name),
  ]);
  return table([['REAPED', 'FAILED', 'KILLED', 'COMMAND'], ...rows], [0, 1, 2], width);
}

function zombieTable(culprits: readonly Culprit[], width: number): string[] {
  const rows = culprits.map(({ pid, zombies, command }) => [String(pid), String(zombies), harmless(command)]);
  return table([['PID', 'ZOMBIES', 'PARENT'], ...rows], [0, 1], width);
}
