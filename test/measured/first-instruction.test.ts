import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { whyNoCompiler } from '../namespace/c-fixture.ts';
import { describeWith, missing, root } from '../namespace/harness.ts';

describeWith([whyNoCompiler, missing('tini')], 'the first instruction of a program', () => {
  it('comes in at most 0.8 of the time that it takes under tini, by the launcher', () => {
    // Interleaved, medians: what else the machine does falls on both.
    const { stdout } = spawnSync(
      process.execPath,
      ['bench/first-instruction.js', '--json', '--init', 'sexton, launcher'],
      {
        cwd: root,
        encoding: 'utf8',
      },
    );
    const [launcher] = JSON.parse(stdout) as { name: string; ratio: number }[];
    expect(launcher?.name).toBe('sexton, launcher');
    expect(launcher?.ratio).toBeLessThanOrEqual(0.8);
  });
});
