import { describe, expect, it } from 'vitest';
import type { Process } from '../../../src/kernel/kernel.ts';
import { ours } from '../../../src/report/ours.ts';
import { createNeglect } from '../../../src/service/neglect.ts';
import { keptLog } from './log.ts';

function process(pid: number, name: string, parent: number, state = 'S', startTime = pid): Process {
  return { pid, name, state, parent, group: pid, session: 1, startTime };
}

function zombies(count: number, parent: number, from = 1000): Process[] {
  return Array.from({ length: count }, (_, index) => process(from + index, 'sh', parent, 'Z'));
}

const nginx = process(123, 'nginx', 1);

describe('neglected zombies', () => {
  it('are told of at the second look, once, and again when they are twice as many', () => {
    const { log, take } = keptLog();
    const look = createNeglect(log);
    look([nginx, ...zombies(200, 123)], 190);
    expect(take()).toEqual([]);
    look([nginx, ...zombies(200, 123)], 190);
    expect(take()).toEqual([
      'sexton: warning: 123 (nginx) does not wait for its children: 200 zombies (sh 200), the oldest 3 m old; no init can reap them while it lives',
    ]);
    for (const count of [200, 399, 400]) look([nginx, ...zombies(count, 123)], 190);
    expect(take()).toEqual([]);
    look([nginx, ...zombies(400, 123)], 190);
    expect(take()).toEqual([expect.stringContaining('400 zombies')]);
  });

  it('want another look soon when there are some that were not there before', () => {
    const look = createNeglect(keptLog().log);
    expect(look([nginx], 190)).toBe(false);
    expect(look([nginx, ...zombies(3, 123)], 190)).toBe(true);
    expect(look([nginx, ...zombies(3, 123)], 190)).toBe(false);
    expect(look([nginx, ...zombies(4, 123)], 190)).toBe(true);
    expect(look([nginx, ...zombies(2, 123)], 190)).toBe(false);
  });

  it('are not those that come and go', () => {
    const { log, take } = keptLog();
    const look = createNeglect(log);
    for (let time = 0; time < 20; time++) look([nginx, ...zombies(5, 123, 1000 + 10 * time)], 190);
    // Nor another process that has got the same pid.
    look([nginx, process(2000, 'sh', 123, 'Z', 1)], 190);
    look([nginx, process(2000, 'sh', 123, 'Z', 2)], 190);
    expect(take()).toEqual([]);
  });

  it('of a new process under an old pid are told of anew', () => {
    const { log, take } = keptLog();
    const look = createNeglect(log);
    for (const startTime of [1, 1, 2, 2]) look([process(123, 'nginx', 1, 'S', startTime), ...zombies(3, 123)], 190);
    expect(take()).toHaveLength(2);
  });

  it('of many parents come ten at a look', () => {
    const { log, take } = keptLog();
    const look = createNeglect(log);
    const all = Array.from({ length: 25 }, (_, index) => [
      process(100 + index, 'p', 1),
      ...zombies(1, 100 + index, 1000 + index),
    ]).flat();
    const counts = [0, 1, 2, 3, 4].map(() => {
      look(all, 190);
      return take().length;
    });
    expect(counts).toEqual([0, 10, 10, 5, 0]);
  });

  it('of a parent that is stopped, or that is outside', () => {
    const { log, take } = keptLog();
    const look = createNeglect(log);
    const all = [process(5, 'java', 1, 'T'), ...zombies(1, 5), ...zombies(2, 0, 2000)];
    look(all, undefined);
    look(all, undefined);
    expect(take()).toEqual([
      'sexton: warning: a parent outside the container does not wait for its children: 2 zombies (sh 2); no init can reap them while it lives',
      'sexton: warning: 5 (java), stopped, does not wait for its children: 1 zombie (sh 1); no init can reap them while it lives',
    ]);
  });

  it('have names that may hold anything', () => {
    const { log, take } = keptLog();
    const look = createNeglect(log);
    const all = [process(5, 'a\n\x1b[2J', 1), process(6, '\xff', 5, 'Z')];
    look(all, 190);
    look(all, 190);
    expect(take()).toEqual([expect.stringMatching(/^[ -~]+$/)]);
  });
});

describe('whose processes are ours', () => {
  const all = [process(1, 'init', 0), process(9, 'sexton', 1), nginx, process(10, 'sh', 9), process(11, 'sh', 10)];

  it('as PID 1 all', () => {
    expect(ours(all, 1)).toEqual(all);
  });

  it('else those below us', () => {
    expect(ours(all, 9).map(({ pid }) => pid)).toEqual([9, 10, 11]);
  });
});
