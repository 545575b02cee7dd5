import { expect, it } from 'vitest';
import { describeWith } from '../namespace/harness.ts';
import { run, start, whyNoContainers } from './container.ts';

/** While Node starts, it is as large as this container may be. */
const ONCE_SEXTON_RESTS =
  'until [ "$(sed -n "s/VmRSS:[^0-9]*\\([0-9]*\\).*/\\1/p" /proc/1/status)" -lt 30000 ]; do :; done;';

describeWith([whyNoContainers], 'the exit status of the container', () => {
  for (const [status, script] of [
    [0, 'exit 0'],
    [7, 'exit 7'],
    [143, 'kill -TERM $$'],
    [137, 'kill -KILL $$'],
  ] as const) {
    it(`is ${status} after ${script}`, () => {
      expect(run('service', 'sh', '-c', script).status).toBe(status);
    });
  }

  it('is 143 when podman stop ends a program without a handler', async () => {
    const container = start('service', 'sh', '-c', 'echo ready; exec sleep 1000');
    await container.says(/ready/);
    container.stop();
    expect(container.status()).toBe(143);
  });

  it('is 137 when the memory limit is met, and the report says so', () => {
    const program = ['sh', '-c', `${ONCE_SEXTON_RESTS} exec tail /dev/zero`];
    const { status, stderr } = run('--memory', '64m', '--env', 'SEXTON_REPORT=1', 'service', ...program);
    expect(status, stderr).toBe(137);
    expect(stderr).toMatch(/was killed by SIGKILL after .*: out of memory \(OOM kill\)/);
  });

  it('is 127 for a program that is not there, 126 for one that cannot be executed', () => {
    const absent = run('service', 'no-such-program');
    expect(absent).toMatchObject({ status: 127, stderr: 'sexton: no-such-program: No such file or directory\n' });
    const directory = run('service', '/etc');
    expect(directory).toMatchObject({ status: 126, stderr: 'sexton: /etc: Permission denied: it is a directory\n' });
  });
});
