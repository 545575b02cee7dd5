import { describe, expect, it } from 'vitest';
import { signalsToPass } from '../../src/init/passing.ts';
import { SIGHUP, SIGINT, SIGTERM, SIGTSTP } from '../../src/kernel/signals.ts';
import { rewriting, run, settings } from './harness.ts';
import { type Behaviour, Machine } from './machine.ts';

const SIGUSR1 = 10;

/** Exits at 100 ms. */
function passing(behaviour: Behaviour = { otherwise: 'ignore' }): Machine {
  const machine = new Machine(behaviour, { passesOn: true });
  machine.at(100, () => machine.program.exit());
  return machine;
}

describe('a signal that the kernel passes on', () => {
  it('is not passed on once more', () => {
    const machine = passing();
    machine.at(1, () => machine.signal(SIGUSR1));
    run(machine);
    expect(machine.program.received).toEqual([SIGUSR1]);
    expect(machine.sent.map(({ how }) => how)).toEqual(['passed']);
  });

  it('is told of as any other, and as what it became', () => {
    const machine = passing();
    machine.at(1, () => machine.signal(SIGHUP, { sender: 7, uid: 8 }));
    const { said } = run(machine, { tellSignals: true, rewrite: rewriting([SIGHUP, SIGINT]) });
    const event = { signal: SIGHUP, code: 0, sender: 7, uid: 8, passed: true };
    expect(said('received')[0]).toEqual([event]);
    expect(said('forwarded')).toEqual([[event, SIGINT, -machine.program.pid]]);
    expect(machine.program.received).toEqual([SIGINT]);
  });

  it('is told of before the end of the program, though it was the end', () => {
    const machine = passing({});
    machine.at(1, () => machine.signal(SIGTERM));
    const { status, voice } = run(machine, { tellSignals: true });
    expect(status).toBe(128 + SIGTERM);
    const words = voice.said.map(({ what }) => what);
    expect(words.indexOf('forwarded')).toBeGreaterThan(-1);
    expect(words.indexOf('forwarded')).toBeLessThan(words.indexOf('ended'));
  });

  it('is told of before the end even where the program was reaped first', () => {
    const machine = passing({});
    machine.at(1, () => {
      // Between the loop's look for the dead and the next: the program dies of what the kernel passed on.
      machine.signal(17);
      machine.atCall(machine.calls + 2, () => machine.signal(SIGTERM));
    });
    const { voice } = run(machine, { tellSignals: true });
    const words = voice.said.map(({ what }) => what);
    expect(words.indexOf('forwarded')).toBeGreaterThan(-1);
    expect(words.indexOf('forwarded')).toBeLessThan(words.indexOf('ended'));
  });

  it('is left to the init where it is refused', () => {
    const machine = passing({ foreign: true });
    machine.at(1, () => machine.signal(SIGTERM));
    const { said } = run(machine);
    expect(said('undelivered')).toHaveLength(1);
  });
});

describe('what the kernel passes on', () => {
  const passed = (changes: Parameters<typeof settings>[0], signal: number) =>
    signalsToPass(settings(changes))?.[signal];

  it.each([
    ['what is passed on without any thought', {}, SIGTERM, SIGTERM],
    ['what becomes another', { rewrite: rewriting([SIGHUP, 64]) }, SIGHUP, 64],
    ['not what is dropped', { rewrite: rewriting([SIGHUP, 0]) }, SIGHUP, 0],
    ['not the stop signal, if it is held back', { stopDelay: 1 }, SIGTERM, 0],
    ['not the stop signal, if SIGKILL follows', { stopTimeout: 1 }, SIGTERM, 0],
    ['another than the stop signal', { stopDelay: 1, stopSignal: SIGINT }, SIGTERM, SIGTERM],
    ['not SIGCHLD', {}, 17, 0],
    ['not SIGCONT', {}, 18, 0],
    ['not what becomes SIGCONT', { rewrite: rewriting([SIGHUP, 18]) }, SIGHUP, 0],
    ['not SIGTSTP, which must not overtake a SIGCONT', {}, SIGTSTP, 0],
    ['not what stops us too', { stopAfter: [SIGUSR1] }, SIGUSR1, 0],
    ['nothing, if everything is the target', { scope: 'all' as const }, SIGTERM, undefined],
  ])('is %s', (_, changes, signal, expected) => {
    expect(passed(changes, signal)).toBe(expected);
  });
});
