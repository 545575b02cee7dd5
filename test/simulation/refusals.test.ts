import { describe, expect, it } from 'vitest';
import type { Kernel } from '../../src/kernel/kernel.ts';
import { SIGKILL, SIGTERM } from '../../src/kernel/signals.ts';
import { run } from './harness.ts';
import { Machine } from './machine.ts';

type Call = Exclude<keyof Kernel, 'pid' | 'status'>;

/** At these of its times (1 is the first) the call fails: with what is thrown or returned. */
function failing(machine: Machine, call: Call, times: readonly number[], fail: () => unknown): void {
  const real = machine[call].bind(machine) as (...args: unknown[]) => unknown;
  let count = 0;
  Object.assign(machine, { [call]: (...args: unknown[]) => (times.includes(++count) ? fail() : real(...args)) });
}

function thrown(): never {
  throw new Error('no memory');
}

const ALWAYS = Array.from({ length: 1000 }, (_, index) => index + 1);

describe('a call of the kernel that throws', () => {
  it.each(['next', 'reap', 'passOn', 'endPassing', 'kill', 'ownGroup', 'now'] as const)(
    'does not end the init: %s',
    call => {
      const machine = new Machine();
      machine.at(10, () => machine.signal(SIGTERM));
      machine.at(50, () => machine.program.exit(3));
      failing(machine, call, [1, 2], thrown);
      const { status } = run(machine, { stopDelay: 10 });
      expect([3, 128 + SIGTERM]).toContain(status);
      expect(machine.program.reaped).toBe(true);
    },
  );

  it('does not take the SIGKILL of --stop-timeout with it', () => {
    const machine = new Machine({ otherwise: 'ignore' });
    machine.at(10, () => machine.signal(SIGTERM));
    failing(machine, 'processes', ALWAYS, thrown);
    expect(run(machine, { stopTimeout: 100 }).status).toBe(128 + SIGKILL);
    expect(machine.now()).toBe(110);
  });

  it.each(['processes', 'holdGroup', 'killHeldGroup', 'kill'] as const)(
    'does not take the end of the program with it, with --wait group: %s',
    call => {
      const machine = new Machine();
      const rest = machine.program.fork();
      machine.at(10, () => machine.program.exit(3));
      machine.at(500, () => rest.exit());
      failing(machine, call, ALWAYS, thrown);
      expect(run(machine, { wait: 'group' }).status).toBe(3);
      expect(machine.now()).toBeLessThanOrEqual(600);
    },
  );
});

describe('wait(2)', () => {
  it.each(['reap', 'reapUntold', 'peek'] as const)('that was interrupted is tried again soon (%s)', call => {
    const machine = new Machine();
    machine.at(10, () => machine.program.exit(3));
    failing(machine, call, [2], () => -4);
    const told = { tellOrphans: call !== 'reapUntold', wait: call === 'peek' ? 'group' : 'main' } as const;
    expect(run(machine, told).status).toBe(3);
    expect(machine.now()).toBe(110);
  });

  it('of an orphan that another has reaped says nothing of the program', () => {
    const machine = new Machine();
    const middle = machine.program.fork();
    const orphan = middle.fork();
    middle.exit();
    machine.at(10, () => orphan.exit());
    machine.at(20, () => machine.program.exit(3));
    failing(machine, 'reap', [1], () => {
      Machine.prototype.reap.call(machine, orphan.pid, false);
      return -10;
    });
    expect(run(machine, { inspectOrphans: true }).status).toBe(3);
  });

  it('that is refused when the program has ended does not tell its group once more', () => {
    const machine = new Machine();
    const rest = machine.program.fork({ otherwise: 'ignore' });
    machine.at(10, () => machine.program.exit(3));
    const other = machine.program.fork({ otherwise: 'ignore' });
    machine.at(300, () => other.exit());
    machine.at(500, () => rest.exit());
    failing(machine, 'reap', [1], thrown);
    run(machine, { wait: 'group' });
    expect(rest.received).toEqual([SIGTERM]);
  });
});

it('a program that is killed while we look at its stop is not reaped before its group was told', () => {
  // Between each two calls once: the stop, then the end.
  for (let call = 1; call < 12; call++) {
    const machine = new Machine({}, { pid: 5, foreground: 7, pidfdGroup: false });
    machine.orphaned = true;
    const rest = machine.program.fork({ otherwise: 'ignore' });
    machine.at(10, () => {
      machine.deliver(machine.program, 19);
      machine.atCall(machine.calls + call, () => machine.program.die(SIGKILL));
    });
    machine.at(300, () => machine.program.die(SIGKILL));
    machine.at(500, () => rest.exit());
    const { status } = run(machine, { wait: 'group' });
    const [first] = machine.sent;
    expect([status, first?.how, first?.target], `at call ${call}`).toEqual([137, 'kill', -machine.program.pid]);
  }
});
