import { expect, it } from 'vitest';
import { describeWith, until } from '../namespace/harness.ts';
import { type Container, start, whyNoContainers } from './container.ts';
import { podman } from './podman.ts';

const TIMES = 10;
/** A check as many are: what it starts in the background outlives it, and becomes PID 1's. */
const LEAVING = 'sleep 0.3 & exit 0';

describeWith([whyNoContainers], 'a health check', () => {
  it('of the example passes while the service serves, and not before', async () => {
    const container = start(
      'service',
      'sh',
      '-c',
      'mkfifo /tmp/gate; echo ready; read start < /tmp/gate; exec node server.js',
    );
    await container.says(/ready/);
    expect(check(container)).toBe(1);
    container.exec('sh', '-c', 'echo start > /tmp/gate');
    await container.says(/listening/);
    expect(check(container)).toBe(0);
  });

  it('that leaves processes behind leaves no zombies', async () => {
    const container = start('--health-cmd', LEAVING, '--env', 'SEXTON_REPORT=1', 'service', 'sleep', '1000');
    for (let i = 0; i < TIMES; i++) expect(check(container)).toBe(0);
    await until(() => container.exec('sh', '-c', 'ls -d /proc/[0-9]*').stdout.split('\n').length < 6);
    expect(container.zombies()).toBe(0);
    container.stop();
    expect(container.status()).toBe(143);
    expect(container.logs()).toMatch(new RegExp(`report: orphans: .*${TIMES} .*sleep|orphans: ${TIMES}`));
  });

  it('that leaves processes behind leaves zombies where the program is PID 1', async () => {
    const container = start('--health-cmd', LEAVING, '--entrypoint', 'sleep', 'service', '1000');
    for (let i = 0; i < TIMES; i++) expect(check(container)).toBe(0);
    await until(() => container.zombies() === TIMES);
  });
});

function check(container: Container): number {
  return podman('healthcheck', 'run', container.id).status;
}
