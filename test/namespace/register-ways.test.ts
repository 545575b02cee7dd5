import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Format } from 'esbuild';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { compile, temporaryFolder, whyNoCompiler } from './c-fixture.ts';
import { type Container, describeWith, node, root, whyNoNamespaces } from './harness.ts';
import { startNode, whyNotBuilt } from './register-harness.ts';

const stripsTypes =
  spawnSync(node, ['-p', 'process.features.typescript'], { encoding: 'utf8' }).stdout.trim() === 'strip';

describeWith([whyNoNamespaces, whyNoCompiler, whyNotBuilt], 'ways to load sexton/register', () => {
  const folder = temporaryFolder();
  const scatter = compile('scatter', folder);
  let container: Container | undefined;
  afterEach(() => container?.end());

  /** The end of a program that imports `status`: it leaves five orphans behind, and tells when they are reaped. */
  const LEAK = `
    require('child_process').spawn('${scatter}', ['0', '5'], { stdio: 'ignore' });
    const timer = setInterval(() => {
      if (status().orphans.reaped !== 5) return;
      require('fs').writeSync(1, 'reaped\\n');
      clearInterval(timer);
    }, 10);`;
  const REQUIRE = 'const require = process.getBuiltinModule("module").createRequire("/");';
  const CJS = `const { status } = require('sexton');${LEAK}`;
  const ESM = `import { status } from 'sexton';${REQUIRE}${LEAK}`;

  beforeAll(() => {
    // As npm links a package that is being developed; koffi as npm installs it.
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(root, join(folder, 'node_modules', 'sexton'));
    symlinkSync(join(root, 'node_modules', 'koffi'), join(folder, 'node_modules', 'koffi'));
    writeFileSync(join(folder, 'program.cjs'), CJS);
    writeFileSync(join(folder, 'program.mjs'), ESM);
    writeFileSync(join(folder, 'program.mts'), `${ESM}\nexport const typed: number = 1;`);
    writeFileSync(join(folder, 'itself.cjs'), `require('sexton/register');${CJS}`);
    writeFileSync(join(folder, 'itself.mjs'), `import 'sexton/register';${ESM}`);
    writeFileSync(join(folder, 'api.mjs'), `import { adoptOrphans } from 'sexton'; adoptOrphans();${ESM}`);
  });

  const reaped = { status: 0, stdout: 'reaped\n', stderr: '' };

  for (const words of [
    ['--import', 'sexton/register', 'program.mjs'],
    ['--import', 'sexton/register', 'program.cjs'],
    ['--require', 'sexton/register', 'program.cjs'],
    ['--require', 'sexton/register', 'program.mjs'],
    ['--require', 'sexton/register', '--import', 'sexton/register', 'program.mjs'],
    ['itself.cjs'],
    ['itself.mjs'],
    ['api.mjs'],
  ])
    it(`node ${words.join(' ')}`, async () => {
      container = await startNode(words, { cwd: folder });
      expect(await container.ended).toEqual(reaped);
    });

  it('NODE_OPTIONS', async () => {
    const environment = { PATH: process.env['PATH']!, NODE_OPTIONS: '--import=sexton/register' };
    container = await startNode(['program.cjs'], { cwd: folder, environment });
    expect(await container.ended).toEqual(reaped);
  });

  it('Vitest, whose tests leave orphans, and which ends when they have passed', async () => {
    const vitest = join(folder, 'vitest');
    mkdirSync(vitest);
    writeFileSync(
      join(vitest, 'orphan.test.mjs'),
      `import { spawnSync } from 'node:child_process';
      import { existsSync } from 'node:fs';
      it('is adopted and reaped', async () => {
        const { stdout } = spawnSync('sh', ['-c', 'sh -c "exit 3" >/dev/null & echo $!'], { encoding: 'utf8' });
        while (existsSync('/proc/' + Number(stdout))) await new Promise(resolve => setTimeout(resolve, 10));
        expect(spawnSync('true').status).toBe(0);
      });`,
    );
    const words = [join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', '--globals'];
    const environment = { PATH: process.env['PATH']!, NO_COLOR: '1' };
    container = await startNode(['--import', 'sexton/register', ...words], { cwd: vitest, environment });
    const { status, stdout, stderr } = await container.ended;
    expect({ status, stderr }, stdout).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^ +Tests +1 passed/m);
    // It waits for ten seconds for what keeps it from ending, and says so then.
    expect(stdout).not.toMatch(/timed out|prevent|hanging/i);
  });

  it.runIf(stripsTypes)('TypeScript, where Node strips types', async () => {
    container = await startNode(['--import', 'sexton/register', 'program.mts'], { cwd: folder });
    expect((await container.ended).stdout).toBe('reaped\n');
  });
  if (!stripsTypes)
    process.stderr.write('skipped: sexton/register and TypeScript: this Node strips no types by itself\n');

  it('node --watch, which is PID 1 itself', async () => {
    container = await startNode(['--watch', '--import', 'sexton/register', 'program.mjs'], { cwd: folder });
    await container.says(/^reaped$/m);
    container.kill('SIGTERM');
    await container.ended;
  });

  describe('bundled by esbuild', () => {
    for (const [source, format] of [
      ['itself.mjs', 'esm'],
      ['itself.mjs', 'cjs'],
      ['itself.cjs', 'cjs'],
    ] as [string, Format][])
      it(`${source} as ${format}`, async () => {
        const outfile = join(folder, `bundle-${source}.${format === 'esm' ? 'mjs' : 'cjs'}`);
        const { warnings } = await build({
          absWorkingDir: folder,
          entryPoints: [source],
          outfile,
          bundle: true,
          platform: 'node',
          format,
          logLevel: 'silent',
        });
        // import.meta is nothing in CommonJS, and is not needed there.
        expect(warnings.filter(({ id }) => id !== 'empty-import-meta')).toEqual([]);
        container = await startNode([outfile], { cwd: '/' });
        expect(await container.ended).toEqual(reaped);
      });

    it('by webpack, which writes the place of the file on the machine that makes the bundle', async () => {
      const outfile = join(folder, 'baked.cjs');
      await build({
        absWorkingDir: folder,
        entryPoints: ['itself.mjs'],
        outfile,
        bundle: true,
        platform: 'node',
        format: 'cjs',
        define: { 'import.meta.url': '"file:///nowhere/build/sexton/dist/index.mjs"' },
      });
      container = await startNode([outfile], { cwd: '/' });
      expect(await container.ended).toEqual(reaped);
    });

    it('beside the preloaded one: there is one reaper', async () => {
      container = await startNode(['--import', 'sexton/register', 'bundle-itself.mjs.cjs'], { cwd: folder });
      expect(await container.ended).toEqual(reaped);
    });
  });

  describe('where there is nothing to adopt', () => {
    const TELL = `
      const { status } = require('sexton');
      const { active, reason } = status();
      const listeners = ['SIGCHLD', 'SIGTERM', 'worker'].map(name => process.listenerCount(name));
      const isNative = require('fs').readFileSync('/proc/self/maps', 'latin1').includes('koffi');
      require('fs').writeSync(1, JSON.stringify({ active, reason, listeners, isNative }));`;
    const nothing = { active: false, listeners: [0, 0, 0], isNative: false };
    const tell = async (options: Parameters<typeof startNode>[1], words: string[] = []) => {
      writeFileSync(join(folder, 'tell.cjs'), TELL);
      container = await startNode([...words, '--require', 'sexton/register', 'tell.cjs'], { cwd: folder, ...options });
      const { status, stdout, stderr } = await container.ended;
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      return JSON.parse(stdout);
    };

    it('not PID 1', async () => {
      const reason = 'not PID 1, and not asked to be a subreaper';
      expect(await tell({ nested: true })).toEqual({ ...nothing, reason });
    });

    it('another system', async () => {
      writeFileSync(join(folder, 'mac.cjs'), "Object.defineProperty(process, 'platform', { value: 'darwin' });");
      const reason = 'orphans are adopted on Linux only, this is darwin';
      expect(await tell({}, ['--require', './mac.cjs'])).toEqual({ ...nothing, reason });
    });

    it('a worker thread', async () => {
      writeFileSync(
        join(folder, 'worker.cjs'),
        `new (require('worker_threads').Worker)(${JSON.stringify(TELL)}, { eval: true });`,
      );
      container = await startNode(['--require', 'sexton/register', 'worker.cjs'], { cwd: folder });
      expect(JSON.parse((await container.ended).stdout)).toEqual({
        ...nothing,
        reason: 'a worker thread: orphans go to the main thread',
      });
    });
  });

  it('adopts as a subreaper, when it is asked to', async () => {
    const environment = { PATH: process.env['PATH']!, SEXTON_REGISTER_SUBREAPER: '1' };
    container = await startNode(['--import', 'sexton/register', 'program.mjs'], {
      cwd: folder,
      nested: true,
      environment,
    });
    expect(await container.ended).toEqual(reaped);
  });

  it('warns once, and harms nobody, where native code does not load', async () => {
    const apart = temporaryFolder();
    copyFileSync(join(root, 'dist', 'register.mjs'), join(apart, 'register.mjs'));
    writeFileSync(
      join(apart, 'program.mjs'),
      `import { spawn } from 'node:child_process';
      const adoption = process[Symbol.for('sexton.adoption.1')];
      let warnings = 0;
      process.on('warning', () => warnings++);
      const reaped = () => adoption.status().orphans.reaped;
      const leave = () => new Promise(resolve => spawn('${scatter}', ['6', '5'], { stdio: 'ignore' }).on('exit', resolve));
      if ((await leave()) !== 6) process.exit(1);
      while (warnings + reaped() === 0) await new Promise(resolve => setTimeout(resolve, 10));
      if ((await leave()) !== 6) process.exit(1);
      process.exitCode = reaped() > 0 ? 15 : 0;`,
    );
    container = await startNode(['--import', './register.mjs', 'program.mjs'], { cwd: apart });
    const { status, stderr } = await container.ended;
    // Where Node has an FFI of its own, nothing else is needed.
    if (status === 15) return;
    expect(status).toBe(0);
    expect(stderr.match(/SEXTON_CANNOT_REAP/g)).toHaveLength(1);
    expect(stderr).toMatch(/orphans cannot be reaped, and stay zombies: Cannot find module 'koffi'/);
  });
});
