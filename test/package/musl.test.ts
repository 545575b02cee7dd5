/** The package under musl: a real Node of musl with koffi's flavour for it, as PID 1. Not an image of Alpine. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { isMusl } from '../../src/kernel/libc.ts';
import { temporaryFolder } from '../namespace/c-fixture.ts';
import { type Container, describeWith, start, whyNoNamespaces } from '../namespace/harness.ts';
import { startInit, stopInit } from './init.ts';
import { muslNode, whyNoMuslNode, withLibraries } from './musl-node.ts';
import { copySources, install, pack, whyNoPackage } from './packed.ts';
import { adopts } from './programs.ts';

describeWith([whyNoPackage, whyNoMuslNode, whyNoNamespaces], 'the package under musl', () => {
  const folder = temporaryFolder();
  const user = join(folder, 'user');
  const installed = join(user, 'node_modules', 'sexton');
  const launcher = join(installed, 'prebuilds', 'linux-x64', 'sexton');
  const native = join(user, 'node_modules', '@koromix', 'koffi-linux-x64', 'musl_x64', 'koffi.node');
  let underMusl: readonly string[];
  let container: Container | undefined;
  afterEach(() => container?.end());

  beforeAll(async () => {
    expect(isMusl(muslNode)).toBe(true);
    mkdirSync(join(folder, 'libraries'));
    underMusl = withLibraries(join(folder, 'libraries'));
    copySources(join(folder, 'sources'));
    await install(await pack(join(folder, 'sources')), user);
  });

  it.each([
    ['the Node entry', [muslNode, join(installed, 'bin', 'sexton.js')], {}],
    ['the launcher, its fast lane', [launcher], {}],
    ['the launcher without it', [launcher], { SEXTON_FAST_LANE: '0' }],
  ])('is PID 1 by %s', async (_, init, lane) => {
    container = await startInit([...underMusl, ...init], [], { SEXTON_NODE: muslNode, ...lane });
    const mapped = readFileSync(`/proc/${container.pid}/maps`, 'utf8');
    expect(mapped).toContain(muslNode);
    expect(mapped).toContain(native);
    expect(await stopInit(container)).not.toContain('sexton');
  });

  it('is in a Node program that is PID 1, by --import sexton/register', async () => {
    const init = [...underMusl, muslNode];
    container = await start(['--import', 'sexton/register', adopts(user)], { init, cwd: user });
    expect(await container.ended).toEqual({ status: 6, stdout: '1 2\n', stderr: '' });
  });
});
