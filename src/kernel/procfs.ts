import { closeSync, constants, opendirSync, openSync, readlinkSync, readSync } from 'node:fs';
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
  const stat = readRecord(`/proc/${pid}/stat`);
  return stat ? parseStat(pid, stat) : undefined;
}

/** The same, but undefined only where nobody is, or hides: throws where that cannot be told (no descriptor is left). */
export function findProcess(pid: number): Process | undefined {
  try {
    const stat = readBeginning(`/proc/${pid}/stat`, record.length);
    return stat ? parseStat(pid, stat) : undefined;
  } catch (error) {
    if (ABSENT.has((error as NodeJS.ErrnoException).code)) return undefined;
    throw error;
  }
}

/** What says that a process is not there for us; with hidepid= it is hidden. */
const ABSENT: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ESRCH', 'EACCES', 'EPERM']);

/** The text of /proc/PID/stat. */
export function parseStat(pid: number, stat: string): Process {
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

/** All or none, in the order of their pids; at most so many, for those who must not need much memory. */
export function readProcesses(most = Infinity): Process[] | undefined {
  for (let attempt = 1; ; attempt++) {
    try {
      return listProcesses(most);
    } catch (error) {
      // In a storm of processes that end getdents(2) of /proc fails with ENOENT now and then.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || attempt === ATTEMPTS) return undefined;
    }
  }
}

const ATTEMPTS = 5;

function listProcesses(most: number): Process[] {
  const processes: Process[] = [];
  // As it is read, entry by entry: a list of all the names may be large.
  const directory = opendirSync('/proc', { bufferSize: 256 });
  try {
    for (let entry = directory.readSync(); entry && processes.length < most; entry = directory.readSync()) {
      if (entry.name.charCodeAt(0) > 57) continue;
      const process = findProcess(Number(entry.name));
      if (process) processes.push(process);
    }
  } finally {
    directory.closeSync();
  }
  return processes;
}

export function processName(pid: number): string | undefined {
  return readRecord(`/proc/${pid}/comm`)?.slice(0, -1);
}

/** The beginning of a command line, its words parted by spaces; '' for zombies and kernel threads, which have none. */
export function commandLine(pid: number, most = 200): string | undefined {
  // It may be megabytes long.
  return readRecord(`/proc/${pid}/cmdline`, most)?.replace(/\0+$/, '').replaceAll('\0', ' ');
}

/** Seconds since boot, on the clock of `startTime`. */
export function uptime(): number | undefined {
  const text = readText('/proc/uptime');
  return text === undefined ? undefined : Number.parseFloat(text);
}

/** At most its first MiB: a table of mounts has any length that somebody wants to give it. */
export function readText(path: string): string | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, READ);
    const parts: string[] = [];
    for (let length = 0; length < LONGEST; ) {
      const read = readSync(file, large, 0, large.length, null);
      if (read === 0) break;
      length += read;
      parts.push(large.toString('latin1', 0, read));
    }
    return parts.join('');
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** Whoever has mounted a FIFO over one of these files must not make us wait for its other end. */
const READ = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
const LONGEST = 1 << 20;
const large = Buffer.allocUnsafeSlow(16_384);

/** More than the 52 fields of a stat can take. */
const record = Buffer.allocUnsafe(2048);

function readRecord(path: string, most = record.length): string | undefined {
  try {
    return readBeginning(path, most);
  } catch {
    return undefined;
  }
}

/** The first read of a file, at half the price of readFileSync: there may be thousands of processes to look at. */
function readBeginning(path: string, most: number): string {
  const file = openSync(path, READ);
  try {
    return record.toString('latin1', 0, readSync(file, record, 0, most, null));
  } finally {
    closeSync(file);
  }
}
