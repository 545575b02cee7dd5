import { describe, expect, it } from 'vitest';
import { EPERM, ESRCH } from '../../src/kernel/errors.ts';
import { SIGCHLD, SIGHUP, SIGINT, SIGTERM } from '../../src/kernel/signals.ts';
import { rewriting, run } from './harness.ts';
import { type Behaviour, Machine } from './machine.ts';

const SIGUSR1 = 10;
const SIGUSR2 = 12;

/** Takes every signal, and exits at 100 ms. */
function listener(behaviour: Behaviour = {}): Machine {
  const machine = new Machine({ otherwise: 'ignore', ...behaviour });
  machine.at(100, () => machine.program.exit());
  return machine;
}

describe('a signal', () => {
  it('that came before the loop began is passed on', () => {
    const machine = listener();
    machine.signal(SIGUSR1);
    run(machine);
    expect(machine.program.received).toEqual([SIGUSR1]);
  });

  it('reaches the whole group, and nobody outside of it', () => {
    const machine = listener();
    const member = machine.program.fork({ otherwise: 'ignore' });
    const escapee = machine.program.fork({ otherwise: 'ignore' }, 'session');
    const stranger = machine.stranger({ otherwise: 'ignore' });
    machine.at(1, () => machine.signal(SIGUSR1));
    run(machine);
    expect([machine.program, member, escapee, stranger].map(task => task.received)).toEqual([
      [SIGUSR1],
      [SIGUSR1],
      [],
      [],
    ]);
  });

  it('reaches the program alone with scope child', () => {
    const machine = listener();
    const member = machine.program.fork({ otherwise: 'ignore' });
    machine.at(1, () => machine.signal(SIGUSR1));
    run(machine, { scope: 'child' });
    expect([machine.program.received, member.received]).toEqual([[SIGUSR1], []]);
  });

  it('reaches everything but ourselves with scope all', () => {
    const machine = listener();
    const tasks = [machine.program, machine.program.fork({ otherwise: 'ignore' }, 'session'), machine.stranger()];
    machine.at(1, () => machine.signal(SIGUSR1));
    run(machine, { scope: 'all' });
    expect(tasks.map(task => task.received)).toEqual([[SIGUSR1], [SIGUSR1], [SIGUSR1]]);
  });

  it('is passed on as often, and in the order, in which it came', () => {
    const machine = listener();
    const signals = [SIGUSR1, SIGHUP, 64, 34, SIGUSR1, 34, SIGINT, SIGUSR1];
    signals.forEach((signal, at) => {
      machine.at(at, () => machine.signal(signal));
    });
    run(machine);
    expect(machine.program.received).toEqual(signals);
  });

  it('is rewritten', () => {
    const machine = listener();
    machine.at(1, () => machine.signal(SIGTERM));
    const { said } = run(machine, { rewrite: rewriting([SIGTERM, SIGUSR2]) });
    expect(machine.program.received).toEqual([SIGUSR2]);
    expect(said('forwarded')).toMatchObject([[{ signal: SIGTERM }, SIGUSR2, -machine.program.pid]]);
  });

  it('is dropped when it is rewritten to nothing', () => {
    const machine = listener();
    machine.at(1, () => machine.signal(SIGHUP));
    const { said } = run(machine, { rewrite: rewriting([SIGHUP, 0]) });
    expect(machine.program.received).toEqual([]);
    expect(said('dropped')).toMatchObject([[{ signal: SIGHUP }]]);
  });

  it('is not rewritten twice', () => {
    const machine = listener();
    machine.at(1, () => machine.signal(SIGTERM));
    run(machine, { rewrite: rewriting([SIGTERM, SIGINT], [SIGINT, SIGHUP]) });
    expect(machine.program.received).toEqual([SIGINT]);
  });

  it('of the kernel is passed on whatever stands in its place of the sender', () => {
    const machine = listener();
    machine.at(1, () => machine.signal(SIGHUP, { code: 0x80, sender: machine.pid }));
    run(machine);
    expect(machine.program.received).toEqual([SIGHUP]);
  });

  it('SIGCHLD is never passed on', () => {
    const machine = listener();
    machine.at(1, () => machine.signal(SIGCHLD, { sender: 77 }));
    run(machine);
    expect(machine.sent).toEqual([]);
  });

  it('that ends the program ends us with its status', () => {
    const machine = new Machine();
    machine.at(1, () => machine.signal(SIGTERM));
    expect(run(machine).status).toBe(143);
  });

  it('together with the end of the program is sent to nobody else', () => {
    const machine = new Machine({}, { pidMax: 3 });
    machine.at(1, () => {
      machine.program.exit(5);
      machine.signal(SIGTERM);
    });
    machine.atCall(4, () => machine.tasks.has(2) || machine.stranger());
    expect(run(machine).status).toBe(5);
    expect(machine.violations).toEqual([]);
  });

  it('while a storm of orphans delays our leaving is not sent to the number of the program', () => {
    const machine = new Machine();
    const middle = machine.program.fork();
    const orphans = Array.from({ length: 3000 }, () => middle.fork());
    middle.exit();
    machine.at(1, () => {
      machine.program.exit(5);
      for (const orphan of orphans) orphan.exit();
      machine.signal(SIGUSR1);
    });
    const { status, said } = run(machine);
    expect(status).toBe(5);
    expect(machine.violations).toEqual([]);
    expect(said('undelivered')).toMatchObject([[{ signal: SIGUSR1 }, SIGUSR1, -machine.program.pid, ESRCH]]);
    expect(orphans.every(orphan => orphan.reaped)).toBe(true);
  });
});

describe('a target that refuses the signal', () => {
  it('is no reason to end: EPERM of a setuid program', () => {
    const machine = listener({ foreign: true });
    machine.at(1, () => machine.signal(SIGTERM));
    const { status, said } = run(machine, { scope: 'child' });
    expect(status).toBe(0);
    expect(said('undelivered')).toMatchObject([[{ signal: SIGTERM }, SIGTERM, machine.program.pid, EPERM]]);
  });

  it.each([EPERM, ESRCH, 22])('with errno %i gets the next signal all the same', errno => {
    const machine = listener();
    machine.killErrors.push(errno);
    machine.at(1, () => machine.signal(SIGUSR1));
    machine.at(2, () => machine.signal(SIGUSR2));
    const { said } = run(machine);
    expect(machine.program.received).toEqual([SIGUSR2]);
    expect(said('undelivered')).toHaveLength(1);
    expect(said('forwarded')).toHaveLength(1);
  });
});
