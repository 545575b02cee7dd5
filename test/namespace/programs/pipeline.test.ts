import { expect, it } from 'vitest';
import { childrenOf, descendant, describeWith, until, whyNoNamespaces } from '../harness.ts';
import { serve, withoutZombies } from './served.ts';
import { PROGRAMS } from './table.ts';

describeWith([whyNoNamespaces], 'sh -c with pipelines under sexton', () => {
  it('leaves with the status of the last', async () => {
    const { endsWith } = await serve(['--', 'sh', '-c', 'seq 10000 | sort -rn | head -n 1; seq 10 | grep -q 11']);
    expect((await endsWith(1)).stdout).toBe('10000\n');
  });

  it('ends with all of them in the middle, when all of the group gets SIGTERM', async () => {
    const script = `while :; do
      yes | cat | cat > /dev/null &
      (seq 1000 | sort -rn | tail -n 1 &)
      seq 1000 | sort -rn | tail -n 1
      kill $!
    done`;
    const { container, endsWith } = await serve(['--wait', 'group', '--', 'sh', '-c', script]);
    await container.says(/(1\n){50}/);
    await withoutZombies(container);
    container.kill('SIGTERM');
    const { report } = await endsWith(PROGRAMS.pipeline.status);
    expect(report.orphans.reaped).toBeGreaterThan(0);
  });

  it('that waits for a pipeline ends too', async () => {
    const { container, endsWith } = await serve([
      '--wait',
      'group',
      '--',
      'sh',
      '-c',
      'yes | cat > /dev/null; echo never',
    ]);
    const shell = await until(() => descendant(container.pid, /^sh -c/));
    await until(() => childrenOf(shell).length === 2);
    container.kill('SIGTERM');
    expect((await endsWith(PROGRAMS.pipeline.status)).stdout).toBe('');
  });
});
