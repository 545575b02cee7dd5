import { describe, expect, it } from 'vitest';
import { SIGKILL, SIGTERM } from '../../src/kernel/signals.ts';
import { rewriting, run } from './harness.ts';
import { type Behaviour, Machine, type MachineOptions, type Task } from './machine.ts';

const SIGUSR1 = 10;
const STUBBORN: Behaviour = { name: 'stubborn', on: { [SIGTERM]: 'ignore' } };

/** Needs so many milliseconds for its cleaning up. */
function cleaning(milliseconds: number): Behaviour {
  return { on: { [SIGTERM]: self => self.exitIn(milliseconds) } };
}

const KERNELS: [string, MachineOptions][] = [
  ['Linux 6.9', {}],
  ['an older Linux', { pidfdGroup: false }],
  ['Linux 6.9 without /proc', { proc: false }],
];

describe.each(KERNELS)('--wait group on %s', (_, options) => {
  it('ends the rest of the group and waits for it', () => {
    const machine = new Machine({}, options);
    const rest = machine.program.fork(cleaning(250));
    machine.at(10, () => machine.program.exit(3));
    const { status, said } = run(machine, { wait: 'group' });
    expect(status).toBe(3);
    expect([rest.received, rest.endedAt, rest.reaped]).toEqual([[SIGTERM], 260, true]);
    expect(machine.now()).toBe(260);
    expect(said('waiting')).toHaveLength(1);
    expect(machine.violations).toEqual([]);
  });

  it('leaves at once when nobody is left', () => {
    const machine = new Machine({}, options);
    machine.at(10, () => machine.program.exit(3));
    expect(run(machine, { wait: 'group' }).status).toBe(3);
    expect(machine.now()).toBe(10);
  });

  it('waits for a process whose main thread alone has ended', () => {
    const machine = new Machine({}, options);
    const rest = machine.program.fork(cleaning(250));
    rest.isMainless = true;
    machine.at(10, () => machine.program.exit(3));
    expect(run(machine, { wait: 'group' }).status).toBe(3);
    expect([rest.received, rest.endedAt, rest.reaped]).toEqual([[SIGTERM], 260, true]);
  });

  it('does not care for those who left the group', () => {
    const machine = new Machine({}, options);
    const escapee = machine.program.fork({}, 'session');
    machine.at(10, () => machine.program.exit());
    run(machine, { wait: 'group' });
    expect([escapee.received, machine.now()]).toEqual([[], 10]);
  });

  it('kills what is left at the end of --wait-timeout', () => {
    const machine = new Machine({}, options);
    const rest = machine.program.fork(STUBBORN);
    machine.at(10, () => machine.program.exit(3));
    const { status, said } = run(machine, { wait: 'group', waitTimeout: 450 });
    expect(status).toBe(3);
    if (options.proc !== false || options.pidfdGroup !== false) expect(rest.endedAt).toBe(460);
    expect(said('killing')).toHaveLength(1);
    expect(machine.violations).toEqual([]);
  });

  it('passes signals on to the rest', () => {
    const machine = new Machine({}, options);
    const rest = machine.program.fork({ otherwise: 'ignore' });
    const outsider = machine.program.fork({ otherwise: 'ignore' }, 'session');
    machine.at(10, () => machine.program.exit());
    machine.at(50, () => machine.signal(SIGUSR1));
    machine.at(90, () => rest.exit());
    const { said } = run(machine, { wait: 'group', rewrite: rewriting([SIGUSR1, 12]) });
    expect([rest.received, outsider.received]).toEqual([[SIGTERM, 12], []]);
    expect(said('forwarded')).toMatchObject([[{ signal: SIGUSR1 }, 12, -machine.program.pid]]);
    expect(machine.violations).toEqual([]);
  });

  it('does not begin a stop any more', () => {
    const machine = new Machine({}, options);
    const rest = machine.program.fork({ otherwise: 'ignore' });
    machine.at(10, () => machine.program.exit());
    machine.at(50, () => machine.signal(SIGTERM));
    machine.at(5000, () => rest.exit());
    run(machine, { wait: 'group', stopDelay: 1000, stopTimeout: 100 });
    expect([rest.received, rest.endedAt]).toEqual([[SIGTERM, SIGTERM], 5000]);
  });

  it('never signals a later group of the same number', () => {
    const machine = new Machine({}, { ...options, pidMax: 4 });
    const rest = machine.program.fork(STUBBORN);
    const number = machine.program.pid;
    let heir: ReturnType<Machine['stranger']> | undefined;
    machine.at(10, () => machine.program.exit());
    machine.at(20, () => {
      rest.exit();
      machine.signal(SIGUSR1);
    });
    // As soon as the last member was reaped its number is free, and pids have just come round.
    for (let call = 10; call < 60; call++)
      machine.atCall(call, () => {
        if (machine.program.reaped && rest.reaped && !heir) {
          const spare = machine.stranger({ otherwise: 'ignore' });
          heir = spare.pid === number ? spare : machine.stranger({ otherwise: 'ignore' });
        }
      });
    machine.at(30, () => machine.signal(SIGUSR1));
    machine.at(2000, () => heir?.exit());
    run(machine, { wait: 'group', waitTimeout: 100 });
    expect(machine.violations).toEqual([]);
    expect(machine.reachedAfterwards.filter(({ task }) => task === heir)).toEqual([]);
  });
});

