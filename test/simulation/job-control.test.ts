import { describe, expect, it } from 'vitest';
import { SIGCONT, SIGSTOP, SIGTERM } from '../../src/kernel/signals.ts';
import { run } from './harness.ts';
import { type Behaviour, Machine, type MachineOptions } from './machine.ts';

const SIGTSTP = 20;
const INIT = 50;
const SHELL = 7;

/** Under a shell on a terminal, which our program holds, as after its spawn. */
function nested(behaviour: Behaviour = {}, options: MachineOptions = {}): Machine {
  const machine = new Machine(behaviour, { pid: INIT, foreground: INIT, ...options });
  if (machine.terminal === INIT) machine.terminal = machine.program.pid;
  return machine;
}

/** fg or bg of the shell: SIGCONT to our group, after the terminal when it is fg. */
function resume(machine: Machine, how: 'fg' | 'bg'): void {
  if (how === 'fg') machine.terminal = INIT;
  machine.signal(SIGCONT, { sender: SHELL });
}

function stopAndResume(machine: Machine, how: 'fg' | 'bg'): void {
  machine.at(10, () => machine.deliver(machine.program, SIGTSTP));
  machine.at(11, () => {
    machine.terminal = SHELL;
  });
  machine.at(20, () => resume(machine, how));
}

describe('job control', () => {
  it('stops us with the program, so that the shell sees its job stopped', () => {
    const machine = nested();
    stopAndResume(machine, 'fg');
    machine.at(30, () => machine.program.exit(2));
    const { status, said } = run(machine);
    expect(status).toBe(2);
    expect(machine.initStops).toEqual([10]);
    expect([said('stopped'), said('continued')]).toMatchObject([{ length: 1 }, { length: 1 }]);
  });

  it('hands the terminal on to the program after fg', () => {
    const machine = nested();
    stopAndResume(machine, 'fg');
    let holder: number | undefined;
    machine.at(25, () => {
      holder = machine.terminal;
    });
    machine.at(30, () => machine.program.exit());
    run(machine);
    expect(holder).toBe(machine.program.pid);
    expect(machine.program.received).toContain(SIGCONT);
    expect(machine.terminal).toBe(INIT);
  });

  it('leaves the terminal with the shell after bg', () => {
    const machine = nested();
    stopAndResume(machine, 'bg');
    machine.at(30, () => machine.program.exit());
    run(machine);
    expect(machine.program.received).toContain(SIGCONT);
    expect(machine.terminal).toBe(SHELL);
  });

  it('stops us again at the next stop', () => {
    const machine = nested();
    stopAndResume(machine, 'fg');
    machine.at(30, () => machine.deliver(machine.program, SIGTSTP));
    machine.at(40, () => resume(machine, 'fg'));
    machine.at(50, () => machine.program.exit());
    run(machine);
    expect(machine.initStops).toEqual([10, 30]);
  });

  it('gives the terminal back when the program ends', () => {
    const machine = nested();
    machine.at(10, () => machine.program.exit());
    run(machine);
    expect(machine.terminal).toBe(INIT);
  });

  it('takes no terminal that the program does not hold', () => {
    const machine = nested({}, { foreground: SHELL });
    machine.at(10, () => machine.program.exit());
    run(machine);
    expect(machine.terminal).toBe(SHELL);
  });

  it('passes SIGTSTP on like any signal, and stops when the program does', () => {
    const machine = nested();
    machine.at(10, () => machine.signal(SIGTSTP));
    machine.at(20, () => resume(machine, 'fg'));
    machine.at(30, () => machine.program.exit());
    run(machine);
    expect(machine.program.received).toEqual([SIGTSTP, SIGCONT]);
    expect(machine.initStops).toEqual([10]);
  });

  it('does not stop us for an orphan that was stopped', () => {
    const machine = nested();
    const middle = machine.program.fork();
    const orphan = middle.fork({}, 'session');
    middle.exit();
    machine.at(10, () => machine.deliver(orphan, SIGSTOP));
    machine.at(20, () => machine.program.exit());
    run(machine);
    expect(machine.initStops).toEqual([]);
  });

  it.each([true, false])('reaps what ended beside the stop (looked at first: %s)', inspectOrphans => {
    const machine = nested();
    const middle = machine.program.fork();
    const orphan = middle.fork();
    middle.exit();
    machine.at(10, () => {
      orphan.exit();
      machine.deliver(machine.program, SIGTSTP);
    });
    machine.at(20, () => resume(machine, 'fg'));
    machine.at(30, () => machine.program.exit(5));
    expect(run(machine, { inspectOrphans }).status).toBe(5);
    expect(orphan.reaped).toBe(true);
    expect(machine.initStops).toEqual([10]);
  });

  it('lets a program that was killed while stopped end us', () => {
    const machine = nested();
    machine.at(10, () => machine.deliver(machine.program, SIGSTOP));
    machine.at(15, () => machine.deliver(machine.program, 9));
    machine.at(20, () => resume(machine, 'fg'));
    expect(run(machine).status).toBe(137);
  });

  it.each([
    ['as PID 1', { pid: 1 }, true],
    ['without a terminal', { pid: INIT }, true],
    ['when it is switched off', { pid: INIT, foreground: INIT }, false],
  ] as const)('is none of our business %s', (_, options, jobControl) => {
    const machine = new Machine({}, options);
    machine.at(10, () => machine.deliver(machine.program, SIGSTOP));
    machine.at(20, () => machine.signal(SIGCONT));
    machine.at(30, () => machine.signal(SIGTERM));
    const { status, said } = run(machine, { jobControl });
    expect(status).toBe(143);
    expect(machine.initStops).toEqual([]);
    expect(said('stopped')).toEqual([]);
    expect(machine.program.received).toEqual([SIGCONT, SIGTERM]);
  });
});
