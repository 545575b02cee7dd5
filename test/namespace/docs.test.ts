/**
 * Every command of the pages is run: what a reader types works, and prints what the page shows.
 *
 *     console      played, with sexton or the program as PID 1: transcript.ts says how
 *     sh, bash     each line by itself, in a folder with the package in node_modules and server.js: it ends with 0, or says
 *                  "listening" and ends on SIGTERM
 *     dockerfile   RUN as sh; ENTRYPOINT and CMD as PID 1
 *     js           as a module there
 *     json         has to be JSON
 *     text         is not run: a usage, a file
 *
 * So are `npm run …`, `node scripts/…` and their like in a sentence or a table, as sh.
 *
 * What cannot be run so is in the table of elsewhere.ts, with the test that runs it or the reason why none does.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { testCgroup, whyNoCgroup } from './cgroup.ts';
import { codeBlocks, commandsOf, dockerfile, imageOf, inlineCommands, pages } from './code-blocks.ts';
import { isElsewhere, unused } from './elsewhere.ts';
import { childrenOf, describeWith, missing, type Outcome, whyNoNamespaces } from './harness.ts';
import { type Sandbox, sandbox } from './sandbox.ts';
import { exec, type Happenings, play, worldOf } from './transcript.ts';

const HAPPENINGS: Happenings = {
  'docker stop': container => container.kill('SIGTERM'),
  'docker stop, and the image has STOPSIGNAL SIGQUIT': container => container.kill('SIGQUIT'),
  'Ctrl-C': container => container.kill('SIGINT'),
  'kill -9 of the program': container => process.kill(childrenOf(container.pid)[0]!, 'SIGKILL'),
  'docker exec: pkill sleep': container => process.kill(childrenOf(container.pid)[0]!, 'SIGTERM'),
  'the health check runs ./healthcheck.sh': container => exec(container, '$ ./healthcheck.sh'),
  'more requests than ever': container => process.kill(childrenOf(container.pid)[0]!, 'SIGUSR1'),
};

const MEBIBYTE = 2 ** 20;
/** `docker run --memory 256m`, `--pids-limit 100`. */
const LIMIT = /^docker run --(memory|pids-limit) (\d+)m?$/;

/** What a reader's own program has around it in the blocks of js. */
const AROUND = 'globalThis.log = console; globalThis.app = { get() {} };';

/** What a page may begin a command with to have it run: nothing of somebody else's machine is started by accident. */
const RUN_HERE = /^(\w+=\S+ )*(sexton|sextonctl|node|npm|npx|source) /;

/** npx takes seconds where others are at work too. */
const PATIENT = { timeout: 120_000 };

/** Then no shell stays between npm and the server, unlike on the page. */
const whyNoShellBetween = (() => {
  const { pid, stdout } = spawnSync('sh', ['-c', 'readlink /proc/self'], { encoding: 'utf8' });
  return stdout === `${pid}\n` ? 'sh executes the command of -c in its own place here' : undefined;
})();

const WITH_COMMANDS = ['console', 'sh', 'bash', 'dockerfile'];

const blocks = [...pages().flatMap(codeBlocks), ...pages().flatMap(inlineCommands), dockerfile('Dockerfile.example')];
const todo = blocks.map(block => ({
  block,
  name: `${block.page}:${block.line} ${block.section}`,
  commands: commandsOf(block).filter(command => !isElsewhere(block, command)),
}));
const inLanguage = (...languages: string[]) => todo.filter(({ block }) => languages.includes(block.language));

function isRunHere(command: string): boolean {
  return RUN_HERE.test(command);
}

const lines = inLanguage('sh', 'bash', 'dockerfile').flatMap(({ name, commands }) =>
  commands.filter(isRunHere).map(command => ({ name, command })),
);
const images = inLanguage('dockerfile')
  .map(({ name, block }) => ({ name, block, ...imageOf(block.text, ['node', 'server.js']) }))
  .map(({ vector, ...image }) => ({ ...image, vector, command: vector.join(' ') }))
  .filter(({ block, command }) => command !== '' && !isElsewhere(block, command));
