import { expect, it } from 'vitest';
import { childrenOf, describeWith, until } from '../namespace/harness.ts';
import { start, whyNoContainers } from './container.ts';
import { podman } from './podman.ts';

const TIMES = 5;

describeWith([whyNoContainers], 'MariaDB behind sexton', () => {
  it('answers, is shut down by podman stop, and its health checks leave no zombies', async () => {
    const check = 'sleep 0.3 & mariadb-admin ping';
    const container = start('--health-cmd', check, '--env', 'SEXTON_REPORT=1', 'mariadb');
    await until(() => container.exec('mariadb-admin', 'ping').status === 0);
    expect(container.exec('mariadb', '--skip-column-names', '--execute', 'SELECT 6 * 7').stdout).toBe('42\n');
    for (let i = 0; i < TIMES; i++) expect(podman('healthcheck', 'run', container.id).status).toBe(0);
    await until(() => childrenOf(container.pid).length === 1);
    container.stop();
    expect(container.status()).toBe(0);
    expect(container.logs()).toMatch(/mariadbd: Shutdown complete/);
    expect(container.logs()).toMatch(new RegExp(`report: orphans: .*${TIMES}.*sleep`));
  });

  it('has no Node in its PATH', () => {
    const container = start('mariadb', 'sleep', '1000');
    expect(container.exec('sh', '-c', 'command -v node')).toMatchObject({ status: 127, stdout: '' });
  });
});
