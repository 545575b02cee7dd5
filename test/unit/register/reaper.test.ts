import { beforeEach, expect, it } from 'vitest';
import { createReaper, LOOKS } from '../../../src/register/reaper.ts';
import type { Wait } from '../../../src/register/wait.ts';

/** Children by pid: their start time, and whether they have ended. */
let children: Map<number, { startTime: number; ended: boolean }>;
let own: Set<number>;
let reaped: number[];
/** How many children there were when it told of each. */
let left: number[];
let opened: number;
let canOpen: boolean;
let look: () => boolean;

const wait: Wait = {
  hasEnded: pid => children.get(pid)?.ended ?? false,
  reap(pid) {
    const status = children.get(pid)?.ended ? 0 : undefined;
    if (status === 0) children.delete(pid);
    return status;
  },
  setSubreaper: () => true,
};

beforeEach(() => {
  children = new Map();
  own = new Set();
  reaped = [];
  left = [];
  opened = 0;
  canOpen = true;
  look = createReaper({
    children: () => [...children.keys()],
    own: () => own,
    wait() {
      opened++;
      return canOpen ? wait : undefined;
    },
    process(pid) {
      const child = children.get(pid);
      return child && { pid, name: 'x', state: 'Z', parent: 1, group: 1, session: 1, startTime: child.startTime };
    },
    reaped(pid) {
      reaped.push(pid);
      left.push(children.size);
    },
  });
});

function looks(count: number): boolean[] {
  return Array.from({ length: count }, () => look());
}

it('takes a zombie at the last of the looks that it is there for', () => {
  children.set(5, { startTime: 1, ended: true });
  expect(looks(LOOKS)).toEqual([...Array(LOOKS - 1).fill(true), false]);
  expect(reaped).toEqual([5]);
});

it('tells of none before it has taken all', () => {
  for (const pid of [5, 6, 7]) children.set(pid, { startTime: 1, ended: true });
  looks(LOOKS);
  expect(left).toEqual([0, 0, 0]);
});

it('asks for no other look while all live', () => {
  children.set(5, { startTime: 1, ended: false });
  expect(looks(3)).toEqual([false, false, false]);
  expect(reaped).toEqual([]);
});

it('never touches a child of libuv, dead or alive, nor loads anything for it', () => {
  children.set(5, { startTime: 1, ended: true });
  own.add(5);
  expect(looks(10)).toEqual(Array(10).fill(false));
  expect({ reaped, opened }).toEqual({ reaped: [], opened: 0 });
});

it('leaves a child alone that somebody else took meanwhile', () => {
  children.set(5, { startTime: 1, ended: true });
  looks(LOOKS - 1);
  children.clear();
  expect(look()).toBe(false);
  expect(reaped).toEqual([]);
});

it('takes the same pid with another start time for another process', () => {
  children.set(5, { startTime: 1, ended: true });
  looks(LOOKS - 1);
  children.set(5, { startTime: 2, ended: true });
  expect(looks(LOOKS - 1)).toEqual(Array(LOOKS - 1).fill(true));
  expect(reaped).toEqual([]);
  look();
  expect(reaped).toEqual([5]);
});

it('does not count looks with the child alive, or of long ago', () => {
  children.set(5, { startTime: 1, ended: false });
  looks(LOOKS);
  children.get(5)!.ended = true;
  looks(LOOKS - 1);
  expect(reaped).toEqual([]);
});

it('spares a pid that became known as libuv’s between two looks', () => {
  children.set(5, { startTime: 1, ended: true });
  looks(LOOKS - 1);
  own.add(5);
  expect(looks(5)).toEqual(Array(5).fill(false));
  expect(reaped).toEqual([]);
});

it('does nothing while native code does not load, and goes on when it does', () => {
  canOpen = false;
  children.set(5, { startTime: 1, ended: true });
  expect(looks(LOOKS)).toEqual(Array(LOOKS).fill(false));
  canOpen = true;
  looks(LOOKS);
  expect(reaped).toEqual([5]);
});
