import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { until } from './harness.ts';

/** A cgroup of its own for the tests of one file, made by hand: of version 1, or of 2 where that has the controllers. */
export interface TestCgroup {
  /** To be put before the init: joins the cgroup, then executes the rest. */
  readonly join: readonly string[];
  read(file: string): string;
  /** Another limit from now on. */
  setLimit(limit: number): void;
}

const VERSION_1 = { memory: '/sys/fs/cgroup/memory', pids: '/sys/fs/cgroup/pids' } as const;
const VERSION_2 = '/sys/fs/cgroup';
const FILES = {
  memory: { 1: 'memory.limit_in_bytes', 2: 'memory.max' },
  pids: { 1: 'pids.max', 2: 'pids.max' },
} as const;

/** Why no cgroup with this limit can be made here; undefined where it can. */
export function whyNoCgroup(controller: 'memory' | 'pids'): string | undefined {
  try {
    // No more than PID_MAX_LIMIT, 4 Mi: pids.max takes no other.
    const probe = make(controller, 'probe', 1 << 20);
    rmdirSync(probe.directory);
    return undefined;
  } catch (error) {
    return `no cgroup with a limit of ${controller} can be made here: ${(error as Error).message}`;
  }
}

let count = 0;

/** Bytes, or a number of processes. It is removed after the tests of the file. */
export function testCgroup(controller: 'memory' | 'pids', limit: number): TestCgroup {
  const { directory, file } = make(controller, `${limit}-${count++}`, limit);
  const procs = join(directory, 'cgroup.procs');
  afterAll(async () => {
    await until(() => readFileSync(procs, 'utf8') === '');
    await until(() => removed(directory));
  });
  return {
    join: ['sh', '-c', `echo $$ > ${procs} && exec "$@"`, 'sh'],
    read: name => readFileSync(join(directory, name), 'utf8'),
    setLimit: value => writeFileSync(file, String(value), { flag: 'r+' }),
  };
}

function make(controller: 'memory' | 'pids', name: string, limit: number): { directory: string; file: string } {
  const folder = `sexton-test-${process.pid}-${name}`;
  for (const version of [1, 2] as const) {
    const directory = join(version === 1 ? VERSION_1[controller] : VERSION_2, folder);
    try {
      mkdirSync(directory);
    } catch (error) {
      if (version === 2) throw error;
      continue;
    }
    try {
      // Its limits are there if the controller is: else this would make an ordinary file, and cgroups have none.
      const file = join(directory, FILES[controller][version]);
      writeFileSync(file, String(limit), { flag: 'r+' });
      return { directory, file };
    } catch (error) {
      rmdirSync(directory);
      throw error;
    }
  }
  throw new Error('neither version is mounted');
}

/** Its last process may not be gone wholly yet: EBUSY. */
function removed(directory: string): boolean {
  try {
    rmdirSync(directory);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}
