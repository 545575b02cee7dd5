import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { whyNoCompiler } from '../namespace/c-fixture.ts';
import { describeWith, missing, root, whyNoNamespaces } from '../namespace/harness.ts';
import { bench, type Results } from './bench.ts';

describeWith([whyNoNamespaces, whyNoCompiler, missing('tini')], 'npm run bench -- --quick', () => {
  let results: Results;

  beforeAll(() => {
    results = bench('--quick');
  }, 120_000);

  it('takes every measure', () => {
    const helpers = ['index.js', 'suited.js'];
    const files = readdirSync(join(root, 'bench', 'measures')).filter(file => !helpers.includes(file));
    expect(Object.keys(results.measures).sort()).toEqual(files.map(file => file.replace('.js', '')).sort());
  });

  it('has figures of tini and of both ways in, for each column of each measure', () => {
    const [major] = results.machine.nodes[0]!.split('.');
    for (const [name, { columns, inits }] of Object.entries(results.measures))
      for (const init of ['tini', `launcher-${major}`, `entry-${major}`])
        for (const { key } of columns) {
          const figures = inits[init]?.[key];
          expect(figures, `${name}, ${init}, ${key}`).toBeDefined();
          const { min, median, max } = figures!;
          expect(min >= 0 && min <= median && median <= max, `${name}, ${init}, ${key}`).toBe(true);
        }
  });

  it('finds tini awake, and sexton asleep', () => {
    const { inits } = results.measures['wake-ups']!;
    for (const [name, { count }] of Object.entries(inits))
      if (/^(launcher|entry)-/.test(name)) expect(count!.median, name).toBe(0);
    expect(inits['tini']!['count']!.median).toBeGreaterThan(0);
  });

  it('says why an init has no part in a measure', () => {
    for (const { inits, skipped } of Object.values(results.measures))
      for (const [name, reason] of Object.entries(skipped)) {
        expect(inits[name]).toBeUndefined();
        expect(reason).toMatch(/\w/);
      }
  });
});
