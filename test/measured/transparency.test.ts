import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { whyNoCompiler } from '../namespace/c-fixture.ts';
import { describeWith, isRoot, missing, root, whyNoNamespaces } from '../namespace/harness.ts';

const peers = ['tini', 'dumb-init', 'catatonit'].map(missing);

describeWith(
  [whyNoNamespaces, whyNoCompiler, ...peers, isRoot ? undefined : 'not root'],
  'docs/transparency.md',
  () => {
    it('says what the probe says', () => {
      const { status, stderr } = spawnSync(process.execPath, ['scripts/transparency.js', '--check'], {
        cwd: root,
        encoding: 'utf8',
      });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    });
  },
);
