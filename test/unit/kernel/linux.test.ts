import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { afterAll, afterEach, expect, it, vi } from 'vitest';
import { EAGAIN, ESRCH } from '../../../src/kernel/errors.ts';
import type { Functions } from '../../../src/kernel/ffi/ffi.ts';
import { openLinux } from '../../../src/kernel/linux.ts';
import { readProcess, readProcesses } from '../../../src/kernel/procfs.ts';

vi.mock('node:fs', async original => {
  const real = await original<typeof fs>();
  return {
    ...real,
    openSync: vi.fn(real.openSync),
    readSync: vi.fn(real.readSync),
    opendirSync: vi.fn(real.opendirSync),
  };
});
const { openSync, readSync, opendirSync } = await vi.importActual<typeof fs>('node:fs');

const child = spawn('sleep', ['1000']);
const target = readProcess(child.pid!)!;
afterAll(() => child.kill('SIGKILL'));
afterEach(() => {
  vi.mocked(fs.openSync).mockImplementation(openSync);
  vi.mocked(fs.readSync).mockImplementation(readSync);
  vi.mocked(fs.opendirSync).mockImplementation(opendirSync);
});

/** From now on the child's stat fails with this. */
function refuse(call: 'open' | 'read', code: string): void {
  const error = Object.assign(new Error(code), { code });
  let file: number | undefined;
  vi.mocked(fs.openSync).mockImplementation((path, ...options) => {
    if (path !== `/proc/${target.pid}/stat`) {
      const other = openSync(path, ...options);
      // Its number is used again once it is closed.
      if (other === file) file = undefined;
      return other;
    }
    if (call === 'open') throw error;
    file = openSync(path, ...options);
    return file;
  });
  vi.mocked(fs.readSync).mockImplementation(((from: number, ...options: [Buffer, number, number, null]) => {
    if (from === file) throw error;
    return readSync(from, ...options);
  }) as typeof readSync);
}

it.each([
  ['open', 'ENOENT'],
  ['open', 'EACCES'],
  ['open', 'EPERM'],
  ['read', 'ESRCH'],
] as const)('who is gone or hidden is not in the list of processes: %s, %s', (call, code) => {
  refuse(call, code);
  const pids = readProcesses()!.map(({ pid }) => pid);
  expect(pids).toContain(process.pid);
  expect(pids).not.toContain(target.pid);
});

it.each([
  ['open', 'EMFILE'],
  ['open', 'ENFILE'],
  ['read', 'ENOMEM'],
  ['open', 'ENOMEM'],
] as const)('a list of processes that may lack one is none: %s, %s', (call, code) => {
  refuse(call, code);
  expect(readProcesses()).toBeUndefined();
});

it.each([
  [1, true],
  [4, true],
  [5, false],
])('a directory that fails %i times with ENOENT while it is read is read again: %j', (times, isRead) => {
  let failed = 0;
  vi.mocked(fs.opendirSync).mockImplementation((...words) => {
    const directory = opendirSync(...words);
    if (failed++ < times)
      directory.readSync = () => {
        throw Object.assign(new Error('ENOENT'), { code: 'ENOENT' });
      };
    return directory;
  });
  expect(readProcesses()?.some(({ pid }) => pid === process.pid) ?? false).toBe(isRead);
});

/** What is sent, by a kernel whose pidfd_open(2) answers so. */
function killing(descriptor: number, startTime = target.startTime) {
  const calls: string[] = [];
  const call =
    (name: string, answer: number) =>
    (...values: unknown[]) => {
      calls.push(`${name}(${values})`);
      return answer;
    };
  const { killProcess } = openLinux({
    pidfdOpen: () => descriptor,
    kill: call('kill', 0),
    pidfdSendSignal: call('pidfdSendSignal', 0),
    close: call('close', 0),
  } as Partial<Functions> as Functions);
  return { result: killProcess({ ...target, startTime }, 15), calls };
}

const { pid } = target;
it.each([
  ['is there', 'none', 70, 0, 0, ['pidfdSendSignal(70,15,0)', 'close(70)']],
  ['is there, without pidfd', 'none', -38, 0, 0, [`kill(${pid},15)`]],
  ['is another by now', 'none', 70, 1, -ESRCH, ['close(70)']],
  ['is another by now, without pidfd', 'none', -38, 1, -ESRCH, []],
  ['is gone', 'ENOENT', 70, 0, -ESRCH, ['close(70)']],
  ['cannot be looked at', 'EMFILE', 70, 0, -EAGAIN, ['close(70)']],
  ['cannot be looked at, nor held', 'EMFILE', -24, 0, -EAGAIN, []],
])('a process that %s', (_, code, descriptor, later, result, calls) => {
  if (code !== 'none') refuse('open', code);
  expect(killing(descriptor, target.startTime + later)).toEqual({ result, calls });
});
