/**
 * The package on arm64, installed for it by npm and run by Node for arm64, under qemu-user: Debian's qemu-user-static,
 * libc6-arm64-cross and libstdc++6-arm64-cross. docs/platforms.md says what that shows and what it does not.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { temporaryFolder } from '../namespace/c-fixture.ts';
import { type Container, describeWith, missing, root, start, whyNoNamespaces } from '../namespace/harness.ts';
import { startInit, stopInit } from './init.ts';
import { copySources, install, outcome, pack, whyNoPackage } from './packed.ts';
import { adopts } from './programs.ts';

const VERSION = '24.21.0';
const libraries = '/usr/aarch64-linux-gnu';
const node = join(root, '.cache', 'node-arm64', VERSION, 'bin', 'node');
const qemu = spawnSync('sh', ['-c', 'command -v qemu-aarch64-static'], { encoding: 'utf8' }).stdout.trim();
const whyNoQemu =
  missing('qemu-aarch64-static') ??
  ['libc.so.6', 'libstdc++.so.6']
    .filter(name => !existsSync(join(libraries, 'lib', name)))
    .map(name => `there is no ${name} for arm64`)[0] ??
  whyNoNode();

/** Without binfmt_misc(5), which the machine need not have, an emulated program executes none of its own kind. */
const emulated: readonly string[] = [qemu, '-L', libraries, node];

/**
 * Since Linux 6.7 a user namespace has a binfmt_misc of its own. With qemu in it, the kernel executes arm64 there as
 * if it were its own, and the launcher can become Node.
 */
const escaped = (hex: string): string => hex.replace(/../g, '\\x$&');
/** elf(5): 64 bits, little-endian, EM_AARCH64; executables and, by the mask, shared objects. */
const MAGIC = escaped('7f454c460201010000000000000000000200b700');
const MASK = escaped('ffffffffffffff00fffffffffffffffffeffffff');
const REGISTRATION = `:arm64:M::${MAGIC}:${MASK}:${qemu}:F`;
const executesArm64: readonly string[] = [
  ...['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c'],
  `mount -t binfmt_misc none /proc/sys/fs/binfmt_misc &&
  printf %s '${REGISTRATION}' > /proc/sys/fs/binfmt_misc/register && exec "$@"`,
  'sh',
];

describeWith([whyNoPackage, whyNoQemu, whyNoNamespaces], 'the package on arm64', () => {
  const folder = temporaryFolder();
  const user = join(folder, 'user');
  const installed = join(user, 'node_modules', 'sexton');
  const programs = join(folder, 'programs');
  let container: Container | undefined;
  afterEach(() => container?.end());

  beforeAll(async () => {
    copySources(join(folder, 'sources'));
    await install(await pack(join(folder, 'sources')), user, ['--os=linux', '--cpu=arm64']);
    mkdirSync(programs);
  });

  const runNode = (...words: string[]) => outcome(emulated[0]!, [...emulated.slice(1), ...words], user);

  it('brings koffi for arm64', () => {
    expect(readdirSync(join(user, 'node_modules', '@koromix'))).toEqual(['koffi-linux-arm64']);
    expect(runNode('-p', 'process.arch').stdout).toBe('arm64\n');
  });

  it('puts the launcher for arm64 into a directory', () => {
    const { stdout } = runNode(join(installed, 'bin', 'sextonctl.js'), 'install', programs);
    expect(stdout).toBe(`${join(programs, 'sexton')} -> ${join(installed, 'prebuilds', 'linux-arm64', 'sexton')}\n`);
  });

  it('is PID 1 by the Node entry', async () => {
    container = await startInit([...emulated, join(installed, 'bin', 'sexton.js')], ['-vv']);
    const stderr = await stopInit(container);
    expect(stderr).toMatch(/^sexton: reaped orphan \d+: exited with 3$/m);
    expect(stderr).toMatch(/^sexton: forwarded SIGTERM from outside the container/m);
  });

  it('passes every signal on, but 63 and 64, which qemu has for itself', async () => {
    // qemu-user shifts the others by two: what is sent as 36 is 34 there, and is 36 again when it is passed on.
    const signals = Array.from({ length: 64 }, (_, index) => index + 1).filter(
      one => ![9, 17, 19, 21, 22].includes(one) && (one < 32 || one >= 36),
    );
    const ignoring = `for one in ${signals.join(' ')}; do trap '' $one; done; echo ready; while :; do sleep 1; done`;
    container = await start(['-v', '--', 'sh', '-c', ignoring], {
      init: [...emulated, join(installed, 'bin', 'sexton.js')],
    });
    await container.says(/^ready$/m);
    await container.listening();
    for (const [before, signal] of signals.entries()) {
      container.kill(signal);
      await container.says(
        new RegExp(`^(?:sexton: forwarded SIG.* from outside the container.*\\n){${before + 1}}`, 'm'),
        'stderr',
      );
    }
  });

  it('is in a Node program that is PID 1, by --import sexton/register', async () => {
    const words = ['--import', 'sexton/register', adopts(user)];
    container = await start(words, { init: emulated, cwd: user });
    expect(await container.ended).toEqual({ status: 6, stdout: '1 2\n', stderr: '' });
  });

  describeWith([whyNoBinfmt()], 'as PID 1 by the launcher, which becomes Node', () => {
    const environment = { SEXTON_NODE: node, QEMU_LD_PREFIX: libraries };
    const launcher = [...executesArm64, join(installed, 'prebuilds', 'linux-arm64', 'sexton')];

    it.each([
      ['the fast lane', {}],
      ['without it', { SEXTON_FAST_LANE: '0' }],
    ])('%s', async (_, lane) => {
      container = await startInit(launcher, [], { ...environment, ...lane });
      expect(await stopInit(container)).not.toContain('sexton');
    });

    it('with an option', async () => {
      container = await startInit(launcher, ['-vv'], environment);
      expect(await stopInit(container)).toMatch(/^sexton: reaped orphan \d+: exited with 3$/m);
    });
  });
});

/** Why there is no Node for arm64, which npm packs; undefined if there is. */
function whyNoNode(): string | undefined {
  const words = [join(root, 'scripts', 'get-node.sh'), VERSION, join(node, '..', '..'), 'arm64'];
  if (!existsSync(node)) spawnSync('sh', words, { stdio: 'inherit' });
  return existsSync(node) ? undefined : `Node ${VERSION} for arm64 cannot be had`;
}

/** Why the kernel cannot be told to execute programs for arm64 here; undefined if it can. */
function whyNoBinfmt(): string | undefined {
  if (whyNoQemu) return whyNoQemu;
  const env = { ...process.env, QEMU_LD_PREFIX: libraries };
  const { stdout, stderr } = outcome(
    executesArm64[0]!,
    [...executesArm64.slice(1), node, '-p', 'process.arch'],
    root,
    env,
  );
  return stdout === 'arm64\n' ? undefined : `no binfmt_misc in a user namespace here: ${stderr.trim()}`;
}
