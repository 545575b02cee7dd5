import { expect, it } from 'vitest';
import { compile, temporaryFolder, whyNoCompiler } from '../namespace/c-fixture.ts';
import { childrenOf, describeWith, until } from '../namespace/harness.ts';
import { start, whyNoContainers } from './container.ts';

const ORPHANS = 5000;

describeWith([whyNoContainers, whyNoCompiler], `${ORPHANS} orphans that end at once`, () => {
  it('leave no zombie behind', async () => {
    const program = compile('orphans', temporaryFolder());
    const options = ['--volume', `${program}:/orphans:ro`, '--pids-limit', '6000', '--env', 'SEXTON_REPORT=1'];
    const container = start(...options, 'service', '/orphans', String(ORPHANS));
    await container.says(/ready/);
    expect(childrenOf(container.pid)).toHaveLength(ORPHANS + 1);
    container.kill('USR1');
    await container.says(/released/);
    await until(() => childrenOf(container.pid).length === 1);
    expect(container.zombies()).toBe(0);
    container.stop();
    expect(container.status()).toBe(7);
    expect(container.logs()).toMatch(new RegExp(`report: orphans: .*\\b${ORPHANS}\\b`));
  });
});
