/** What can be asked of every PID 1, whatever machine and libc it is for. */
import { expect } from 'vitest';
import { type Container, start } from '../namespace/harness.ts';
import { ORPHAN_THEN_TERM } from './programs.ts';

/** Starts sexton with such a program. It has reaped an orphan, and takes signals, when this returns. */
export async function startInit(
  init: readonly string[],
  options: readonly string[],
  environment = {},
): Promise<Container> {
  const container = await start([...options, '--', 'sh', '-c', ORPHAN_THEN_TERM], { init, environment });
  await container.says(/^ready$/m);
  await container.listening();
  return container;
}

/** Passes SIGTERM on, and leaves with the status of the program. Returns what sexton and the program's shell said on stderr. */
export async function stopInit(container: Container): Promise<string> {
  container.kill('SIGTERM');
  const { status, stdout, stderr } = await container.ended;
  expect({ status, stdout }, stderr).toEqual({ status: 5, stdout: 'ready\ngot it\n' });
  return stderr;
}