const modules = inLanguage('js').filter(({ commands }) => commands.length > 0);

const HOW =
  'Make it one that is run (the head of test/namespace/docs.test.ts says how), or give it an entry in the ' +
  'table of test/namespace/elsewhere.ts: the test that runs it, or why none does.';

describe('every block of the pages', () => {
  it.each(todo)('is of a kind that is run, or elsewhere: $name', ({ block, commands }) => {
    const { page, line, language } = block;
    const languages = [...WITH_COMMANDS, 'js', 'json', 'text'];
    const isKnown = languages.includes(language) || commands.length === 0;
    expect(isKnown, `${page}:${line}: nobody runs a block of "${language}". ${HOW}`).toBe(true);
    if (language === 'console') {
      const isSplit = commands.length > 0 && commands.length < commandsOf(block).length;
      expect(isSplit, `${page}:${line}: some commands of this block are run elsewhere, some here: make it two`).toBe(
        false,
      );
    }
    for (const command of WITH_COMMANDS.includes(language) ? commands : [])
      expect(isRunHere(command), `${page}:${line}: nobody runs "${command}". ${HOW}`).toBe(true);
  });

  it('that is JSON can be read', () => {
    for (const { block } of inLanguage('json')) JSON.parse(block.text);
  });

  it('has no entry in elsewhere.ts that stands for nothing', () => {
    expect(unused()).toEqual([]);
  });
});

// Most of them only wait.
describe.concurrent('what the page shows is printed:', () => {
  const played = inLanguage('console').filter(({ commands }) => commands.length > 0 && commands.every(isRunHere));
  // The README shows what docs/diagnosis.md explains.
  const different = played.filter(({ block }, at) => played.findIndex(other => other.block.text === block.text) === at);
  for (const { block, name } of different) {
    const [, option, number] = LIMIT.exec(worldOf(block.text)[0] ?? '') ?? [];
    const controller = option === undefined ? undefined : option === 'memory' ? 'memory' : 'pids';
    const missed = [
      whyNoNamespaces,
      missing('nsenter'),
      missing('bash'),
      controller ? whyNoCgroup(controller) : undefined,
      / -- npm start /.test(block.text) ? whyNoShellBetween : undefined,
    ];
    describeWith(missed, name, () => {
      const unit = controller === 'memory' ? MEBIBYTE : 1;
      const wrapper = controller ? testCgroup(controller, Number(number) * unit).join : [];
      it('is true', () => play(block.text, HAPPENINGS, wrapper));
    });
  }
});

describeWith([whyNoNamespaces, missing('bash'), missing('npx')], 'what the page says works:', () => {
  let place: Sandbox;
  beforeAll(() => {
    place = sandbox();
  });

  it.concurrent.each(unique(lines))('$name: $command', PATIENT, async ({ name, command }) => {
    works(`${name}: ${command}`, await place.type(command));
  });

  it.concurrent.each(unique(images))('$name: $command', PATIENT, async ({ name, command, vector, environment }) => {
    works(`${name}: ${command}`, await place.run(vector, environment));
  });

  it.each(modules)('$name', async ({ name, block }) => {
    writeFileSync(join(place.folder, 'block.js'), block.text);
    works(name, await place.run(['node', '--import', `data:text/javascript,${AROUND}`, 'block.js']));
  });
});

/** The same command works the same way on another page. */
function unique<T extends { readonly command: string }>(all: readonly T[]): T[] {
  return [...new Map(all.map(one => [one.command, one])).values()];
}

/** 143: it was stopped once it was listening, and has no handler. */
function works(what: string, { status, stdout, stderr }: Outcome): void {
  const ended = `${what}\nended with ${status} where the reader has sexton installed:\n${stdout}${stderr}\n${HOW}`;
  expect([0, ...(/^listening$/m.test(stdout) ? [143] : [])], ended).toContain(status);
}
