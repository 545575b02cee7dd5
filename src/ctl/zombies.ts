import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../failure.ts';
import { isUnreaped, type Process } from '../kernel/kernel.ts';
import { commandLine, readProcesses, readText, uptime } from '../kernel/procfs.ts';
import { age, type Culprit, findCulprits, withoutFreshZombies } from '../report/zombies.ts';
import { type Container, containerOf } from './container.ts';
import { type Remedy, remedyOf } from './remedy.ts';
import { decoded, jsonText, type Terminal } from './terminal.ts';
import { zombieReport } from './zombie-report.ts';

/** A parent that does not wait, with what /proc says of the place where it lives. */
export interface Neglect extends Culprit {
  /** Its pid in its own PID namespace: that of `docker exec`. */
  inner_pid: number | undefined;
  /** Where its cgroup names one. */
  container: Container | undefined;
  remedy: Remedy;
}

export interface Zombie {
  pid: number;
  name: string;
  parent: number;
  parent_name: string;
  /** Seconds since it was started. */
  age_seconds: number | undefined;
  /** It ended between the two looks: its parent may be about to reap it. */
  fresh: boolean;
}

export interface Findings {
  culprits: Neglect[];
  /** Every single one, fresh ones too. */
  zombies: Zombie[];
  /** Other users' processes are hidden from us: the hidepid option of proc(5). */
  hidden: boolean;
}

/** Between the two looks: whoever waits at all has waited by then. */
const INTERVAL = 500;

/** `sextonctl zombies`: works from /proc alone. */
export async function zombies(options: { all?: boolean; json?: boolean }, terminal: Terminal): Promise<string> {
  const found = await look(INTERVAL);
  if (!options.json) return zombieReport(found, options.all === true, terminal);
  const { zombies, ...rest } = found;
  return jsonText(decodedDeeply(options.all ? found : rest));
}

/** Looks twice, so that those that are being reaped do not count. */
export async function look(interval: number): Promise<Findings> {
  const earlier = processes();
  // Nothing to look at again, as a rule.
  if (earlier.some(isUnreaped)) await sleep(interval);
  const later = earlier.some(isUnreaped) ? processes() : earlier;
  const staying = withoutFreshZombies(earlier, later);
  const now = uptime();
  return {
    culprits: findCulprits(staying, { now, commandLine, parents: Infinity }).map(placed),
    zombies: listZombies(later, new Set(staying), now),
    hidden: !later.some(({ pid }) => pid === 1),
  };
}

function processes(): Process[] {
  const found = readProcesses();
  if (!found?.length) throw new Failure('/proc cannot be read: is it mounted, and is a descriptor left?');
  return found;
}

function placed(culprit: Culprit): Neglect {
  const status = culprit.pid === 0 ? undefined : readText(`/proc/${culprit.pid}/status`);
  const inner = status === undefined ? undefined : innerPid(status);
  const cgroup = culprit.pid === 0 ? undefined : readText(`/proc/${culprit.pid}/cgroup`);
  return {
    ...culprit,
    inner_pid: inner,
    container: cgroup === undefined ? undefined : containerOf(cgroup),
    remedy: remedyOf(culprit, inner === 1),
  };
}

/** The last of NSpid, in /proc/PID/status: its pid in the innermost namespace. */
export function innerPid(status: string): number | undefined {
  const [, pid] = /^NSpid:.*?([0-9]+)$/m.exec(status) ?? [];
  return pid === undefined ? undefined : Number(pid);
}

function listZombies(processes: readonly Process[], staying: ReadonlySet<Process>, now: number | undefined): Zombie[] {
  const names = new Map(processes.map(({ pid, name }) => [pid, name]));
  return processes.filter(isUnreaped).map(process => ({
    pid: process.pid,
    name: process.name,
    parent: process.parent,
    parent_name: names.get(process.parent) ?? '',
    age_seconds: now === undefined ? undefined : age(process.startTime, now),
    fresh: !staying.has(process),
  }));
}

/** The same, its byte strings as characters. */
function decodedDeeply(value: unknown): unknown {
  if (typeof value === 'string') return decoded(value);
  if (Array.isArray(value)) return value.map(decodedDeeply);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, decodedDeeply(one)]));
}
