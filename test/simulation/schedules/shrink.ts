import { type Schedule, scheduleOf, type Told } from './schedule.ts';
import { simulate } from './simulate.ts';

/** Nobody reads more of them. */
const MOST_CALLS = 200;

/** What is least to tell an init. */
const PLAIN: Partial<Told> = {
  stopDelay: 0,
  stopTimeout: null,
  waitTimeout: null,
  rewrite: [],
  remapExit: [],
  tellSignals: false,
  tellOrphans: true,
  inspectOrphans: false,
  stopAfter: [],
  farewell: 0,
};

/** The smallest schedule that still fails, by taking one thing out after the other. */
export function shrink(schedule: Schedule): Schedule {
  for (const smaller of smallerOnes(schedule)) if (simulate(smaller).length > 0) return shrink(smaller);
  return schedule;
}

function* smallerOnes(schedule: Schedule): Iterable<Schedule> {
  const { moments, faults, settings } = schedule;
  for (let half = moments.length >> 1; half > 1; half >>= 1)
    for (let from = 0; from < moments.length; from += half)
      yield { ...schedule, moments: [...moments.slice(0, from), ...moments.slice(from + half)] };
  for (const moment of moments) yield { ...schedule, moments: moments.filter(one => one !== moment) };
  for (const fault of faults) yield { ...schedule, faults: faults.filter(one => one !== fault) };
  for (const [key, value] of Object.entries(PLAIN))
    if (JSON.stringify(settings[key as keyof Told]) !== JSON.stringify(value))
      yield { ...schedule, settings: { ...settings, [key]: value } };
}

/** What happens in a seed's schedule, call by call; made small if something is wrong with it. For people. */
export function explain(seed: number): { lines: string[]; failed: boolean } {
  const whole = scheduleOf(seed);
  const complaints = simulate(whole);
  const failed = complaints.length > 0;
  const schedule = failed ? shrink(whole) : whole;
  const calls: string[] = [];
  const left = simulate(schedule, call => calls.push(call));
  const lines = [
    `seed ${seed}: ${failed ? complaints.join('; ') : 'nothing is wrong'}`,
    JSON.stringify(schedule),
    ...calls.slice(0, MOST_CALLS),
    ...(calls.length > MOST_CALLS ? [`and ${calls.length - MOST_CALLS} more calls`] : []),
    ...left,
  ];
  return { lines, failed };
}