describe('--wait group', () => {
  it.each([true, false])('follows a member that forks its successor and ends (held group: %s)', pidfdGroup => {
    const machine = new Machine({}, { pidfdGroup });
    const first = machine.program.fork(STUBBORN);
    machine.at(10, () => machine.program.exit());
    machine.at(150, () => {
      first.fork(STUBBORN).exitIn(300);
      first.exit();
    });
    run(machine, { wait: 'group' });
    expect(machine.now()).toBe(450);
  });

  it('follows it also when that happens between any two system calls', () => {
    for (let call = 1; call < 40; call++) {
      const machine = new Machine();
      const first = machine.program.fork(STUBBORN);
      let successor = first;
      machine.at(10, () => machine.program.exit());
      machine.atCall(call, () => {
        if (first.alive) successor = first.fork(STUBBORN);
        first.exit();
      });
      machine.at(500, () => successor.exit());
      run(machine, { wait: 'group' });
      expect(machine.now(), `at call ${call}`).toBe(500);
    }
  });

  it.each([true, false])('does not count zombies of a living parent as alive (/proc %s)', proc => {
    const machine = new Machine({}, { proc });
    const careless = machine.program.fork({ reaps: false, otherwise: 'ignore' }, 'session');
    const zombie = careless.fork();
    zombie.group = machine.program.group;
    machine.at(5, () => zombie.exit());
    machine.at(10, () => machine.program.exit(2));
    machine.at(5000, () => careless.exit());
    expect(run(machine, { wait: 'group' }).status).toBe(2);
    // Without /proc a zombie cannot be told from the living.
    expect(machine.now()).toBe(proc ? 10 : 5000);
  });

  it('on an old Linux without /proc waits until it has no child any more', () => {
    const machine = new Machine({}, { proc: false, pidfdGroup: false });
    const rest = machine.program.fork(cleaning(250));
    machine.at(10, () => machine.program.exit(3));
    expect(run(machine, { wait: 'group' }).status).toBe(3);
    expect([rest.received, machine.now()]).toEqual([[SIGTERM], 260]);
  });

  it('recognises nobody by the pid alone, since another may have it by now', () => {
    const machine = new Machine({}, { pidfdGroup: false, pidMax: 3 });
    const rest = machine.program.fork(STUBBORN);
    const heirs: Task[] = [];
    for (let call = 1; call < 40; call++)
      machine.atCall(call, () => {
        if (!rest.reaped || heirs.length > 0) return;
        const leader = machine.stranger(STUBBORN);
        heirs.push(leader, leader.fork(STUBBORN));
      });
    machine.at(10, () => machine.program.exit());
    machine.at(20, () => rest.exit());
    machine.at(5000, () => {
      for (const heir of heirs) heir.exit();
    });
    run(machine, { wait: 'group', waitTimeout: 100 });
    expect(heirs.map(({ pid }) => pid)).toEqual([machine.program.pid, rest.pid]);
    expect([machine.now(), machine.reachedAfterwards]).toEqual([20, []]);
  });

  it('leaves without a process that hangs in the kernel, soon after it was killed', () => {
    const machine = new Machine();
    machine.program.fork({ ...STUBBORN, unkillable: true });
    machine.at(10, () => machine.program.exit(3));
    expect(run(machine, { wait: 'group', waitTimeout: 200 }).status).toBe(3);
    expect(machine.now()).toBe(1210);
  });

  it('sends SIGTERM while the program is still a zombie, so that the group is still its group', () => {
    const machine = new Machine({}, { pidfdGroup: false });
    machine.program.fork();
    machine.at(10, () => machine.program.exit());
    run(machine, { wait: 'group' });
    expect(machine.sent).toMatchObject([{ how: 'kill', target: -machine.program.pid, signal: SIGTERM }]);
    expect(machine.violations).toEqual([]);
  });
});

