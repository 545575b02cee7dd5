/** Commands of the pages that docs.test.ts does not run. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CodeBlock } from './code-blocks.ts';
import { root } from './harness.ts';

interface Elsewhere {
  /** On all pages, unless it is given. */
  readonly page?: string;
  /** The command, or the first line of a block without commands (yaml). */
  readonly command: RegExp;
  /** The file that runs it; it has to have this text in it, by default what `command` matches. */
  readonly by?: string;
  readonly mentions?: string;
  /** Why it is not run here. */
  readonly why: string;
}

const ELSEWHERE: readonly Elsewhere[] = [
  {
    command: /^npm start$/,
    by: 'test/namespace/start.test.ts',
    mentions: 'start.js',
    why: 'it installs and builds in the project',
  },
  { command: /^npm test$/, by: '.ci/run', why: 'it is what runs this' },
  { command: /^(SEXTON_\w+=\S+ )+(npm test|npx vitest .*)$/, why: 'it is what runs this, with other inputs' },
  { command: /^SEXTON_TEST_NODES=".*" npm test$/, why: 'it is what runs this, on other Nodes' },
  { command: /^npm run pack$/, by: 'test/package/packed.ts', mentions: 'npm run --silent pack', why: 'it builds' },
  { command: /^apt-get install gcc .*$/, by: '.ci/run', mentions: 'gcc-aarch64', why: 'it installs' },
  {
    page: 'docs/platforms.md',
    command: /^(cd \S+ && )?sha256sum .*$/,
    by: 'test/package/tarball.test.ts',
    mentions: 'sha256sum',
    why: 'that has the package',
  },
  { command: /^npm ci .*$/, why: 'it needs the registry' },
  {
    command: /^npm install .*$/,
    by: 'test/package/installed.test.ts',
    mentions: 'await install(',
    why: 'that has the package',
  },
  { command: /^npm run build$/, by: 'scripts/test.js', mentions: 'scripts/build.js', why: 'it builds' },
  { command: /^npm run build:release$/, by: 'scripts/pack.js', mentions: "'--release'", why: 'it builds' },
  {
    command: /^npm run (lint|fix)$/,
    by: 'scripts/test.js',
    mentions: "['biome', 'check', '.']",
    why: 'it is of the project; fix writes besides',
  },
  {
    command: /^npm run docs$/,
    by: 'test/unit/pages.test.ts',
    mentions: 'npm run docs',
    why: 'it writes; that compares',
  },
  {
    command: /^npm run recording$/,
    by: 'test/measured/recording.test.ts',
    mentions: 'scripts/recording.js',
    why: 'it writes; that compares',
  },
  {
    command: /^npm run transparency$/,
    by: 'test/measured/transparency.test.ts',
    mentions: 'scripts/transparency.js',
    why: 'it writes; that compares',
  },
  { command: /^npm run test:deep\b.*$/, why: 'it takes hours' },
  { command: /^npm run fuzz\b.*$/, by: 'scripts/test-deep.js', mentions: 'scripts/fuzz.js', why: 'it takes minutes' },
  {
    command: /^node scripts\/simulate\.js\b.*$/,
    by: 'test/simulation/schedules/schedules.test.ts',
    mentions: './simulate.ts',
    why: 'it is of the project; that runs the same schedules',
  },
  {
    command: /^node scripts\/release-notes\.js\b.*$/,
    by: 'test/unit/release/release-notes.test.ts',
    mentions: 'release-notes.js',
    why: 'it is of the project',
  },
  {
    command: /^node bench\/everything\.js$/,
    by: 'test/measured/everything.test.ts',
    mentions: 'everything.js',
    why: 'it measures',
  },
  {
    command: /^node bench\/register\.js$/,
    by: 'test/measured/register.test.ts',
    mentions: 'register.js',
    why: 'it measures',
  },
  { command: /^npm run bench -- --quick\b/, by: 'test/measured/bench.test.ts', why: 'it measures' },
  { command: /^npm run bench\b.*$/, why: 'it measures for minutes; --quick is tried by test/measured' },
  {
    command: /^node scripts\/soak\.js\b.*$/,
    by: 'test/measured/soak.test.ts',
    mentions: 'scripts/soak.js',
    why: 'it measures',
  },
  {
    page: 'docs/sextonctl.md',
    command: /^curl .* \| promtool check metrics$/,
    by: 'test/namespace/service.test.ts',
    mentions: 'promtool check metrics',
    why: 'that has the socket',
  },
  {
    page: 'docs/sextonctl.md',
    command: /^sextonctl (zombies|zombies --all|status|explain 137)$/,
    by: 'test/unit/ctl/docs.test.ts',
    why: 'compared with recorded findings',
  },
  {
    page: 'docs/containers.md',
    command: /^.*$/s,
    by: 'test/container/docs.test.ts',
    mentions: 'containers.md',
    why: 'in containers of podman',
  },
  {
    command: /^npm run build:sea\b.*$/,
    by: 'scripts/test.js',
    mentions: 'build-sea.js',
    why: 'it builds',
  },
  {
    page: 'docs/single-file.md',
    command: /^(dockerd|podman run) --init.*$/,
    by: 'test/container/foreign.test.ts',
    mentions: '--init-path',
    why: 'it is for a host with containers',
  },
  {
    page: 'docs/single-file.md',
    command: /^sextonctl install DIR .*$/,
    by: 'test/namespace/single-file.test.ts',
    mentions: "'install'",
    why: 'that has the single file',
  },
  { page: 'docs/single-file.md', command: /^sexton -- docker-entrypoint\.sh mariadbd$/, why: 'a script of that image' },
  {
    page: 'Dockerfile.example',
    command: /^.*$/s,
    by: 'test/container/targets.ts',
    mentions: 'Dockerfile.example',
    why: 'podman builds each of its targets',
  },
];

const used = new Set<Elsewhere>();

/** Whether a command is not to be run here. Throws where the file that should run it does not. */
export function isElsewhere({ page }: CodeBlock, command: string): boolean {
  const found = ELSEWHERE.find(one => (one.page ?? page) === page && one.command.test(command));
  if (found === undefined) return false;
  used.add(found);
  if (found.by === undefined) return true;
  const mentioned = found.mentions ?? found.command.exec(command)![0];
  if (!readFileSync(join(root, found.by), 'utf8').includes(mentioned))
    throw new Error(
      `${page}: "${command}" is run by ${found.by}, says elsewhere.ts, but that does not have "${mentioned}"`,
    );
  return true;
}

/** What no page has any more. */
export function unused(): string[] {
  return ELSEWHERE.filter(one => !used.has(one)).map(({ command }) => String(command));
}
