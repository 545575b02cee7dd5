import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { advice, remedyOf } from '../../../src/ctl/remedy.ts';
import { columns, terminalOf } from '../../../src/ctl/terminal.ts';
import { zombieReport } from '../../../src/ctl/zombie-report.ts';
import { innerPid, look, type Neglect } from '../../../src/ctl/zombies.ts';
import * as procfs from '../../../src/kernel/procfs.ts';

vi.mock('../../../src/kernel/procfs.ts', async original => {
  const real = await original<typeof procfs>();
  return { ...real, readProcesses: vi.fn(real.readProcesses) };
});

it.each([[undefined], [[]]])('says so where no list of processes is to be had: %j', async list => {
  vi.mocked(procfs.readProcesses).mockReturnValueOnce(list);
  await expect(look(0)).rejects.toThrow('/proc cannot be read: is it mounted, and is a descriptor left?');
});

function neglect(more: Partial<Neglect> = {}): Neglect {
  return {
    ...{
      pid: 42,
      name: 'node',
      command: 'node server.js',
      state: 'S',
      zombies: 2,
      commands: [{ name: 'sh', zombies: 2 }],
    },
    ...{ oldest_seconds: 70, pids: [43, 44], inner_pid: 42, container: undefined, remedy: 'mend-parent' },
    ...more,
  };
}

describe('what would help', () => {
  it.each([
    [{ pid: 0, name: '' }, false, 'look-outside'],
    [{}, false, 'mend-parent'],
    [{}, true, 'use-init'],
    [{ state: 'T' }, true, 'continue-parent'],
    [{ state: 't' }, false, 'continue-parent'],
    [{ name: 'tini' }, true, 'init-hangs'],
    [{ name: 'sexton' }, false, 'init-hangs'],
    [{ name: 'tiniest' }, false, 'mend-parent'],
  ] as const)('for %j, PID 1: %s', (more, isPid1, remedy) => {
    expect(remedyOf(neglect(more), isPid1)).toBe(remedy);
  });

  it('is said of sexton in other words than of other inits', () => {
    expect(advice(neglect({ name: 'sexton' }), 'init-hangs')).toContain('a bug of sexton');
    expect(advice(neglect({ name: 'tini' }), 'init-hangs')).toContain('tini is an init');
  });

  it('names the pid to go on', () => {
    expect(advice(neglect({ state: 'T' }), 'continue-parent')).toContain('kill -CONT 42');
  });
});

it.each([
  ['Name:\tsh\nNSpid:\t4711\t7\t1\nNSpgid:\t4711\t7\t1\n', 1],
  ['NSpid:\t4711\n', 4711],
  ['Name:\tsh\nPid:\t1\n', undefined],
])('the innermost pid of %j', (status, pid) => {
  expect(innerPid(status)).toBe(pid);
});

describe('the report', () => {
  const terminal = terminalOf({}, {});
  const zombie = { pid: 43, name: 'sh', parent: 42, parent_name: 'node', age_seconds: 70, fresh: false };

  it('says in one line that there are none', () => {
    const text = zombieReport({ culprits: [], zombies: [], hidden: false }, true, terminal);
    expect(text).toBe('No zombies that stay: every parent waits for its children.');
  });

  it('says so where other processes are hidden', () => {
    expect(zombieReport({ culprits: [], zombies: [], hidden: true }, false, terminal)).toContain('hidepid');
  });

  it('heads what is in no container only beside one that is', () => {
    const inContainer = neglect({ container: { runtime: 'podman', id: 'ab'.repeat(32), pod: 'p' } });
    const report = (...culprits: Neglect[]) => zombieReport({ culprits, zombies: [], hidden: false }, false, terminal);
    expect(report(neglect())).not.toContain('container');
    expect(report(inContainer)).toContain('podman abababababab, pod p\n');
    expect(report(inContainer, neglect())).toContain('\nnot in a container\n');
  });

  it('shows where a parent is not to be seen', () => {
    const culprits = [neglect({ pid: 0, name: '', command: '' }), neglect({ name: '', command: '' })];
    const text = zombieReport({ culprits, zombies: [], hidden: false }, false, terminal);
    expect(text).toContain('(outside)');
    expect(text).toContain('(hidden)');
  });

  it('is harmless and fits, whatever the names and the width', () => {
    const bytes = fc.uint8Array({ maxLength: 200 }).map(some => Buffer.from(some).toString('latin1'));
    fc.assert(
      fc.property(bytes, fc.integer({ min: 40, max: 200 }), fc.nat(), (name, width, number) => {
        const culprits = [neglect({ name, command: name, zombies: number, commands: [{ name, zombies: number }] })];
        const zombies = [{ ...zombie, name, parent_name: name, age_seconds: number }];
        const narrow = terminalOf({}, { COLUMNS: String(width) });
        const text = zombieReport({ culprits, zombies, hidden: true }, true, narrow);
        expect(text).not.toMatch(/[^\P{C}\n]/u);
        for (const line of text.split('\n')) expect(columns(line)).toBeLessThanOrEqual(width);
      }),
    );
  });
});
