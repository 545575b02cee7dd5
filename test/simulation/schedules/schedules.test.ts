import { expect, it } from 'vitest';
import { mutants } from './mutants.js';
import { play } from './play.js';
import { scheduleOf } from './schedule.ts';
import { explain } from './shrink.ts';
import { simulate } from './simulate.ts';

/** npm run test:deep plays a million. */
const COUNT = 15_000;

it(`whatever happens, the core does what the reference does: ${COUNT} schedules`, async () => {
  const failures = await play({ count: COUNT });
  const told = failures.map(
    ({ seed, complaints }) => `${complaints.join('; ')}: node scripts/simulate.js --seed ${seed}`,
  );
  expect(told).toEqual([]);
});

it('every mistake is one that can be made', async () => {
  // Deep tests play each: npm run test:deep.
  for (const mutant of mutants) await play({ count: 0, mutant });
});

it.each(mutants.filter((_, index) => index % 10 === 0))('finds a mistake in $file: $what', async mutant => {
  expect(await play({ count: 20_000, mostFailures: 1, mutant })).not.toEqual([]);
});

it('a seed is a schedule, whenever and wherever it is played', () => {
  const play = () => {
    const calls: string[] = [];
    simulate(scheduleOf(7), call => calls.push(call));
    return calls;
  };
  expect(play()).toEqual(play());
  expect(play().length).toBeGreaterThan(3);
  expect(scheduleOf(7)).not.toEqual(scheduleOf(8));
});

it('tells of every call that a schedule makes', () => {
  const { lines, failed } = explain(7);
  expect(failed).toBe(false);
  expect(lines.join('\n')).toMatch(/^\d+ ms next\(.*\) = /m);
});
