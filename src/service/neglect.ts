import { isUnreaped, type Process } from '../kernel/kernel.ts';
import type { Log } from '../report/log.ts';
import { type Culprit, findCulprits, withoutFreshZombies } from '../report/zombies.ts';

/** Lines at one look; who is left out then, comes at the next. */
const MOST_LINES = 10;

/**
 * One look through /proc; `now`: seconds since boot. Returns whether there were zombies that the look before did not
 * see: only the next can tell whether somebody waits for them.
 */
export type Look = (processes: readonly Process[], now: number | undefined) => boolean;

/**
 * Warns of each parent that holds zombies which were there at the look before: once, and again whenever they have
 * become twice as many.
 */
export function createNeglect(log: Log): Look {
  let earlier: Process[] = [];
  /** How many zombies were told of, by parent. */
  const told = new Map<string, number>();

  return (processes, now) => {
    const settled = withoutFreshZombies(earlier, processes);
    earlier = processes.filter(isUnreaped);
    const living = new Map(processes.map(process => [process.pid, key(process)]));
    // Who is outside our PID namespace has pid 0 there, all of them.
    living.set(0, '0');
    const keys = new Set(living.values());
    for (const parent of told.keys()) if (!keys.has(parent)) told.delete(parent);

    const due = findCulprits(settled, { now }).filter(({ pid, zombies }) => {
      const before = told.get(living.get(pid) ?? '');
      return living.has(pid) && (before === undefined || zombies >= 2 * before);
    });
    for (const culprit of due.slice(0, MOST_LINES)) {
      told.set(living.get(culprit.pid)!, culprit.zombies);
      warn(log, culprit);
    }
    return settled.filter(isUnreaped).length < earlier.length;
  };
}

function key({ pid, startTime }: Process): string {
  return `${pid} ${startTime}`;
}

function warn(log: Log, { pid, name, state, zombies, commands, oldest_seconds: oldest }: Culprit): void {
  const parent = pid === 0 ? 'a parent outside the container' : `${pid} (${name})${state === 'T' ? ', stopped,' : ''}`;
  const names = commands.map(command => `${command.name || 'others'} ${command.zombies}`).join(', ');
  const age = oldest === undefined ? '' : `, the oldest ${ageText(oldest)} old`;
  log.warn(
    `${parent} does not wait for its children: ${zombies} zombie${zombies === 1 ? '' : 's'} (${names})${age}; no init can reap them while it lives`,
    { event: 'zombies', parent: pid, name, state, zombies, commands: names, oldest },
  );
}

/** `45 s`, `3 m`, `5 h`. */
function ageText(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7200 ? `${Math.floor(seconds / 60)} m` : `${Math.floor(seconds / 3600)} h`;
}
