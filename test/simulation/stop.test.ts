import { describe, expect, it } from 'vitest';
import { EPERM } from '../../src/kernel/errors.ts';
import type { Process } from '../../src/kernel/kernel.ts';
import { SIGINT, SIGKILL, SIGTERM } from '../../src/kernel/signals.ts';
import { rewriting, run } from './harness.ts';
import { Machine } from './machine.ts';

const SIGQUIT = 3;
const SIGUSR1 = 10;

/** When kill(2) was called with this signal. */
function times(machine: Machine, signal: number): number[] {
  return machine.sent.filter(sent => sent.signal === signal).map(sent => sent.at);
}

describe('--stop-delay', () => {
  it('holds the stop signal back so long', () => {
    const machine = new Machine();
    machine.at(10, () => machine.signal(SIGTERM, { sender: 0 }));
    const { status, said } = run(machine, { stopDelay: 300 });
    expect(status).toBe(143);
    expect(machine.program.endedAt).toBe(310);
    expect(said('held')).toMatchObject([[{ signal: SIGTERM }, 300]]);
    expect(said('forwarded')).toMatchObject([[{ signal: SIGTERM }, SIGTERM, -machine.program.pid]]);
  });

  it('is cut short by a second stop signal, which goes in place of the first', () => {
    const machine = new Machine({ on: { [SIGTERM]: self => self.exitIn(1000, 4) } });
    machine.at(10, () => machine.signal(SIGTERM));
    machine.at(60, () => machine.signal(SIGTERM));
    expect(run(machine, { stopDelay: 300 }).status).toBe(4);
    expect(times(machine, SIGTERM)).toEqual([60]);
  });

  it('delays only the first stop: later ones are passed on at once', () => {
    const machine = new Machine({ otherwise: 'ignore' });
    for (const time of [10, 400, 500]) machine.at(time, () => machine.signal(SIGTERM));
    machine.at(1000, () => machine.program.exit());
    run(machine, { stopDelay: 300 });
    expect(times(machine, SIGTERM)).toEqual([310, 400, 500]);
  });

  it('lets every other signal pass meanwhile', () => {
    const machine = new Machine({ on: { [SIGUSR1]: 'ignore' } });
    machine.at(10, () => machine.signal(SIGTERM));
    machine.at(20, () => machine.signal(SIGUSR1));
    run(machine, { stopDelay: 300 });
    expect(times(machine, SIGUSR1)).toEqual([20]);
    expect(times(machine, SIGTERM)).toEqual([310]);
  });

  it('does not keep us when the program ends by itself', () => {
    const machine = new Machine();
    machine.at(10, () => machine.signal(SIGTERM));
    machine.at(50, () => machine.program.exit(6));
    expect(run(machine, { stopDelay: 300 }).status).toBe(6);
    expect([machine.now(), machine.sent]).toEqual([50, []]);
  });

  it('delays the signal that begins a stop, whatever it becomes', () => {
    const machine = new Machine();
    machine.at(10, () => machine.signal(SIGQUIT));
    run(machine, { stopSignal: SIGQUIT, stopDelay: 100, rewrite: rewriting([SIGQUIT, SIGTERM]) });
    expect(machine.program.received).toEqual([SIGTERM]);
    expect(times(machine, SIGTERM)).toEqual([110]);
  });

  it('does not delay SIGTERM where another signal begins a stop', () => {
    const machine = new Machine();
    machine.at(10, () => machine.signal(SIGTERM));
    run(machine, { stopSignal: SIGQUIT, stopDelay: 100 });
    expect(times(machine, SIGTERM)).toEqual([10]);
  });

  it('does not delay the signal that became the stop signal only by a rewrite', () => {
    const machine = new Machine();
    machine.at(10, () => machine.signal(SIGINT));
    run(machine, { stopDelay: 100, rewrite: rewriting([SIGINT, SIGTERM]) });
    expect(times(machine, SIGTERM)).toEqual([10]);
  });
});

