import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Functions } from '../../../src/kernel/ffi/ffi.ts';
import { type Linux, openLinux } from '../../../src/kernel/linux.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'], now: 0 }));
afterEach(() => void vi.useRealTimers());

/** When it took itself to be at rest, and began to pass signals on at once. */
const restedAt: number[] = [];

/** A kernel where a signal comes at each of these times; time passes only while it waits. */
function linuxWith(times: readonly number[]): Linux {
  const coming = [...times];
  const next = (place: NodeJS.TypedArray, timeout: number): number => {
    const [first = Infinity] = coming;
    const until = timeout < 0 ? Infinity : performance.now() + timeout;
    if (first === Infinity && until === Infinity) throw new Error('nothing will ever come');
    vi.advanceTimersByTime(Math.max(0, Math.min(first, until) - performance.now()));
    if (first > until) return 0;
    coming.shift();
    place[0] = 17;
    return 1;
  };
  const passOn = () => {
    restedAt.push(performance.now());
    return 0;
  };
  restedAt.length = 0;
  const linux = openLinux({ next, passOn, pidfdOpen: () => 70, release: () => 0 } as Partial<Functions> as Functions);
  linux.passOn(2, true, new Uint8Array(65), false);
  return linux;
}

function every(milliseconds: number, last: number): number[] {
  return Array.from({ length: Math.floor(last / milliseconds) }, (_, index) => (index + 1) * milliseconds);
}

describe('what is due once a second', () => {
  /** The times at which it was called. */
  function calls(linux: Linux): number[] {
    const times: number[] = [];
    linux.eachSecond(() => times.push(performance.now()));
    return times;
  }

  it.each([
    ['nothing', [6000]],
    ['something four times a second', every(250, 6000)],
    ['something less than once a second', every(1700, 6000)],
  ])('is done where %s happens', (_, times) => {
    const linux = linuxWith(times);
    const called = calls(linux);
    for (const at of times) {
      expect(linux.next(Infinity)?.signal).toBe(17);
      expect(performance.now()).toBe(at);
    }
    expect(called).toEqual([1000, 2000, 3000, 4000, 5000, ...(called.length > 5 ? [6000] : [])]);
  });

  it('is done while a deadline is waited for, which it does not move', () => {
    const linux = linuxWith([]);
    const called = calls(linux);
    expect(linux.next(2500)).toBeUndefined();
    expect(performance.now()).toBe(2500);
    expect(linux.next(2500)).toBeUndefined();
    expect(performance.now()).toBe(5000);
    expect(called.slice(0, 4)).toEqual([1000, 2000, 3000, 4000]);
  });

  it('is done before a signal is told of that has come meanwhile', () => {
    const linux = linuxWith([0, 3000]);
    const called = calls(linux);
    linux.next(Infinity);
    vi.advanceTimersByTime(3000);
    linux.next(Infinity);
    expect(called).toEqual([3000]);
  });

  it('may throw', () => {
    const linux = linuxWith([2500]);
    linux.eachSecond(() => {
      throw new Error('no cgroup');
    });
    expect(linux.next(Infinity)?.signal).toBe(17);
  });
});

describe('rest', () => {
  /** `busy`: so long after each signal there is something else to do. */
  function live(times: readonly number[], busy = 0): number[] {
    const linux = linuxWith(times);
    for (const _ of times) {
      linux.next(Infinity);
      vi.advanceTimersByTime(busy);
    }
    return restedAt;
  }

  it('begins when nothing happens for a while', () => {
    expect(live([100, 200, 1000, 2000])).toEqual([450]);
  });

  it('begins after three seconds where something always happens', () => {
    expect(live(every(200, 6000))).toEqual([3000]);
  });

  it('does not begin while something waits', () => {
    // The fortieth is told of at 4780.
    expect(live([...every(100, 4000), 5000], 120)).toEqual([4900]);
  });
});

it('no clock is asked at rest where nothing is due once a second', () => {
  const linux = linuxWith(every(400, 4000));
  linux.next(Infinity);
  const now = vi.spyOn(performance, 'now');
  const count = () => now.mock.calls.length;
  linux.next(Infinity);
  const once = count();
  linux.next(Infinity);
  // The fake kernel itself asks it, as often each time.
  expect([once, count() - once]).toEqual([1, 1]);
});
