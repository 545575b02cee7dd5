/** The package as a user has it: installed with scripts off, beside nothing else. */
import { existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../namespace/c-fixture.ts';
import { type Container, describeWith, root, start, whyNoNamespaces } from '../namespace/harness.ts';
import { startInit, stopInit } from './init.ts';
import { copySources, install, manifest, outcome, pack, whyNoPackage } from './packed.ts';
import { adopts } from './programs.ts';

describeWith([whyNoPackage], 'the installed package', () => {
  const folder = temporaryFolder();
  const user = join(folder, 'user');
  const modules = join(user, 'node_modules');
  const programs = join(folder, 'programs');

  beforeAll(async () => {
    copySources(join(folder, 'sources'));
    await install(await pack(join(folder, 'sources')), user);
    mkdirSync(programs);
  });

  const npx = (...words: string[]) => outcome('npx', ['--no-install', ...words], user);

  it('brings koffi, its native part for this machine, and nothing else', () => {
    const found = readdirSync(modules).filter(name => !name.startsWith('.'));
    expect(found).toEqual(['@koromix', 'koffi', 'sexton']);
    expect(readdirSync(join(modules, '@koromix'))).toEqual([`koffi-linux-${process.arch}`]);
  });

  it('runs by npx, and leaves with the status of the program', () => {
    expect(npx('sexton', '--', 'sh', '-c', 'exit 7')).toMatchObject({ status: 7, stderr: '' });
    expect(npx('sexton', '--version')).toEqual({ status: 0, stdout: `sexton ${manifest.version}\n`, stderr: '' });
  });

  it('explains by npx', () => {
    const { status, stdout } = npx('sextonctl', 'explain', '137');
    expect(stdout).toMatch(/^137.*SIGKILL/);
    expect(status).toBe(0);
  });

  it('puts the launcher into a directory', () => {
    const launcher = join(modules, 'sexton', 'prebuilds', `linux-${process.arch}`, 'sexton');
    const place = join(programs, 'sexton');
    expect(npx('sextonctl', 'install', programs)).toEqual({
      status: 0,
      stdout: `${place} -> ${launcher}\n`,
      stderr: '',
    });
    expect(outcome(place, ['--', 'sh', '-c', 'exit 7'], user)).toEqual({ status: 7, stdout: '', stderr: '' });
  });

  it('is imported and required by its name', () => {
    const imported = `import { adoptOrphans, status } from 'sexton'; console.log(typeof adoptOrphans, status().active)`;
    expect(outcome('node', ['--input-type=module', '--eval', imported], user).stdout).toBe('function false\n');
    const required = `console.log(Object.keys(require('sexton')).sort().join(), Object.keys(require('sexton/register')).length)`;
    expect(outcome('node', ['--eval', required], user).stdout).toBe('adoptOrphans,status 0\n');
  });

  describe.each(nodes())('on %s', (_, node, hasNodeFfi) => {
    const bin = join(modules, 'sexton', 'bin', 'sexton.js');
    const exit7 = (environment: NodeJS.ProcessEnv) =>
      outcome(node, [bin, '--', 'sh', '-c', 'exit 7'], user, { PATH: process.env['PATH'], ...environment });

    it('runs with koffi', () => {
      expect(exit7({ SEXTON_FFI: 'koffi' })).toEqual({ status: 7, stdout: '', stderr: '' });
    });

    it(hasNodeFfi ? 'runs without koffi, by node:ffi' : 'says that it needs koffi', () => {
      const hidden = join(user, 'hidden');
      renameSync(modules, hidden);
      mkdirSync(modules);
      renameSync(join(hidden, 'sexton'), join(modules, 'sexton'));
      try {
        const { status, stderr } = exit7({});
        if (hasNodeFfi) expect({ status, stderr }).toEqual({ status: 7, stderr: '' });
        else {
          expect(stderr).toMatch(/^sexton: the native part for linux-\w+ does not load: .*koffi/);
          expect(status).toBe(125);
        }
      } finally {
        renameSync(join(modules, 'sexton'), join(hidden, 'sexton'));
        renameSync(hidden, modules);
      }
    });
  });

  describeWith([whyNoNamespaces], 'as PID 1', () => {
    let container: Container | undefined;
    afterEach(() => container?.end());

    it.each([
      ['the launcher, its fast lane', [], {}],
      ['the launcher without it', [], { SEXTON_FAST_LANE: '0' }],
      ['the launcher with an option', ['-v'], {}],
    ])('%s', async (_, options, environment) => {
      npx('sextonctl', 'install', programs);
      container = await startInit([join(programs, 'sexton')], options, environment);
      await stopInit(container);
    });

    it('node --import sexton/register', async () => {
      container = await start(['--import', 'sexton/register', adopts(user)], { init: [process.execPath], cwd: user });
      expect(await container.ended).toEqual({ status: 6, stdout: '1 2\n', stderr: '' });
    });
  });
});

/** This Node and those that scripts/test.js has fetched: name, path, whether it has node:ffi. */
function nodes(): readonly (readonly [name: string, node: string, hasNodeFfi: boolean])[] {
  const cache = join(root, '.cache', 'node');
  const fetched = existsSync(cache) ? readdirSync(cache).map(version => join(cache, version, 'bin', 'node')) : [];
  const told = 'process.stdout.write([process.version, !!process.getBuiltinModule("node:ffi")].join(" "))';
  return [process.execPath, ...fetched.filter(existsSync)].map(node => {
    const [version, hasNodeFfi] = outcome(node, ['--no-warnings', '--eval', told], root).stdout.split(' ');
    return [`Node ${version}`, node, hasNodeFfi === 'true'];
  });
}
