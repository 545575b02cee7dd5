/** The completions in the shells themselves, on a terminal: what comes after the Tab key. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { OPTIONS } from '../../../src/cli/options.ts';
import { commands } from '../../../src/ctl/commands.ts';
import { manual } from '../../../src/manual/index.ts';
import { temporaryFolder, whyNoCompiler } from '../../namespace/c-fixture.ts';
import { describeWith, missing, until } from '../../namespace/harness.ts';
import { Terminal } from '../../namespace/terminal.ts';

const BASH_COMPLETION = '/usr/share/bash-completion/bash_completion';
const whyNoBashCompletion = existsSync(BASH_COMPLETION) ? undefined : 'bash-completion is not installed';

const folder = temporaryFolder();
for (const [path, text] of Object.entries(manual('1.2.3', ''))) {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}
const world = join(folder, 'world');
mkdirSync(join(world, 'my folder'), { recursive: true });
writeFileSync(join(world, 'my file'), '');

/** What each command line gets, to be exact. */
const REPLIES: readonly (readonly [line: string, replies: readonly string[]])[] = [
  ['sexton --wa', ['--wait', '--wait-timeout', '--warn-on-reap', '--watch']],
  ['sexton --scope ', ['child', 'group', 'all']],
  ['sexton --scope=gr', ['group']],
  ['sexton -q --as dumb', ['dumb-init']],
  ['sexton --stop-signal QU', ['QUIT']],
  ['sexton -vp TER', ['TERM']],
  ['sexton --rewrite USR', ['USR1:', 'USR2:']],
  ['sexton -r TERM:QUI', ['QUIT']],
  ['sexton --rewrite=TERM:QUI', ['QUIT']],
  ['sexton --watch ', []],
  ['sexton -E PAT', ['PATH=']],
  ['sexton -u roo', ['root']],
  ['sexton -C ', ['my folder']],
  ['sexton --control my', ['my folder', 'my file']],
  ['sextonctl exp', ['explain']],
  ['sextonctl status --j', ['--json']],
  ['sextonctl explain --js', ['--json']],
  ['sextonctl explain SEG', ['SEGV']],
  ['sextonctl install ', ['my folder']],
  ['sextonctl install . tini', ['tini', 'tini-static']],
  ['sextonctl help insta', ['install']],
  ['sextonctl metrics --control my\\ fi', ['my file']],
];

describeWith([missing('bash'), whyNoCompiler], 'bash', () => {
  it.each(REPLIES)('%s', async (line, replies) => {
    expect(await (await bash())(line)).toEqual([...replies].sort());
  });

  it('knows every option', async () => {
    const names = OPTIONS.flatMap(({ short, long }) => [...(short ? [`-${short}`] : []), `--${long}`]);
    expect(await (await bash())('sexton -')).toEqual(names.sort());
  });

  it('knows every command, with every option', async () => {
    const all = [...commands().commands.map(command => command.name()), 'help'];
    const complete = await bash();
    expect(await complete('sextonctl ')).toEqual(all.sort());
    for (const command of commands().commands)
      expect(await complete(`sextonctl ${command.name()} -`)).toEqual(
        expect.arrayContaining(command.options.flatMap(({ short, long }) => [short, long]).filter(Boolean)),
      );
  });

  it.each(['sexton ', 'sexton -- ', 'sexton -v --scope all ', 'sexton -e 143 '])(
    'completes a program behind: %s',
    async line => {
      expect(await (await bash())(`${line}setpri`)).toEqual(['setpriv']);
    },
  );

  it('completes files behind the program, where nobody knows more of it', async () => {
    expect(await (await bash())('sexton -- cat my')).toEqual(['my file', 'my folder']);
  });
});

describeWith([missing('bash'), whyNoCompiler, whyNoBashCompletion], 'bash with bash-completion', () => {
  it('completes the program as if it stood alone', async () => {
    const complete = await bash(`source ${BASH_COMPLETION}; _own() { COMPREPLY=(own-"$2"); }; complete -F _own own; `);
    expect(await complete('sexton --scope=child -- own wor')).toEqual(['own-wor']);
    expect(await complete('sexton -v own wor')).toEqual(['own-wor']);
    expect(await complete('sexton -v setpri')).toEqual(['setpriv']);
  });
});

