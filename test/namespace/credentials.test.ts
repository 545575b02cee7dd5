/** --user: what it gives up is given up for good. */
import { expect, it } from 'vitest';
import { compile, temporaryFolder, whyNoCompiler } from './c-fixture.ts';
import { describeWith, isRoot, missing, run, whyNoNamespaces } from './harness.ts';

const needsRoot = isRoot ? undefined : 'becoming another user takes root';
const USER = '4001:4002';
const SETS = ['Inh', 'Prm', 'Eff', 'Amb'];
const NOTHING = SETS.map(set => `Cap${set}:\t0000000000000000\n`).join('');
const SHOW_SETS = `grep -E "^Cap(${SETS.join('|')}):" /proc/self/status`;

describeWith([whyNoNamespaces, needsRoot, missing('setpriv')], '--user', () => {
  it.each([
    ['as it is', []],
    ['with inheritable and ambient capabilities', ['--inh-caps', '+chown,+kill', '--ambient-caps', '+chown,+kill']],
    [
      'where the securebit no_setuid_fixup keeps the ambient ones',
      ['--securebits', '+no_setuid_fixup', '--inh-caps', '+chown,+kill', '--ambient-caps', '+chown,+kill'],
    ],
  ])('leaves no capability: %s', async (_, words) => {
    const wrapper = words.length > 0 ? ['setpriv', ...words] : [];
    const outcome = await run(['--user', USER, '--', 'sh', '-c', SHOW_SETS], { wrapper });
    expect(outcome).toEqual({ status: 0, stdout: NOTHING, stderr: '' });
  });

  it.skipIf(whyNoCompiler)('leaves no way back', async () => {
    const regain = compile('regain', temporaryFolder());
    const plain = await run([regain]);
    expect(plain.status, 'as root they work').toBeGreaterThan(5);
    expect(await run(['--user', USER, regain])).toEqual({ status: 0, stdout: '', stderr: '' });
    const wrapper = ['setpriv', '--securebits', '+no_setuid_fixup', '--inh-caps', '+chown'];
    expect(await run(['--user', USER, regain], { wrapper })).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  it.each(['0', '1'])('leaves no_new_privs as it was: %s', async expected => {
    const wrapper = expected === '1' ? ['setpriv', '--no-new-privs'] : [];
    const words = ['--user', USER, '--', 'sh', '-c', 'grep NoNewPrivs /proc/self/status'];
    expect(await run(words, { wrapper })).toEqual({ status: 0, stdout: `NoNewPrivs:\t${expected}\n`, stderr: '' });
  });

  it('has the memory of its init kept from being traced, which the child shares until it executes the program', async () => {
    // Files of /proc/1 are root's where prctl(2), PR_SET_DUMPABLE, is off, else those of the user and group.
    const wrapper = ['setpriv', '--regid', '5', '--clear-groups'];
    const show = ['--', 'stat', '-c', '%g', '/proc/1/environ'];
    expect((await run(show, { wrapper })).stdout).toBe('5\n');
    expect((await run(['--user', USER, ...show], { wrapper })).stdout).toBe('0\n');
  });

  it('gives the program no look at its init', async () => {
    const look =
      'for what in environ fd/0 maps mem root cwd exe; do (cat /proc/1/$what || ls /proc/1/$what/. || readlink /proc/1/$what) >/dev/null 2>&1 && echo $what; done; kill -0 1 2>/dev/null && echo kill; echo looked';
    const words = ['--user', USER, '--', 'sh', '-c', look];
    expect(await run(words, { environment: { SECRET: 'of root' } })).toEqual({
      status: 0,
      stdout: 'looked\n',
      stderr: '',
    });
  });
});