describe('--stop-timeout', () => {
  it('kills what has not gone by then, and names it first', () => {
    const machine = new Machine({ on: { [SIGTERM]: 'ignore' } });
    const stubborn = machine.program.fork({ name: 'stubborn', on: { [SIGTERM]: 'ignore' } });
    const good = machine.program.fork();
    const escapee = machine.program.fork({}, 'session');
    machine.at(10, () => machine.signal(SIGTERM));
    const { status, said } = run(machine, { stopTimeout: 500 });
    expect(status).toBe(137);
    expect([machine.program, stubborn, good, escapee].map(task => task.endedAt)).toEqual([510, 510, 10, undefined]);
    const [[reason, time, survivors]] = said('killing') as [[string, number, Process[]]];
    expect([reason, time, survivors.map(({ name }) => name)]).toEqual(['stop', 500, ['program', 'stubborn']]);
  });

  it('counts from when the signal was passed on', () => {
    const machine = new Machine({ on: { [SIGTERM]: 'ignore' } });
    machine.at(10, () => machine.signal(SIGTERM));
    run(machine, { stopDelay: 100, stopTimeout: 500 });
    expect(machine.program.endedAt).toBe(610);
  });

  it('is not begun again by further stop signals', () => {
    const machine = new Machine({ on: { [SIGTERM]: 'ignore' } });
    for (const time of [10, 200, 400]) machine.at(time, () => machine.signal(SIGTERM));
    run(machine, { stopTimeout: 500 });
    expect(machine.program.endedAt).toBe(510);
  });

  it('kills the program alone with scope child', () => {
    const machine = new Machine({ on: { [SIGTERM]: 'ignore' } });
    const member = machine.program.fork();
    machine.at(10, () => machine.signal(SIGTERM));
    const { said } = run(machine, { scope: 'child', stopTimeout: 500 });
    expect([machine.program.endedAt, member.endedAt]).toEqual([510, undefined]);
    expect((said('killing')[0]![2] as Process[]).map(({ name }) => name)).toEqual(['program']);
  });

  it('kills everything with scope all', () => {
    const machine = new Machine({ on: { [SIGTERM]: 'ignore' } });
    const escapee = machine.program.fork({ on: { [SIGTERM]: 'ignore' } }, 'session');
    machine.at(10, () => machine.signal(SIGTERM));
    run(machine, { scope: 'all', stopTimeout: 500 });
    expect(escapee.endedAt).toBe(510);
  });

  it('kills without names where /proc cannot tell', () => {
    const machine = new Machine({ on: { [SIGTERM]: 'ignore' } }, { proc: false });
    machine.at(10, () => machine.signal(SIGTERM));
    const { status, said } = run(machine, { stopTimeout: 500 });
    expect(status).toBe(137);
    expect(said('killing')).toEqual([['stop', 500, undefined]]);
  });

  it('kills nobody when the program goes in time, and does not hold us up', () => {
    const machine = new Machine({ on: { [SIGTERM]: self => self.exitIn(100, 3) } });
    machine.at(10, () => machine.signal(SIGTERM));
    const { status, said } = run(machine, { stopTimeout: 500 });
    expect([status, machine.now(), said('killing')]).toEqual([3, 110, []]);
  });

  it('is not begun by any other signal: Ctrl-C in a REPL is no stop', () => {
    const machine = new Machine({ otherwise: 'ignore' });
    machine.at(10, () => machine.signal(SIGINT, { code: 0x80 }));
    machine.at(5000, () => machine.program.exit());
    run(machine, { stopTimeout: 500 });
    expect(times(machine, SIGKILL)).toEqual([]);
  });

  it('kills also when the stop signal is rewritten to nothing: it was a stop', () => {
    const machine = new Machine();
    machine.at(10, () => machine.signal(SIGTERM));
    run(machine, { stopTimeout: 500, rewrite: rewriting([SIGTERM, 0]) });
    expect([machine.program.received, machine.program.endedAt]).toEqual([[], 510]);
  });

  it('of 0 kills at once', () => {
    const machine = new Machine({ on: { [SIGTERM]: 'ignore' } });
    machine.at(10, () => machine.signal(SIGTERM));
    run(machine, { stopTimeout: 0 });
    expect(machine.program.endedAt).toBe(10);
  });

  it('that has passed is over: nothing spins while a killed program takes its time', () => {
    const machine = new Machine({ unkillable: true, on: { [SIGTERM]: 'ignore' } });
    machine.at(10, () => machine.signal(SIGTERM));
    machine.at(100_000, () => machine.program.exit());
    run(machine, { stopTimeout: 500 });
    expect(times(machine, SIGKILL)).toEqual([510]);
    expect(machine.calls).toBeLessThan(20);
  });

  it('kills again every second while that is refused, and says it once', () => {
    const machine = new Machine({ on: { [SIGTERM]: 'ignore' } });
    machine.at(10, () => machine.signal(SIGTERM));
    machine.killErrors.push(0, EPERM, EPERM);
    const { said } = run(machine, { stopTimeout: 500 });
    expect(times(machine, SIGKILL)).toEqual([510, 1510, 2510]);
    expect(said('killing')).toHaveLength(1);
  });

  it('kills a stopped program', () => {
    const machine = new Machine();
    machine.at(5, () => machine.deliver(machine.program, 19));
    machine.at(10, () => machine.signal(SIGTERM));
    expect(run(machine, { stopTimeout: 500 }).status).toBe(137);
  });
});