describe('--wait all', () => {
  it('ends and waits for everything, escapees too', () => {
    const machine = new Machine();
    const escapee = machine.program.fork(cleaning(250), 'session');
    const stranger = machine.stranger(cleaning(350));
    machine.at(10, () => machine.program.exit(3));
    expect(run(machine, { wait: 'all' }).status).toBe(3);
    expect([escapee.received, stranger.received]).toEqual([[SIGTERM], [SIGTERM]]);
    // A stranger is no child of ours, its end is noticed at the next look.
    expect(machine.now()).toBeGreaterThanOrEqual(360);
    expect(machine.now()).toBeLessThanOrEqual(460);
  });

  it('kills at the end of --wait-timeout', () => {
    const machine = new Machine();
    const escapee = machine.program.fork(STUBBORN, 'session');
    machine.at(10, () => machine.program.exit(3));
    const { status, said } = run(machine, { wait: 'all', waitTimeout: 250 });
    expect([status, escapee.endedAt]).toEqual([3, 260]);
    expect(said('killing')[0]!.slice(0, 2)).toEqual(['wait', 250]);
  });

  it('without /proc waits until there is no child any more', () => {
    const machine = new Machine({}, { proc: false });
    machine.program.fork(cleaning(250), 'session');
    machine.at(10, () => machine.program.exit(3));
    expect(run(machine, { wait: 'all' }).status).toBe(3);
    expect(machine.now()).toBe(260);
  });

  it('as a subreaper signals only those below us', () => {
    const machine = new Machine({}, { pid: 50 });
    const shell = machine.stranger({ otherwise: 'ignore' });
    const escapee = machine.program.fork(cleaning(250), 'session');
    const grandchild = escapee.fork(cleaning(300), 'group');
    machine.at(10, () => machine.program.exit(3));
    expect(run(machine, { wait: 'all' }).status).toBe(3);
    expect([shell, escapee, grandchild].map(task => task.received)).toEqual([[], [SIGTERM], [SIGTERM]]);
    expect(machine.sent.some(({ target }) => target === -1)).toBe(false);
  });

  it('passes signals on to everything that is left', () => {
    const machine = new Machine();
    const escapee = machine.program.fork({ otherwise: 'ignore' }, 'session');
    machine.at(10, () => machine.program.exit());
    machine.at(20, () => machine.signal(SIGUSR1));
    machine.at(30, () => escapee.exit());
    const { said } = run(machine, { wait: 'all', scope: 'child' });
    expect(escapee.received).toEqual([SIGTERM, SIGUSR1]);
    expect(said('forwarded')).toMatchObject([[{ signal: SIGUSR1 }, SIGUSR1, -1]]);
  });

  it('does not count zombies of a living parent as alive, once that parent has gone too', () => {
    const machine = new Machine();
    const careless = machine.program.fork({ reaps: false, ...cleaning(100) }, 'session');
    const zombie = careless.fork();
    machine.at(5, () => zombie.exit());
    machine.at(10, () => machine.program.exit());
    run(machine, { wait: 'all' });
    expect([machine.now(), zombie.reaped]).toEqual([110, true]);
  });
});

describe('--wait main', () => {
  it('signals nobody', () => {
    const machine = new Machine();
    machine.program.fork();
    machine.at(10, () => machine.program.exit());
    run(machine);
    expect(machine.sent).toEqual([]);
  });
});

describe('a wait', () => {
  it.each(['group', 'all'] as const)('%s does not wake up more often than ten times a second', wait => {
    const machine = new Machine();
    const rest = machine.program.fork(STUBBORN);
    machine.at(0, () => machine.program.exit());
    machine.at(10_000, () => rest.exit());
    run(machine, { wait, waitTimeout: 60_000 });
    expect(machine.sent.filter(({ signal }) => signal === SIGKILL)).toEqual([]);
    expect(machine.nexts).toBeLessThan(110);
  });
});
