/**
 * The real objects under valgrind: every byte that a system call is given has to be there and initialized.
 *
 * What this cannot show: valgrind makes a plain fork of the vfork, so the child has its own memory; the launcher is
 * static and without malloc, so inside its own arena every access is right to valgrind (helpers.test.ts has them in
 * pieces); and Node, which the launcher becomes, runs without valgrind.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder, whyNoCompiler } from '../namespace/c-fixture.ts';
import { describeWith, isAmple, missing, node, root } from '../namespace/harness.ts';
import { compileDrive, driveRequests } from './drive.ts';

const objects = join(root, 'prebuilds', `linux-${process.arch}`);
const library = join(objects, 'libsexton.so');
const launcher = join(objects, 'sexton');

describeWith([whyNoCompiler], 'libsexton.so in a plain C program', () => {
  it('takes signals, writes and spawns', () => {
    const folder = temporaryFolder();
    const words = [library, ...driveRequests(folder)];
    const { status, stderr } = spawnSync(compileDrive(folder), words, { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});

describeWith([whyNoCompiler, missing('valgrind')], 'under valgrind', () => {
  /** Runs a program to its end; `complaints`: what valgrind says of it and of its forks. */
  function valgrind(command: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    const folder = temporaryFolder();
    const leaks = ['--leak-check=full', '--show-leak-kinds=definite,indirect,possible'];
    const words = ['--quiet', `--log-file=${folder}/%p`, ...leaks, ...command];
    const { status, stdout, stderr } = spawnSync('valgrind', words, {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], ...environment },
    });
    const complaints = readdirSync(folder).map(name => readFileSync(join(folder, name), 'utf8'));
    return { status, stdout, stderr, complaints: complaints.join('') };
  }

  it('what is not initialized is found out', () => {
    const folder = temporaryFolder();
    const words = ['-xc', '-', '-O0', '-o', `${folder}/wrong`];
    const input = '#include <unistd.h>\nint main(void) { char c[8]; write(1, c, 8); return 0; }\n';
    expect(spawnSync('gcc', words, { input }).status).toBe(0);
    expect(valgrind([`${folder}/wrong`]).complaints).toContain('uninitialised');
  });

  it('libsexton.so takes signals, writes and spawns', () => {
    const folder = temporaryFolder();
    const outcome = valgrind([compileDrive(folder), library, ...driveRequests(folder)]);
    expect(outcome).toEqual({ status: 0, stdout: '', stderr: '', complaints: '' });
  });

  describe('the launcher', () => {
    it('fails for want of Node', () => {
      const outcome = valgrind([launcher, 'true'], { SEXTON_NODE: '/nonexistent' });
      const stderr = 'sexton: SEXTON_NODE: /nonexistent: is not an executable file\n';
      expect(outcome).toEqual({ status: 125, stdout: '', stderr, complaints: '' });
    });

    it.each([
      ['fast lane', {}],
      ['slow lane', { SEXTON_FAST_LANE: '0' }],
    ])('becomes Node: %s', (lane, environment) => {
      // What Node was told of the program's pid: it may have to become Node first.
      const told = 'until tr "\\0" "\\n" </proc/$PPID/environ | grep ^SEXTON_RECORD=; do sleep 0.1; done';
      const words = [launcher, '--', 'sh', '-c', `${told}; echo $$; exit 7`];
      const outcome = valgrind(words, { SEXTON_NODE: node, ODD: 'a\xffb', LISTEN_PID: '1', ...environment });
      expect(outcome).toMatchObject({ status: 7, complaints: '' });
      const [record, pid] = outcome.stdout.split('\n');
      expect(record!.split(',')[1]).toBe(lane === 'fast lane' && isAmple ? pid : '0');
    });

    it('comes back from a program that is not there', () => {
      const outcome = valgrind([launcher, '--', '/nonexistent/program'], { SEXTON_NODE: node });
      expect(outcome).toMatchObject({ status: 127, stdout: '', complaints: '' });
    });
  });
});
