import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { whyNoCompiler } from '../namespace/c-fixture.ts';
import { describeWith, root, whyNoNamespaces } from '../namespace/harness.ts';

describeWith([whyNoNamespaces, whyNoCompiler], '5,000 orphans at once', () => {
  it('are reaped within 1.5 times of what it takes with nothing on, with everything that tells of them', () => {
    const { stdout, stderr } = spawnSync(process.execPath, ['bench/everything.js', '--json', '--rounds', '11'], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    const rows = JSON.parse(stdout) as { way: string; ratio: number }[];
    expect(rows).toHaveLength(3);
    const [, everything, named] = rows;
    expect(everything!.ratio).toBeLessThanOrEqual(1.5);
    // 5,000 lines more.
    console.log(`with a line for each: ${named!.ratio.toFixed(2)}×`);
    expect(named!.ratio).toBeLessThanOrEqual(2.5);
  });
});
