/** What only the places of peers ask of the core. */
import { describe, expect, it } from 'vitest';
import { SIGSTOP, SIGTERM } from '../../src/kernel/signals.ts';
import { rewriting, run, runPause } from './harness.ts';
import { Machine } from './machine.ts';

const SIGUSR1 = 10;
const SIGTSTP = 20;

describe('a farewell', () => {
  it('goes to the rest of the group when the program has ended, and nobody is waited for', () => {
    const machine = new Machine();
    const member = machine.program.fork({ otherwise: 'ignore' });
    const escapee = machine.program.fork({ otherwise: 'ignore' }, 'session');
    machine.at(10, () => machine.program.exit(3));
    expect(run(machine, { farewell: SIGUSR1 }).status).toBe(3);
    expect([member.received, escapee.received]).toEqual([[SIGUSR1], []]);
    expect(machine.now()).toBe(10);
    expect(machine.violations).toEqual([]);
  });

  it('is not said by default', () => {
    const machine = new Machine();
    const member = machine.program.fork({ otherwise: 'ignore' });
    machine.at(10, () => machine.program.exit());
    run(machine);
    expect(member.received).toEqual([]);
  });
});

describe('a signal after which we stop', () => {
  function stopping(changes: Parameters<typeof run>[1]): { machine: Machine; told: number } {
    const machine = new Machine({ otherwise: 'ignore' });
    machine.at(5, () => machine.signal(SIGTSTP));
    machine.at(10, () => machine.program.exit());
    return { machine, told: run(machine, { jobControl: false, ...changes }).said('stopped').length };
  }

  it('is passed on first, rewritten or not', () => {
    const { machine, told } = stopping({ stopAfter: [SIGTSTP], rewrite: rewriting([SIGTSTP, SIGUSR1]) });
    expect(machine.program.received).toEqual([SIGUSR1]);
    expect(machine.sent.at(-1)).toMatchObject({ how: 'kill', target: machine.pid, signal: SIGSTOP });
    expect(told).toBe(1);
  });

  it('is none by default', () => {
    const { machine, told } = stopping({});
    expect(machine.sent.map(({ signal }) => signal)).toEqual([SIGTSTP]);
    expect(told).toBe(0);
  });
});

describe('what the voice hears of', () => {
  it('is every signal before it is passed on, and that all were reaped before the end', () => {
    const machine = new Machine();
    machine.at(5, () => machine.signal(SIGUSR1));
    const { voice } = run(machine);
    const words = voice.said.map(({ what }) => what);
    expect(words.indexOf('received')).toBeLessThan(words.indexOf('forwarded'));
    expect(words.lastIndexOf('settled')).toBeGreaterThan(words.indexOf('ended'));
    expect(voice.said.at(-1)).toMatchObject({ what: 'settled', args: [true] });
  });

  it('is the same in a pause', () => {
    const machine = new Machine();
    machine.at(5, () => machine.signal(SIGTERM));
    expect(runPause(machine).said('received')).toMatchObject([[{ signal: SIGTERM }]]);
  });
});
