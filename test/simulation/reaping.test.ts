import { describe, expect, it, vi } from 'vitest';
import { SIGCHLD, SIGINT, SIGKILL, SIGTERM } from '../../src/kernel/signals.ts';
import { recorder, run, runPause } from './harness.ts';
import { Machine } from './machine.ts';

describe('the status', () => {
  it("is the program's exit status", () => {
    const machine = new Machine();
    machine.at(5, () => machine.program.exit(42));
    expect(run(machine).status).toBe(42);
    expect(machine.now()).toBe(5);
  });

  it.each([0, 1, 125, 126, 127, 128, 255])('%i is no special case', code => {
    const machine = new Machine();
    machine.at(1, () => machine.program.exit(code));
    expect(run(machine).status).toBe(code);
  });

  it.each([
    [SIGKILL, 137],
    [11 | 0x80, 139],
    [64, 192],
  ])('after signal %i is %i', (waitStatus, status) => {
    const machine = new Machine();
    machine.at(1, () => machine.end(machine.program, waitStatus));
    expect(run(machine).status).toBe(status);
  });

  it('is remapped when it was asked for, also that of a signal', () => {
    const machine = new Machine();
    machine.at(1, () => machine.program.die(SIGTERM));
    const remapExit = new Map([
      [143, 0],
      [0, 3],
    ]);
    expect(run(machine, { remapExit }).status).toBe(0);
  });

  it('is known although the program ended before the first look', () => {
    const machine = new Machine();
    machine.program.exit(7);
    expect(run(machine).status).toBe(7);
  });

  it('is that of the program, not of a later child with its pid', () => {
    const machine = new Machine({}, { pidMax: 4 });
    const rest = machine.program.fork({ otherwise: 'ignore' }, 'session');
    const { pid } = machine.program;
    machine.at(1, () => machine.program.exit(7));
    machine.at(5, () => rest.fork().exitIn(1));
    machine.at(6, () => rest.fork({ otherwise: 'ignore' }));
    machine.at(10, () => rest.exit());
    machine.at(20, () => machine.tasks.get(pid)?.exit(9));
    const { status, said } = run(machine, { wait: 'all' });
    expect(said('reaped').map(([reaped]) => reaped)).toContain(pid);
    expect(status).toBe(7);
  });
});

describe('reaping', () => {
  it('finds the program although the one SIGCHLD was for another child', () => {
    const machine = new Machine({ reaps: false });
    const child = machine.program.fork();
    const orphan = child.fork();
    child.exit();
    machine.at(5, () => {
      orphan.exit(1);
      machine.program.exit(9);
    });
    expect(run(machine).status).toBe(9);
    expect(machine.zombiesOfInit()).toEqual([]);
  });

  it.each([false, true])('takes every child that one SIGCHLD stands for (newest first: %s)', newestFirst => {
    const machine = new Machine({}, { newestFirst });
    const middle = machine.program.fork();
    const orphans = Array.from({ length: 20 }, () => middle.fork());
    machine.at(1, () => middle.exit());
    machine.at(5, () => {
      for (const orphan of orphans) orphan.exit(3);
    });
    machine.at(9, () => machine.program.exit());
    const { said } = run(machine);
    expect(said('reaped').map(([pid]) => pid)).toEqual(expect.arrayContaining(orphans.map(orphan => orphan.pid)));
    expect(said('reaped')).toHaveLength(20);
  });

  it('reaps orphans that end together with the program before it leaves', () => {
    const machine = new Machine();
    const middle = machine.program.fork();
    const orphans = Array.from({ length: 5 }, () => middle.fork());
    middle.exit();
    machine.at(5, () => {
      machine.program.exit(1);
      for (const orphan of orphans) orphan.exit();
    });
    expect(run(machine).status).toBe(1);
    expect(orphans.every(orphan => orphan.reaped)).toBe(true);
  });

  it('leaves living orphans behind when nobody asked to wait for them', () => {
    const machine = new Machine();
    machine.program.fork({}, 'session');
    machine.at(5, () => machine.program.exit());
    expect(run(machine).status).toBe(0);
    expect(machine.now()).toBe(5);
  });

  it('adopts the zombies of a parent that ended without waiting for them', () => {
    const machine = new Machine();
    const careless = machine.program.fork({ reaps: false });
    const zombie = careless.fork();
    machine.at(1, () => zombie.exit());
    machine.at(3, () => careless.exit());
    machine.at(4, () => machine.program.exit());
    run(machine);
    expect([zombie.reaped, careless.reaped]).toEqual([true, false]);
  });

  it('waits for nothing in between: no call while nothing happens', () => {
    const machine = new Machine();
    machine.at(1_000_000, () => machine.program.exit());
    run(machine);
    expect(machine.calls).toBeLessThan(10);
  });

  it('looks at orphans before it reaps them, when they are to be named', () => {
    const machine = new Machine();
    const middle = machine.program.fork({ reaps: false });
    const orphan = middle.fork();
    machine.at(1, () => middle.exit());
    machine.at(2, () => orphan.exit(4));
    machine.at(3, () => machine.program.exit());
    const wasThere: boolean[] = [];
    const voice = recorder(what => {
      if (what === 'dying') wasThere.push(machine.tasks.has(orphan.pid));
    });
    const { said } = run(machine, { inspectOrphans: true }, voice);
    expect(said('dying')).toEqual([[orphan.pid]]);
    expect(wasThere).toEqual([true]);
    expect(said('reaped')).toEqual([[orphan.pid, 4 << 8]]);
    expect(said('trouble')).toEqual([]);
  });

  it('does not look at orphans first when nobody wants to know', () => {
    const machine = new Machine();
    machine.at(1, () => machine.program.exit());
    run(machine);
    expect(machine.peeks).toBe(0);
  });

  it('takes them all in one call when nobody wants to be told, and tells of the program', () => {
    const machine = new Machine();
    const middle = machine.program.fork();
    const orphans = Array.from({ length: 20 }, () => middle.fork());
    machine.at(1, () => middle.exit());
    machine.at(5, () => {
      for (const orphan of orphans) orphan.exit(3);
    });
    machine.at(9, () => machine.program.exit(7));
    const waits = vi.spyOn(machine, 'reapUntold');
    const { status, said } = run(machine, { tellOrphans: false });
    expect([status, said('reaped'), said('ended')]).toEqual([7, [], [[machine.program.pid, 7 << 8]]]);
    expect(machine.zombiesOfInit()).toEqual([]);
    // At the start, at each SIGCHLD, and once more after the program.
    expect(waits.mock.results.map(({ value }) => value as number)).toEqual([0, 0, machine.program.pid, -10]);
  });

  it.each([
    ['one after the other', { tellOrphans: true, inspectOrphans: false }],
    ['looked at first', { tellOrphans: true, inspectOrphans: true }],
    ['untold', { tellOrphans: false, inspectOrphans: false }],
  ])('lets a storm of orphans not delay a SIGTERM (%s)', (_, told) => {
    const machine = new Machine({}, { newestFirst: true });
    const middle = machine.program.fork();
    const orphans = Array.from({ length: 5000 }, () => middle.fork());
    middle.exit();
    machine.at(5, () => {
      for (const orphan of orphans) orphan.exit();
      machine.signal(SIGTERM);
    });
    let reapsBefore = Infinity;
    const voice = recorder(what => {
      if (what === 'forwarded') reapsBefore = machine.reaps;
    });
    run(machine, told, voice);
    expect(reapsBefore).toBeLessThan(1100);
    expect(machine.program.received).toEqual([SIGTERM]);
    expect(machine.zombiesOfInit()).toEqual([]);
  });
});

