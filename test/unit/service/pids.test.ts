import { describe, expect, it } from 'vitest';
import type { Process } from '../../../src/kernel/kernel.ts';
import { createPidWatch } from '../../../src/service/pids.ts';
import { keptLog } from './log.ts';

function process(pid: number, name: string, parent: number, threads = 1): Process {
  return { pid, name, state: 'S', parent, group: pid, session: 1, startTime: pid, threads };
}

const processes = [
  process(1, 'sexton', 0, 8),
  process(7, 'sh', 1),
  process(9, 'java', 1, 30),
  ...Array.from({ length: 38 }, (_, index) => process(100 + index, 'sleep', 7)),
];

describe('how many processes there may be', () => {
  it('warns at 80 and at 95 percent, once each, and again after there was room', () => {
    const { log, take } = keptLog();
    const look = createPidWatch(log);
    const warned = (...counts: number[]) => {
      for (const current of counts) look({ current, limit: 100 }, processes);
      return take().length;
    };
    expect(warned(10, 79)).toBe(0);
    expect(warned(80)).toBe(1);
    expect(warned(80, 94, 75, 85, 94)).toBe(0);
    expect(warned(95)).toBe(1);
    expect(warned(100, 90, 70, 100)).toBe(0);
    expect(warned(69, 79)).toBe(0);
    // Both levels at once are one line.
    expect(warned(100)).toBe(1);
    expect(warned(96, 81)).toBe(0);
  });

  it('names who holds most', () => {
    const { log, take } = keptLog();
    createPidWatch(log)({ current: 76, limit: 80 }, processes);
    expect(take()).toEqual([
      'sexton: warning: 76 of 80 processes and threads are in use (95 %), at the limit nothing can be started any more: 7 (sh) has 38 children, 9 (java) has 0 children and 30 threads, 1 (sexton) has 2 children and 8 threads',
    ]);
  });

  it('says nothing without a limit', () => {
    const { log, lines } = keptLog();
    createPidWatch(log)({ current: 1e6, limit: Infinity }, processes);
    expect(lines).toEqual([]);
  });
});
