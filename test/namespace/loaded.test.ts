/** What no option asks for is not loaded: it costs no memory. By a copy of the bundle that tells of each module. */
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from './c-fixture.ts';
import { describeWith, node, root, run, whyNoNamespaces } from './harness.ts';

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

  const loaded = async (...options: string[]): Promise<string[]> => {
    const init = [node, join(folder, 'bin', 'sexton.js')];
    // Long enough for a thread to start.
    const { stderr } = await run([...options, '--', 'sleep', '0.5'], { init });
    return [...stderr.matchAll(/^loaded (.*)$/gm)].map(([, module]) => module!);
  };

  /** Accounts and what they are made of, the report, and all that takes a thread. */
  const DEAR =
    /^(service\.cjs|src\/(service\/.*|report\/(account|exit-report|ledger\/.*|cgroup|container-memory|termination-log)\.ts))$/;

  it.each([[[]], [['--stop-timeout', '8s', '--single-child']]])('are few without these options: %j', async options => {
    const modules = await loaded(...options);
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
    expect(await loaded(...options)).toEqual(expect.arrayContaining(expected));
  });
});
