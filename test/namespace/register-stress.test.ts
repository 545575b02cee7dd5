import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { afterEach, describe, expect, it } from 'vitest';
import { compile, temporaryFolder, whyNoCompiler } from './c-fixture.ts';
import { type Container, describeWith, fixtures, root, whyNoNamespaces } from './harness.ts';
import { startNode, whyNotBuilt } from './register-harness.ts';
import { watchZombies, zombiesOf } from './watch-zombies.ts';

/** Processes in all: children of the program, and orphans of them. `npm run test:deep` makes more. */
const COUNT = Number(process.env['SEXTON_STRESS_COUNT'] ?? 20_000);
/** Milliseconds that it may take for each. */
const LONGEST = 20;

describeWith([whyNoNamespaces, whyNoCompiler, whyNotBuilt], 'children of the program and orphans, mixed', () => {
  const folder = temporaryFolder();
  const scatter = compile('scatter', folder);
  let container: Container | undefined;
  afterEach(() => container?.end());

  interface Result {
    children: number;
    orphans: number;
    lost: number;
    wrong: number;
    zombies: number;
    reaped: number;
    longestTurn: number;
  }

  /** What became of so many, and the longest time that one was seen as a zombie. */
  async function stress(register: string, count: number) {
    container = await startNode([
      '--import',
      register,
      join(fixtures, 'register', 'stress.mjs'),
      scatter,
      String(count),
    ]);
    const { pid } = container;
    const watch = watchZombies(() => zombiesOf(pid));
    const { stdout, stderr } = await container.ended;
    const oldest = watch.end();
    expect(stderr).toBe('');
    return { ...(JSON.parse(stdout) as Result), oldest };
  }

  it(
    `no exit event is lost, and no zombie stays, of ${COUNT.toLocaleString('en')}`,
    async () => {
      const { lost, wrong, zombies, children, orphans, reaped, longestTurn, oldest } = await stress(
        'sexton/register',
        COUNT,
      );
      expect({ lost, wrong, zombies }).toEqual({ lost: 0, wrong: 0, zombies: 0 });
      expect(children + orphans).toBeGreaterThanOrEqual(COUNT);
      // Those of the workers' children too: orphans always come to the main thread.
      expect(reaped).toBe(orphans);
      // 2 s, on a machine that leaves the program a turn of its event loop in a quarter of one: it takes four of them.
      expect(oldest).toBeLessThan(2000 + 4 * Math.max(0, longestTurn - 250));
    },
    30_000 + COUNT * LONGEST,
  );

  describe('each of the two safeguards is enough', () => {
    it('libuv is always first, if we do not know its children', async () => {
      const { lost, wrong, zombies, orphans, reaped } = await stress(await mutant('unaware', [UNAWARE]), 2000);
      expect({ lost, wrong, zombies, reaped }).toEqual({ lost: 0, wrong: 0, zombies: 0, reaped: orphans });
    }, 60_000);

    it('its children are spared, if we reap at once', async () => {
      const { lost, wrong, zombies, orphans, reaped } = await stress(await mutant('hasty', [HASTY]), 2000);
      expect({ lost, wrong, zombies, reaped }).toEqual({ lost: 0, wrong: 0, zombies: 0, reaped: orphans });
    }, 60_000);

    it('without both, exits are lost, and this test sees it', async () => {
      const { lost, orphans, reaped } = await stress(await mutant('neither', [UNAWARE, HASTY]), 2000);
      expect(lost).toBeGreaterThan(0);
      expect(reaped).toBeGreaterThan(orphans);
    }, 60_000);
  });

  /** sexton/register with other texts in the place of some of its files. */
  async function mutant(name: string, changes: Record<string, string>[]): Promise<string> {
    const texts = Object.assign({}, ...changes) as Record<string, string>;
    const replace: Plugin = {
      name: 'replace',
      setup({ onLoad }) {
        onLoad({ filter: /src\/register\/[^/]+\.ts$/ }, ({ path }) => {
          const text = texts[path.slice(path.lastIndexOf('/') + 1)];
          return text === undefined ? undefined : { contents: text, loader: 'ts' };
        });
      },
    };
    const { outputFiles } = await build({
      absWorkingDir: root,
      entryPoints: ['src/register/register.ts'],
      bundle: true,
      platform: 'node',
      format: 'cjs',
      write: false,
      // koffi is found from there.
      define: { VERSION: '"test"', 'import.meta.url': JSON.stringify(join(root, 'dist', 'register.cjs')) },
      plugins: [replace],
    });
    const file = join(folder, `${name}.cjs`);
    writeFileSync(file, outputFiles[0]!.text);
    return file;
  }
});

/** Knows none of libuv's children. */
const UNAWARE = { 'own-children.ts': 'export const trackOwnChildren = () => ({ pids: () => new Set(), stop() {} });' };

/** Reaps in the SIGCHLD listener itself, without grace and before libuv had its turn. */
const HASTY = {
  'looks.ts': `export const createLooks = (look, milliseconds) => ({
    soon() {
      if (milliseconds > 100) return;
      for (let i = 0; i < 3; i++) look(); },
    stop() {},
  });`,
};
