import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { describeWith, node, root, whyNoNamespaces } from '../namespace/harness.ts';

describeWith([whyNoNamespaces], 'sexton/register at start', () => {
  // By the quickest of each: on a machine that is busy with other things medians tell of those.
  it('costs at most 4 ms and 1 MiB', { retry: 2 }, () => {
    const { stdout } = spawnSync(process.execPath, ['bench/register.js', '--json', '--rounds', '21', '--node', node], {
      cwd: root,
      encoding: 'utf8',
    });
    const rows = JSON.parse(stdout) as { way: string; least: number; kibibytes: number }[];
    expect(rows.map(({ way }) => way)).toEqual(['--import', '--require']);
    for (const { way, least, kibibytes } of rows) {
      expect(least, way).toBeLessThanOrEqual(4);
      expect(kibibytes, way).toBeLessThanOrEqual(1024);
    }
  });
});
