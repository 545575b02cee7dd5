/** arm64, built by Debian's cross compiler (gcc-aarch64-linux-gnu, libc6-dev-arm64-cross) and run by qemu-user. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { temporaryFolder } from '../namespace/c-fixture.ts';
import { describeWith, isAmple, missing, root } from '../namespace/harness.ts';
import { compileDrive, driveRequests } from './drive.ts';

const TARGET = 'aarch64-linux-gnu';
const compiler = `${TARGET}-gcc`;
const libc = `/usr/${TARGET}`;
const found = spawnSync('sh', ['-c', 'command -v qemu-aarch64-static || command -v qemu-aarch64'], {
  encoding: 'utf8',
});
const qemu = found.stdout.trim();
const whyNoQemu = qemu === '' ? 'qemu-aarch64 is not installed' : undefined;
const whyNoLibc = existsSync(join(libc, 'lib', 'libc.so.6')) ? undefined : 'there is no libc for arm64';

describeWith([missing(compiler), missing('make'), missing('readelf')], 'arm64', () => {
  const folder = temporaryFolder();
  const objects = join(folder, 'prebuilds', 'linux-arm64');
  const library = join(objects, 'libsexton.so');
  const launcher = join(objects, 'sexton');

  beforeAll(() => {
    const words = ['--silent', '-C', join(root, 'native'), `CC=${compiler}`, `OUT=${objects}`];
    const { status, stderr } = spawnSync('make', words, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`make: ${stderr}`);
    mkdirSync(join(folder, 'dist'));
    writeFileSync(join(folder, 'dist', 'sexton.cjs'), '');
  });

  const readelf = (...words: string[]) =>
    spawnSync('readelf', ['-W', ...words], { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } }).stdout;

  it('the library is freestanding, and exports only what is ours', () => {
    expect(readelf('-h', library)).toMatch(/Machine: +AArch64/);
    expect(readelf('-d', library)).not.toContain('(NEEDED)');
    expect(readelf('-V', library)).not.toContain('Version needs');
    const symbols = readelf('--dyn-syms', library)
      .split('\n')
      .map(line => line.trim().split(/\s+/));
    const named = symbols.filter(
      ([number, , , type, , , , name]) => /^\d+:$/.test(number!) && type !== 'SECTION' && name,
    );
    expect(named.filter(words => words[6] === 'UND')).toEqual([]);
    const names = named.map(words => words[7]);
    expect(names.sort()).toEqual([
      'sexton_end_passing',
      'sexton_exec',
      'sexton_kill',
      'sexton_listen',
      'sexton_next',
      'sexton_pass_on',
      'sexton_pidfd_open',
      'sexton_pidfd_send_signal',
      'sexton_prctl',
      'sexton_reap_untold',
      'sexton_release',
      'sexton_set_foreground',
      'sexton_spawn',
      'sexton_wait4',
      'sexton_waitid',
      'sexton_waitpid',
      'sexton_write',
      'sigaction',
    ]);
  });

  it('the launcher is static', () => {
    expect(readelf('-h', launcher)).toMatch(/Type: +EXEC/);
    expect(readelf('-h', launcher)).toMatch(/Machine: +AArch64/);
    expect(readelf('-l', launcher)).not.toMatch(/INTERP|DYNAMIC/);
  });

  describeWith([whyNoQemu], 'the launcher under qemu-user', () => {
    const run = (words: readonly string[], env: Readonly<Record<string, string>>) => {
      const { status, stdout, stderr } = spawnSync(qemu, [launcher, ...words], { encoding: 'utf8', env });
      return { status, stdout, stderr };
    };

    it('says that Node is missing', () => {
      const missing = 'sexton: node: not found: set SEXTON_NODE, put it beside the package or into PATH\n';
      expect(run(['true'], { PATH: '/nonexistent' })).toEqual({ status: 125, stdout: '', stderr: missing });
    });

    // Instead of Node, which would have to be one for arm64: what there is to see of it, told by a shell.
    const told = 'echo "$0 $@"; IFS=,; set -- $SEXTON_RECORD; echo "$$ $2"; exec od -An -td4 -N8 "/proc/$$/fd/$1"\n';
    const bundle = join(folder, 'dist', 'sexton.cjs');
    const MAGIC = 0x31525853;

    /** Becomes such a Node; `pids`: its own, and that of the program, as it was told. */
    const become = (fake: string, words: readonly string[], environment: Readonly<Record<string, string>> = {}) => {
      const { status, stdout } = run(words, { PATH: process.env['PATH']!, SEXTON_NODE: fake, ...environment });
      expect(status).toBe(0);
      const [command, told, record] = stdout.trim().split('\n');
      const pids = told!.split(' ');
      expect(record!.trim().split(/\s+/)).toEqual([String(MAGIC), pids[0]]);
      return { command, pids };
    };

    it('leaves the program to what is no ELF, and does not preload there', () => {
      const fake = join(folder, 'node');
      writeFileSync(fake, `#!/bin/sh\nset -- "$@" "<$LD_PRELOAD>"\n${told}`, { mode: 0o755 });
      const program = ['--', 'touch', join(folder, 'not-started')];
      const { command, pids } = become(fake, program);
      expect(command).toBe([fake, bundle, ...program, '<>'].join(' '));
      expect(pids[1]).toBe('0');
      expect(existsSync(join(folder, 'not-started'))).toBe(false);
    });

    it.each([
      ['fast lane', {}],
      ['slow lane', { SEXTON_FAST_LANE: '0' }],
    ])('becomes Node: %s', (lane, environment) => {
      const koffi = join(folder, 'node_modules', 'koffi');
      mkdirSync(koffi, { recursive: true });
      writeFileSync(join(koffi, 'package.json'), '');
      const started = join(folder, 'started');
      const isFast = lane === 'fast lane' && isAmple;
      const waiting = `until [ -s ${started} ]; do sleep 0.1; done\n`;
      writeFileSync(bundle, `unset LD_PRELOAD\n${isFast ? waiting : ''}${told}`);
      const program = ['--', 'sh', '-c', `echo $$ > ${started}.new; mv ${started}.new ${started}`];
      const { command, pids } = become('/bin/sh', program, environment);
      expect(command).toBe([bundle, ...program].join(' '));
      expect(pids[1]).toBe(isFast ? readFileSync(started, 'utf8').trim() : '0');
      rmSync(started, { force: true });
    });
  });

  describeWith([whyNoQemu, whyNoLibc], 'the library under qemu-user', () => {
    it('takes signals, writes and spawns', () => {
      const words = ['-L', libc, compileDrive(folder, compiler), library, ...driveRequests(folder)];
      const { status, stderr } = spawnSync(qemu, words, { encoding: 'utf8' });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    });
  });
});
