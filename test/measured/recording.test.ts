import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { whyNoCompiler } from '../namespace/c-fixture.ts';
import { whyNoCgroup } from '../namespace/cgroup.ts';
import { describeWith, isRoot, missing, root, whyNoNamespaces } from '../namespace/harness.ts';

const picture = readFileSync(join(root, 'docs', 'recording.svg'), 'utf8');

it('docs/recording.svg says nothing of the machine, and is small', () => {
  expect(picture).not.toMatch(/\/(home|mnt|opt|root|srv|tmp|usr|var|work)\b/);
  expect(picture.length).toBeLessThan(50_000);
});

const needs = [whyNoNamespaces, whyNoCompiler, missing('bash'), isRoot ? undefined : 'not root'];

describeWith([...needs, whyNoCgroup('memory')], 'docs/recording.svg', () => {
  it('shows what is printed now', () => {
    const { status, stderr } = spawnSync(process.execPath, ['scripts/recording.js', '--check'], {
      cwd: root,
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});
