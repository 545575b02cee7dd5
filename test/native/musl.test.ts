/** One library for glibc and musl: the same bytes, from a program that musl has loaded (Debian's musl-tools). */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { isMusl } from '../../src/kernel/libc.ts';
import { temporaryFolder } from '../namespace/c-fixture.ts';
import { describeWith, missing, root } from '../namespace/harness.ts';
import { compileDrive, driveRequests } from './drive.ts';

describeWith([missing('musl-gcc')], 'musl', () => {
  const folder = temporaryFolder();
  const library = join(root, 'prebuilds', `linux-${process.arch}`, 'libsexton.so');

  it.each([
    ['asked for', {}],
    // As the launcher has it loaded: its sigaction is then the program's.
    ['preloaded', { LD_PRELOAD: library }],
  ])('loads the library, which takes signals, writes and spawns: %s', (_, environment) => {
    const program = compileDrive(folder, 'musl-gcc');
    expect(isMusl(program)).toBe(true);
    const { status, stderr } = spawnSync(program, [library, ...driveRequests(folder)], {
      encoding: 'utf8',
      env: environment,
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});
