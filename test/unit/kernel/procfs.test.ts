import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  commandLine,
  isProcOurs,
  processName,
  readProcess,
  readProcesses,
  TICKS,
  uptime,
} from '../../../src/kernel/procfs.ts';

/** At most 15 bytes: parentheses, a false state, a newline, and no valid UTF-8. */
const HOSTILE = Buffer.from('a) Z 1 (\nb)\xff', 'latin1');

describe('a process with a hostile name', () => {
  let folder: string;
  let child: ChildProcess;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'procfs-'));
    const program = Buffer.concat([Buffer.from(`${folder}/`), HOSTILE]);
    copyFileSync('/bin/sleep', program);
    // Node takes no bytes for the program; a shell does, from its standard input.
    child = spawn('/bin/sh', [], { stdio: ['pipe', 'ignore', 'inherit'] });
    child.stdin!.end(Buffer.concat([Buffer.from("exec '"), program, Buffer.from("' 60\n")]));
    while (processName(child.pid!) === 'sh') await new Promise(resolve => setTimeout(resolve, 5));
  });
  afterAll(() => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  });

  it('is read byte for byte', () => {
    const name = HOSTILE.toString('latin1');
    expect(processName(child.pid!)).toBe(name);
    expect(readProcess(child.pid!)).toMatchObject({
      pid: child.pid,
      name,
      state: expect.stringMatching(/^[SRD]$/),
      parent: process.pid,
    });
  });

  it('is found among all', () => {
    expect(readProcesses()!.find(({ pid }) => pid === child.pid)).toEqual(readProcess(child.pid!));
  });

  it('has started a short while ago', () => {
    const age = uptime()! - readProcess(child.pid!)!.startTime / TICKS;
    expect(age).toBeGreaterThanOrEqual(-0.1);
    expect(age).toBeLessThan(60);
  });
});

describe('procfs', () => {
  it('knows nothing of a process that is not there', () => {
    expect(readProcess(0x7fffffff)).toBeUndefined();
    expect(processName(0x7fffffff)).toBeUndefined();
  });

  it('reads the beginning of a command line, its words parted by spaces', () => {
    const own = commandLine(process.pid)!;
    expect(own).toMatch(/^\S+ \S+/);
    expect(commandLine(process.pid, 5)).toBe(own.slice(0, 5));
    expect(commandLine(0x7fffffff)).toBeUndefined();
  });

  it('tells how many threads are left', () => {
    expect(readProcess(process.pid)!.threads).toBe(readdirSync('/proc/self/task').length);
  });

  it('is ours here', () => {
    expect(isProcOurs()).toBe(true);
  });

  it('lists us with numbers', () => {
    const own = readProcesses()!.find(({ pid }) => pid === process.pid)!;
    expect([own.parent, own.group, own.session, own.startTime].every(Number.isInteger)).toBe(true);
    expect(own.parent).toBe(process.ppid);
  });
});