describe('a voice that throws', () => {
  const failing = () => {
    throw new Error('no stderr');
  };

  it.each(['main', 'group', 'all'] as const)('ends nothing and holds nothing up (wait %s)', wait => {
    const machine = new Machine({ on: { [SIGTERM]: self => self.exitIn(20, 3) } });
    const middle = machine.program.fork();
    const orphan = middle.fork({}, 'session');
    middle.fork();
    machine.at(1, () => middle.exit());
    machine.at(2, () => machine.signal(SIGINT));
    machine.at(3, () => orphan.exit());
    machine.at(4, () => machine.signal(SIGTERM));
    const { status } = run(
      machine,
      { wait, inspectOrphans: true, rewrite: new Uint8Array(65), stopDelay: 5, stopTimeout: 100 },
      recorder(failing),
    );
    expect(status).toBe(137);
    expect(machine.zombiesOfInit()).toEqual([]);
  });

  it('does not keep --wait all from ending the rest', () => {
    const machine = new Machine();
    const rest = machine.program.fork({}, 'session');
    machine.at(1, () => machine.program.exit());
    run(machine, { wait: 'all' }, recorder(failing));
    expect(rest.received).toEqual([SIGTERM]);
  });

  it('ends no pause', () => {
    const machine = new Machine();
    machine.at(1, () => machine.signal(SIGCHLD));
    machine.at(2, () => machine.signal(1));
    machine.at(3, () => machine.program.exit());
    machine.at(4, () => machine.signal(SIGTERM));
    expect(runPause(machine, true, recorder(failing)).status).toBe(0);
  });
});

describe('--pause', () => {
  it.each([SIGTERM, SIGINT])('ends with 0 at signal %i', signal => {
    const machine = new Machine();
    machine.at(5, () => machine.signal(signal));
    expect(runPause(machine).status).toBe(0);
    expect(machine.program.received).toEqual([]);
  });

  it('reaps, and drops every other signal', () => {
    const machine = new Machine();
    const orphan = machine.program.fork();
    machine.at(1, () => machine.program.exit());
    machine.at(2, () => orphan.exit());
    machine.at(3, () => machine.signal(10));
    machine.at(4, () => machine.signal(SIGTERM));
    const { said } = runPause(machine);
    expect(said('reaped').map(([pid]) => pid)).toEqual([machine.program.pid, orphan.pid]);
    expect(said('dropped')).toHaveLength(1);
  });
});

describe('waiting that fails', () => {
  const EINTR = 4;

  /** Until then neither waitpid nor waitid does anything. */
  function failing(until: number): Machine {
    const machine = new Machine();
    const { reap, peek } = machine;
    machine.reap = (...args) => (machine.now() < until ? -EINTR : reap.apply(machine, args));
    machine.peek = (...args) => (machine.now() < until ? -EINTR : peek.apply(machine, args));
    return machine;
  }

  it.each(['main', 'group'] as const)('is tried again until it works, and told of once: --wait %s', wait => {
    const machine = failing(1000);
    machine.at(5, () => machine.program.exit(42));
    const { status, said } = run(machine, { wait });
    expect(status).toBe(42);
    expect(machine.now()).toBeGreaterThanOrEqual(1000);
    expect(machine.now()).toBeLessThan(1200);
    expect(said('trouble')).toEqual([
      [expect.stringMatching(/^waiting for children fails.*: Interrupted system call$/)],
    ]);
  });

  it('does not end --pause', () => {
    const machine = failing(1000);
    machine.at(5, () => machine.program.exit());
    machine.at(2000, () => machine.signal(SIGTERM));
    expect(runPause(machine).said('reaped')).toHaveLength(1);
  });
});

describe('a machine in which nothing will happen any more', () => {
  it('says so instead of hanging', () => {
    expect(() => run(new Machine())).toThrow('nothing will ever come again');
  });
});
