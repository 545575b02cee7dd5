import { ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type OwnChildren, trackOwnChildren } from '../../../src/register/own-children.ts';

let own: OwnChildren;
beforeEach(() => {
  own = trackOwnChildren();
});
afterEach(() => own.stop());

it('knows a child from its spawn to its exit event', async () => {
  const child = spawn('cat');
  expect([...own.pids()]).toEqual([child.pid]);
  child.stdin.end();
  await once(child, 'exit');
  expect(own.pids().size).toBe(0);
});

it('knows children that are made without spawn()', async () => {
  const child = new ChildProcess() as ChildProcess & { spawn(options: object): void };
  expect(own.pids().size).toBe(0);
  child.spawn({ file: 'true', args: ['true'], stdio: 'ignore' });
  expect([...own.pids()]).toEqual([child.pid]);
  await once(child, 'exit');
});

it('forgets what could not be spawned', async () => {
  const child = spawn('/nowhere/at/all');
  await once(child, 'error');
  expect(own.pids().size).toBe(0);
});

it('keeps those alive that nobody else holds', async () => {
  const pids = Array.from({ length: 200 }, () => {
    const child = spawn('sleep', ['1000'], { stdio: 'ignore' });
    child.unref();
    return child.pid!;
  });
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  // What was looked at through a WeakRef lives until the job ends.
  await new Promise(resolve => setImmediate(resolve));
  collect();
  expect([...own.pids()].sort()).toEqual(pids.sort());
  for (const pid of pids) process.kill(pid);
});

it('stops when it is told to', async () => {
  own.stop();
  const child = spawn('true');
  expect(own.pids().size).toBe(0);
  await once(child, 'exit');
});
