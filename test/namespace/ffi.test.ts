/** How native code is called, and what stands in for it. */
import { spawnSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from './c-fixture.ts';
import { describeWith, node, nodeEntry, root, run, whyNoNamespaces } from './harness.ts';

const asked = `process.exit(process.getBuiltinModule('node:ffi') ? 0 : 1)`;
const hasNodeFfi = spawnSync(node, ['-e', asked], { stdio: 'ignore' }).status === 0;

/** The package without what npm installs beside it. */
function alone(): string {
  const folder = temporaryFolder();
  for (const part of ['bin', 'dist', 'prebuilds']) cpSync(join(root, part), join(folder, part), { recursive: true });
  return folder;
}

const program = ['sh', '-c', 'exit 3'];
const nothingAsked = { SEXTON_FFI: '' };

describeWith([whyNoNamespaces], 'a package without koffi', () => {
  it(`${hasNodeFfi ? 'works by node:ffi' : 'says what is missing'}, as an entry`, async () => {
    const init = [node, join(alone(), 'bin', 'sexton.js')];
    const outcome = await run(program, { init, environment: nothingAsked });
    if (hasNodeFfi) expect(outcome).toEqual({ status: 3, stdout: '', stderr: '' });
    else {
      expect(outcome).toMatchObject({ status: 125, stdout: '' });
      expect(outcome.stderr).toMatch(
        /does not load: node-ffi: Node [\d.]+ has no node:ffi.*; koffi: Cannot find module/,
      );
    }
  });

  it('has no fast lane: the program must not run before it is known that its init can', async () => {
    const init = [join(alone(), 'prebuilds', `linux-${process.arch}`, 'sexton')];
    const outcome = await run(['sh', '-c', 'echo started; exit 3'], {
      init,
      wrapper: ['env', '-u', 'SEXTON_FFI'],
      environment: { SEXTON_NODE: node },
    });
    expect(outcome).toMatchObject(hasNodeFfi ? { status: 3, stdout: 'started\n' } : { status: 125, stdout: '' });
  });
});

describeWith(
  [whyNoNamespaces, hasNodeFfi ? undefined : 'this Node has no node:ffi that could be missing'],
  'where node:ffi is switched off',
  () => {
    const init = [node, '--no-experimental-ffi', nodeEntry];

    it('koffi stands in', async () => {
      expect(await run(program, { init, environment: nothingAsked })).toEqual({ status: 3, stdout: '', stderr: '' });
    });

    it('nothing stands in for what was asked for', async () => {
      const outcome = await run(program, { init, environment: { SEXTON_FFI: 'node-ffi' } });
      expect(outcome.status).toBe(125);
      expect(outcome.stderr).toMatch(/node-ffi: Node [\d.]+ has no node:ffi, or it is switched off\n$/);
    });
  },
);

describeWith(
  [whyNoNamespaces, hasNodeFfi ? undefined : 'this Node has no node:ffi'],
  'where koffi may not be loaded (--permission without --allow-addons)',
  () => {
    it('node:ffi needs --allow-ffi alone', async () => {
      const init = [node, '--permission', '--allow-ffi', '--allow-fs-read=*', nodeEntry];
      const outcome = await run(program, { init, environment: nothingAsked });
      expect(outcome.status).toBe(3);
    });
  },
);
