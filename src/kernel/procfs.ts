import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from 'node:fs';
import { isAlive, type Process } from './kernel.ts';

/** What /proc says of processes: proc(5). Texts are byte strings. Everything returns undefined where it is not to be had. */

/** Clock ticks a second in /proc: USER_HZ is 100 on every architecture that Node runs on. */
export const TICKS = 100;

/** Whether /proc is there and speaks of our PID namespace: one from outside would put wrong names to our pids. */
export function isProcOurs(): boolean {
  try {
    return readlinkSync('/proc/self') === String(process.pid);
  } catch {
    return false;
  }
}

export function readProcess(pid: number): Process | undefined {
  const stat = readText(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The name stands in parentheses and may hold anything, parentheses and newlines too: the last one ends it.
  const end = stat.lastIndexOf(')');
  const fields = stat.slice(end + 2).split(' ');
  return {
    pid,
    name: stat.slice(stat.indexOf('(') + 1, end),
    state: fields[0]!,
    parent: Number(fields[1]),
    group: Number(fields[2]),
    session: Number(fields[3]),
    startTime: Number(fields[19]),
    threads: Number(fields[17]),
  };
}

export function isProcessAlive(pid: number): boolean {
  const process = readProcess(pid);
  return process !== undefined && isAlive(process);
}

export function readProcesses(): Process[] | undefined {
  let entries: string[];
  try {
    entries = readdirSync('/proc');
  } catch {
    return undefined;
  }
  const processes: Process[] = [];
  for (const entry of entries) {
    if (entry.charCodeAt(0) > 57) continue;
    const process = readProcess(Number(entry));
    if (process) processes.push(process);
  }
  return processes;
}

export function processName(pid: number): string | undefined {
  return readText(`/proc/${pid}/comm`)?.slice(0, -1);
}

/** The beginning of a command line, its words parted by spaces; '' for zombies and kernel threads, which have none. */
export function commandLine(pid: number, most = 200): string | undefined {
  // It may be megabytes long.
  const bytes = Buffer.alloc(most);
  let file: number | undefined;
  try {
    file = openSync(`/proc/${pid}/cmdline`, 'r');
    const length = readSync(file, bytes);
    return bytes.toString('latin1', 0, length).replace(/\0+$/, '').replaceAll('\0', ' ');
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** Seconds since boot, on the clock of `startTime`. */
export function uptime(): number | undefined {
  const text = readText('/proc/uptime');
  return text === undefined ? undefined : Number.parseFloat(text);
}

export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}
