import { expect, it } from 'vitest';
import type { Process } from '../../../src/kernel/kernel.ts';
import { ours } from '../../../src/report/ours.ts';

function member(pid: number, parent: number): Process {
  return { pid, parent, name: 'child', state: 'S', group: pid, session: pid, startTime: pid };
}

const FAMILY = [member(1, 0), member(5, 1), member(6, 5), member(7, 1), member(8, 6), member(9, 5)];

it('are all as PID 1', () => {
  expect(ours(FAMILY, 1)).toBe(FAMILY);
});

it('are else itself and those below it', () => {
  expect(ours(FAMILY, 5).map(({ pid }) => pid)).toEqual([5, 6, 9, 8]);
});

it('may be more than a call takes arguments', () => {
  const many = [member(5, 1), ...Array.from({ length: 500_000 }, (_, index) => member(10 + index, 5))];
  expect(ours(many, 5)).toHaveLength(many.length);
});
