import { expect, it } from 'vitest';
import { whyNoCompiler } from '../namespace/c-fixture.ts';
import { describeWith, missing, whyNoNamespaces } from '../namespace/harness.ts';
import { bench } from './bench.ts';

describeWith([whyNoNamespaces, whyNoCompiler, missing('tini')], 'the first instruction of a program', () => {
  it('comes in at most 0.8 of the time that it takes under tini, by the launcher', () => {
    // Interleaved, medians: what else the machine does falls on both.
    const { measures } = bench(
      ...['--measure', 'first-instruction', '--init', 'launcher', '--rounds', '120'],
      ...['--node', process.execPath],
    );
    const [launcher] = Object.entries(measures['first-instruction']!.inits).filter(([name]) => name !== 'tini');
    expect(launcher![0]).toMatch(/^launcher-/);
    expect(launcher![1]['time']!.ratio).toBeLessThanOrEqual(0.8);
  });
});
