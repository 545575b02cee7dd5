/** What no option asks for is not loaded: it costs no memory. By a copy of the bundle that tells of each module. */
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { temporaryFolder } from './c-fixture.ts';
import { type Container, describeWith, node, type Outcome, root, run, start, whyNoNamespaces } from './harness.ts';

describeWith([whyNoNamespaces], 'modules', () => {
  const folder = temporaryFolder();
  for (const part of ['bin', 'dist', 'prebuilds', 'package.json'])
    cpSync(join(root, part), join(folder, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const bundle = join(folder, 'dist', 'sexton.cjs');
  const telling = (text: string, module: string) => `${text} require("node:fs").writeSync(2, "loaded ${module}\\n");`;
  writeFileSync(bundle, readFileSync(bundle, 'utf8').replaceAll(/^ {2}"(src\/[^"]+)"\(\) \{/gm, telling));
  const service = join(folder, 'dist', 'service.cjs');
  writeFileSync(service, `require("node:fs").writeSync(2, "loaded service.cjs\\n");\n${readFileSync(service, 'utf8')}`);

  const init = [node, join(folder, 'bin', 'sexton.js')];
  const loaded = ({ stderr }: Outcome) => [...stderr.matchAll(/^loaded (.*)$/gm)].map(([, module]) => module!);
  let container: Container | undefined;
  afterEach(() => container?.end());

  /** Accounts and what they are made of, the report, and all that takes a thread. */
  const DEAR =
    /^(service\.cjs|src\/(service\/.*|report\/(account|exit-report|ledger\/.*|cgroup|container-memory|termination-log)\.ts))$/;

  it.each([[[]], [['--stop-timeout', '8s', '--single-child']]])('are few without these options: %j', async options => {
    // Long enough for a thread to start.
    const modules = loaded(await run([...options, '--', 'sleep', '1'], { init }));
    expect(modules).toContain('src/kernel/linux.ts');
    expect(modules.filter(module => DEAR.test(module))).toEqual([]);
  });

  it.each([
    [['--report'], ['src/report/account.ts', 'src/report/exit-report.ts']],
    [
      ['--watch', '1h'],
      ['src/service/start.ts', 'service.cjs'],
    ],
    [
      ['--control', join(folder, 'control')],
      ['src/report/account.ts', 'src/service/start.ts', 'service.cjs'],
    ],
  ])('come with %j', async (options, expected) => {
    container = await start([...options, '--', 'sleep', '1000'], { init });
    if (expected.includes('service.cjs')) await container.says(/^loaded service\.cjs$/m, 'stderr');
    await container.listening();
    container.kill('SIGTERM');
    expect(loaded(await container.ended)).toEqual(expect.arrayContaining(expected));
  });
});
