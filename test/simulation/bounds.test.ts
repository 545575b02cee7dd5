import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { init } from '../../src/init/init.ts';
import type { Wait } from '../../src/init/settings.ts';
import type { Voice } from '../../src/init/voice.ts';
import type { Kernel, Process, SignalEvent } from '../../src/kernel/kernel.ts';
import { SIGCHLD } from '../../src/kernel/signals.ts';
import { recorder, rewriting, settings } from './harness.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const PROGRAM = 2;
const EVENTS = 100_000;
/** What a node of a list of 100,000 would take is ten times that. */
const MOST_BYTES = 500_000;

/**
 * A kernel that remembers nothing: each event is the end of an orphan or a signal, and after so many the program, and
 * with it those who are waited for, end. `at` is called at each event.
 */
function treadmill(wait: Wait, at: (event: number, calls: number) => void): Kernel {
  const event: SignalEvent = { signal: 0, code: 0, sender: 0, uid: 0, passed: false };
  const programEnds = wait === 'main' ? EVENTS : 10;
  let [count, calls, zombie, status, now, programReaped] = [0, 0, 0, 0, 0, false];
  const member = (): Process => ({
    pid: 100 + (count % 30_000),
    name: 'member',
    state: 'S',
    parent: 1,
    group: PROGRAM,
    session: 1,
    startTime: count,
  });
  function answer<T>(value: T): T {
    calls++;
    return value;
  }
  return {
    pid: 1,
    get status() {
      return status;
    },
    now: () => answer(now),
    next(timeout) {
      at(++count, calls);
      calls = 0;
      now += Math.min(timeout, 1);
      const isChild = count % 2 === 0 || count === programEnds;
      event.signal = isChild ? SIGCHLD : 1 + ((count >> 1) % 3);
      if (isChild) zombie = count === programEnds ? PROGRAM : 100 + (count % 30_000);
      return event;
    },
    passOn: () => answer(undefined),
    endPassing: () => answer(undefined),
    reap(pid) {
      if (zombie === 0 || (pid !== -1 && pid !== zombie)) return answer(0);
      const reaped = zombie;
      zombie = 0;
      status = 0;
      if (reaped === PROGRAM) programReaped = true;
      return answer(reaped);
    },
    reapUntold: () => answer(0),
    peek: () => answer(zombie),
    takeStop: () => answer(0),
    kill: () => answer(0),
    killProcess: () => answer(0),
    holdGroup: () => answer(0),
    killHeldGroup: () => answer(-22),
    // Another each time, and beside it one that stays, so that the group is known again.
    processes: () => answer(programReaped && count >= EVENTS ? [] : [{ ...member(), pid: 50, startTime: 1 }, member()]),
    ownGroup: () => answer(1),
    isGroupOrphaned: () => answer(true),
    foregroundGroup: () => answer(-1),
    setForegroundGroup: () => answer(0),
  };
}

const silent = Object.fromEntries(Object.keys(recorder()).map(word => [word, () => {}])) as unknown as Voice;

describe.each(['main', 'group', 'all'] as const)('in 100,000 events, with --wait %s,', wait => {
  it('the core keeps nothing, and makes a few calls for each', () => {
    let [before, after, mostCalls] = [0, 0, 0];
    const kernel = treadmill(wait, (event, calls) => {
      mostCalls = Math.max(mostCalls, calls);
      if (event === EVENTS / 10) before = heap();
      if (event === EVENTS - 1) after = heap();
    });
    const told = {
      wait,
      inspectOrphans: true,
      tellSignals: true,
      stopDelay: 1000,
      stopTimeout: 1e9,
      rewrite: rewriting([1, 10], [3, 0]),
    };
    expect(init(kernel, settings(told), silent, PROGRAM)).toBe(0);
    expect(before).toBeGreaterThan(0);
    expect(after - before).toBeLessThan(MOST_BYTES);
    expect(mostCalls).toBeLessThan(25);
  });
});

function heap(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}
