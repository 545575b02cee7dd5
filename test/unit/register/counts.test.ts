import { expect, expectTypeOf, it } from 'vitest';
import { createCounts } from '../../../src/register/counts.ts';
import type { OrphanCounts } from '../../../src/register/index.ts';
import type { Status } from '../../../src/report/status.ts';

const orphan = (name: string, exitCode: number | null, signalCode: string | null = null) => ({
  pid: 5,
  name,
  exitCode,
  signalCode,
});

it('counts by command, the commonest first', () => {
  const counts = createCounts();
  for (const one of [orphan('a', 0), orphan('b', 0), orphan('b', 3), orphan('b', null, 'SIGKILL')]) counts.add(one);
  expect(counts.read()).toEqual({
    reaped: 4,
    failed: 1,
    killed: 1,
    commands: [
      { name: 'b', reaped: 3, failed: 1, killed: 1 },
      { name: 'a', reaped: 1, failed: 0, killed: 0 },
    ],
  });
});

it('counts what comes after a hundred names under none', () => {
  const counts = createCounts();
  for (let i = 0; i < 150; i++) counts.add(orphan(`name${i}`, 0));
  const { reaped, commands } = counts.read();
  expect(reaped).toBe(150);
  expect(commands).toHaveLength(101);
  expect(commands[0]).toEqual({ name: '', reaped: 50, failed: 0, killed: 0 });
});

it('gives what cannot change what is counted', () => {
  const counts = createCounts();
  counts.add(orphan('a', 0));
  counts.read().commands[0]!.reaped = 99;
  expect(counts.read().commands[0]!.reaped).toBe(1);
});

it('has the shape that the init gives', () => {
  // Less what only the init looks into: OOM kills.
  expectTypeOf<OrphanCounts>().toExtend<Status['orphans']>();
});