/** A shell, and what the function of the command replies in it when Tab is pressed behind a line. */
async function bash(before = ''): Promise<(line: string) => Promise<readonly string[]>> {
  const replies = join(folder, 'replies');
  const start = join(folder, 'start');
  const load = ['sexton', 'sextonctl'].map(
    name => `source ${folder}/completions/${name}.bash\ncomplete -F told ${name}\n`,
  );
  writeFileSync(
    start,
    `${before}\n${load.join('')}cd ${world}
told() {
  "_$1" "$@"
  printf '%s\\n' "\${COMPREPLY[@]}" >${replies}.new
  mv ${replies}.new ${replies}
}
echo ready
`,
  );
  const terminal = new Terminal(['bash', '--noprofile', '--rcfile', start, '-i'], { environment: { LC_ALL: 'C' } });
  await terminal.says(/^ready/m);
  return async line => {
    rmSync(replies, { force: true });
    terminal.type(`${line}\t`);
    await until(() => existsSync(replies));
    terminal.type('\x15'); // Ctrl-U: the line goes
    const found = readFileSync(replies, 'utf8').split('\n').filter(Boolean);
    return [...new Set(found)].sort();
  };
}

describeWith([missing('zsh'), whyNoCompiler], 'zsh', () => {
  const LINES: readonly (readonly [typed: string, line: string])[] = [
    ['sexton --warn\t', 'sexton --warn-on-reap'],
    ['sexton --scope gr\t', 'sexton --scope group'],
    ['sexton --scope=gr\t', 'sexton --scope=group'],
    ['sexton -q --as dumb\t', 'sexton -q --as dumb-init'],
    ['sexton --stop-signal QU\t', 'sexton --stop-signal QUIT'],
    ['sexton -r TERM:QUI\t', 'sexton -r TERM:QUIT'],
    ['sexton -C my\t', 'sexton -C my folder'],
    ['sexton -- setpri\t', 'sexton -- setpriv'],
    ['sexton -v --scope all setpri\t', 'sexton -v --scope all setpriv'],
    ['sexton -v -- own wor\t', 'sexton -v -- own world'],
    ['sexton own --sco\t', 'sexton own --sco'],
    ['sextonctl exp\t', 'sextonctl explain'],
    ['sextonctl explain SEG\t', 'sextonctl explain SEGV'],
    ['sextonctl zombies --al\t', 'sextonctl zombies --all'],
    ['sextonctl install . dumb\t', 'sextonctl install . dumb-init'],
    ['sextonctl metrics --control my\\ fi\t', 'sextonctl metrics --control my file'],
  ];
  it.each(LINES)('%j', async (typed, line) => {
    expect(await entered(await zsh(), typed)).toBe(line);
  });

  it('lists every option with what it does', async () => {
    await lists(
      'sexton --\t',
      OPTIONS.map(({ long, summary }) => [`--${long}`, summary]),
    );
  });

  it('lists every command with what it does', async () => {
    await lists(
      'sextonctl \t',
      commands().commands.map(command => [command.name(), command.summary()]),
    );
  });
});

async function zsh(): Promise<Terminal> {
  writeFileSync(
    join(folder, '.zshrc'),
    `stty rows 200 cols 200
LISTMAX=1000
fpath=(${folder}/completions $fpath)
autoload -U compinit
compinit -u -d ${folder}/.zcompdump
sexton sextonctl() { print -r -- "<$0 $*>" }
own() {}
_own() { compadd world }
compdef _own own
cd ${world}
print ready
`,
  );
  const terminal = new Terminal(['zsh', '-d', '-i'], { environment: { LC_ALL: 'C', ZDOTDIR: folder } });
  await terminal.says(/^ready/m);
  return terminal;
}

/** The command line that zsh runs when this is typed, and Enter. */
async function entered(terminal: Terminal, typed: string): Promise<string> {
  terminal.stdout = '';
  terminal.type(`${typed}\n`);
  const [, line] = await terminal.says(/^<(.*?) ?>\r?$/m);
  return line!;
}

/** zsh shows a line for each of these when this is typed. */
async function lists(typed: string, choices: readonly (readonly [name: string, summary: string])[]): Promise<void> {
  const terminal = await zsh();
  terminal.type(typed);
  const shown = choices.map(([name, summary]) => new RegExp(`${name} .*-- ${summary.replace(/[()]/g, '\\$&')}`));
  const deadline = Date.now() + 20_000;
  await until(() => shown.every(choice => choice.test(terminal.stdout)) || Date.now() > deadline);
  for (const choice of shown) expect(terminal.stdout).toMatch(choice);
}
