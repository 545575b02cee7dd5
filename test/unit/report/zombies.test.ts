import { spawn } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Process } from '../../../src/kernel/kernel.ts';
import { readProcesses } from '../../../src/kernel/procfs.ts';
import { findCulprits, withoutFreshZombies } from '../../../src/report/zombies.ts';

function process_(pid: number, state: string, parent: number, more: Partial<Process> = {}): Process {
  return { pid, name: `p${pid}`, state, parent, group: 1, session: 1, startTime: 1000, threads: 1, ...more };
}

describe('the parents that do not wait', () => {
  const processes = [
    process_(1, 'S', 0, { name: 'sh' }),
    process_(7, 'S', 1, { name: 'node', startTime: 500 }),
    process_(12, 'Z', 7, { name: 'git', startTime: 3000 }),
    process_(11, 'Z', 7, { name: 'curl', startTime: 2000 }),
    process_(13, 'Z', 7, { name: 'curl', startTime: 4000 }),
    process_(14, 'S', 7, { name: 'git' }),
    process_(15, 'Z', 1, { name: 'cat' }),
  ];

  it('are told with what they hold, the worst first', () => {
    const commandLine = (pid: number) => (pid === 7 ? 'node server.js' : '');
    expect(findCulprits(processes, { now: 60, commandLine })).toEqual([
      {
        pid: 7,
        name: 'node',
        command: 'node server.js',
        state: 'S',
        zombies: 3,
        commands: [
          { name: 'curl', zombies: 2 },
          { name: 'git', zombies: 1 },
        ],
        oldest_seconds: 40,
        pids: [11, 12, 13],
      },
      {
        pid: 1,
        name: 'sh',
        command: 'sh',
        state: 'S',
        zombies: 1,
        commands: [{ name: 'cat', zombies: 1 }],
        oldest_seconds: 50,
        pids: [15],
      },
    ]);
  });

  it('may be outside or hidden: then there is no name', () => {
    expect(findCulprits([process_(5, 'Z', 0)])).toMatchObject([{ pid: 0, name: '', command: '', state: '' }]);
    expect(findCulprits([process_(5, 'Z', 4)])).toMatchObject([{ pid: 4, name: '', oldest_seconds: undefined }]);
  });

  it('are not those of a process whose main thread alone has ended', () => {
    expect(findCulprits([process_(5, 'Z', 1, { threads: 3 })])).toEqual([]);
  });

  it('are bounded, and so is what is told of each', () => {
    const many = Array.from({ length: 3000 }, (_, index) => process_(1000 + index, 'Z', 1 + (index % 300)));
    const told = findCulprits(many, { parents: 2, commands: 3, pids: 4 });
    expect(told.map(({ pid, zombies }) => [pid, zombies])).toEqual([
      [1, 10],
      [2, 10],
    ]);
    expect(told[0]!.pids).toEqual([1000, 1300, 1600, 1900]);
    expect(told[0]!.commands).toHaveLength(4);
    expect(told[0]!.commands[3]).toEqual({ name: '', zombies: 7 });
  });

  it('are found among fifty thousand without comparing each with each', () => {
    const many = Array.from({ length: 50_000 }, (_, index) =>
      process_(index + 1, index % 2 ? 'Z' : 'S', 1 + (index % 9999)),
    );
    const begin = process.cpuUsage();
    findCulprits(many, { now: 60 });
    // Microseconds of the CPU, whatever else the machine does: thousands of millions of comparisons take seconds.
    expect(process.cpuUsage(begin).user).toBeLessThan(1_000_000);
  });

  it('hold every zombie once, whatever the processes', () => {
    const process = fc.record({
      pid: fc.integer({ min: 1, max: 40 }),
      name: fc.string({ unit: 'binary', maxLength: 15 }),
      state: fc.constantFrom('S', 'R', 'Z', 'X', 'T'),
      parent: fc.integer({ min: 0, max: 10 }),
      group: fc.constant(1),
      session: fc.constant(1),
      startTime: fc.nat(),
      threads: fc.constantFrom(1, 2),
    });
    const all = fc.uniqueArray(process, { selector: ({ pid }) => pid });
    fc.assert(
      fc.property(all, processes => {
        const culprits = findCulprits(processes, { now: 0 });
        const zombies = processes.filter(({ state, threads }) => state === 'Z' && threads === 1);
        expect(culprits.flatMap(({ pids }) => pids).sort()).toEqual(zombies.map(({ pid }) => pid).sort());
        for (const { zombies, commands, pids, oldest_seconds } of culprits) {
          expect(pids).toHaveLength(zombies);
          expect(commands.reduce((sum, command) => sum + command.zombies, 0)).toBe(zombies);
          expect(oldest_seconds).toBe(0);
        }
      }),
    );
  });
});

describe('a second look', () => {
  it('leaves only the zombies that were there before, told by pid and start time', () => {
    const before = [process_(5, 'Z', 1), process_(6, 'S', 1), process_(7, 'Z', 1)];
    const after = [
      process_(5, 'Z', 1),
      process_(6, 'Z', 1),
      process_(7, 'Z', 1, { startTime: 2000 }),
      process_(8, 'S', 1),
    ];
    expect(withoutFreshZombies(before, after).map(({ pid }) => pid)).toEqual([5, 8]);
  });
});

it('sees a real zombie: of a shell that became something that never waits', async () => {
  const parent = spawn('/bin/sh', ['-c', 'true & exec sleep 60'], { stdio: 'ignore' });
  try {
    let found: ReturnType<typeof findCulprits> = [];
    while (found.length === 0 || found[0]!.name !== 'sleep') {
      await new Promise(resolve => setTimeout(resolve, 5));
      found = findCulprits(readProcesses()!).filter(({ pid }) => pid === parent.pid);
    }
    expect(found).toMatchObject([{ zombies: 1, state: 'S' }]);
  } finally {
    parent.kill('SIGKILL');
  }
});
