/**
 * A console block of a page, played: what the page shows is what has to be printed. Lines of a block:
 *
 *     # docker run --memory 256m      the world of the container: before the first command
 *     $ sexton …                      PID 1 of a fresh PID namespace; later commands run in it, as by docker exec
 *     # docker stop                   something happens to it, once everything above has been printed
 *     $ echo $?                       its exit status, once it has ended
 *     …                               any lines at all
 *
 * Pids, times and sizes are masked, and so are columns.
 */
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { type Container, fixtures, isRoot, node, root, sexton, start, until } from './harness.ts';

/** What happens between two commands, or to whom: by the comment that says it. */
export type Happenings = Readonly<Record<string, (container: Container) => void>>;

const LONGEST_WAIT = 20_000;
const folder = join(fixtures, 'diagnosis');
const environment = { PATH: `${dirname(process.execPath)}:${process.env['PATH']}` };

/** Plays a block, in a container behind `wrapper`, and compares. */
export async function play(block: string, happenings: Happenings, wrapper: readonly string[]): Promise<void> {
  const [first, ...rest] = steps(block);
  const container = await start([], { init: command(first!.command), cwd: folder, environment, wrapper });
  let expected = first!.output;
  try {
    for (const { command, output } of rest) {
      await prints(container, expected);
      if (command === '$ echo $?') {
        const { status, stdout } = await container.ended;
        expect(masked(stdout)).toMatch(pattern(expected, '$'));
        expect(`${status}\n`).toBe(output);
      } else if (command.startsWith('$ ')) {
        expect(masked(await inside(container, command))).toMatch(pattern(output, '$'));
      } else {
        const happen = happenings[command.slice(2)];
        if (happen === undefined) throw new Error(`'${command}' is none of HAPPENINGS: say there what it does`);
        await container.listening();
        happen(container);
        expected += output;
      }
    }
    await prints(container, expected);
  } finally {
    await container.end();
  }
}

/** The comments in front of the first command. */
export function worldOf(block: string): string[] {
  const lines = block.split('\n');
  return lines
    .slice(
      0,
      lines.findIndex(line => line.startsWith('$ ')),
    )
    .map(line => line.slice(2));
}

interface Step {
  /** With its `$ ` or `# `. */
  command: string;
  output: string;
}

function steps(block: string): Step[] {
  const found: Step[] = [];
  for (const line of block.split('\n').slice(worldOf(block).length)) {
    if (/^[$#] /.test(line)) found.push({ command: line, output: '' });
    else found.at(-1)!.output += `${line}\n`;
  }
  return found;
}

/** Everything that a terminal would show, in one stream. */
function command(line: string): string[] {
  const sextonctl = [node, join(root, 'bin', 'sextonctl.js')];
  const [, name, words] = /^\$ (\S+)(.*)$/.exec(line)!;
  const ours = { sexton, sextonctl }[name!];
  return ['sh', '-c', `ulimit -c 0; exec 2>&1 "$@" ${words}`, 'sh', ...(ours ?? [name!])];
}

/** As docker exec does it. */
export function exec(container: Container, line: string): ReturnType<typeof spawn> {
  const user = isRoot ? [] : ['--user', '--preserve-credentials'];
  const words = ['--target', String(container.pid), ...user, '--pid', '--mount', `--wd=${folder}`, ...command(line)];
  return spawn('nsenter', words, { stdio: ['ignore', 'pipe', 'inherit'], env: environment });
}

async function inside(container: Container, line: string): Promise<string> {
  const child = exec(container, line);
  let output = '';
  child.stdout!.on('data', text => {
    output += text;
  });
  await new Promise(resolve => child.on('close', resolve));
  return output;
}

/** Waits for it; where it does not come, the failure shows what did. */
async function prints(container: Container, expected: string): Promise<void> {
  let isOver = false;
  container.ended.then(() => {
    isOver = true;
  });
  const deadline = Date.now() + LONGEST_WAIT;
  const begin = pattern(expected, '');
  await until(() => begin.test(masked(container.stdout)) || isOver || Date.now() > deadline);
  expect(masked(container.stdout), container.stdout).toMatch(begin);
}

function pattern(expected: string, end: '$' | ''): RegExp {
  const lines = masked(expected).split('\n').slice(0, -1);
  const matching = lines.map(line => (line === '…' ? '(?:.*\\n)*?' : `${escaped(line)}\\n`));
  return new RegExp(`^${matching.join('')}${end}`);
}

function escaped(line: string): string {
  return line.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

const MASKS: readonly [RegExp, string][] = [
  // Node's name in /proc, by its version.
  [/\b(node-)?MainThread\b/g, 'node'],
  [/\b\d+(?= \((?!\d))/g, 'PID'],
  [/(?<=\bprogram \()\d+/g, 'PID'],
  [/\b(process|process group|PID) \d+/g, '$1 PID'],
  [/\b\d+ of (\d+ processes and threads .*?)\(\d+ %\)/g, 'N of $1'],
  [/\b\d+ (child|children|threads)\b/g, 'N $1'],
  [/\b\d+(\.\d+)? (ms|s|min|h)( \d+ (s|min))?(?![a-z])/g, 'TIME'],
  [/\b(at most )?\d+(\.\d+)? [KMG]?i?B\b/g, 'SIZE'],
  // A row of sextonctl zombies.
  [/^ *\d+ +(\d+) +\d+[smh] /gm, 'PID $1 AGE '],
  [/ +/g, ' '],
  [/^ /gm, ''],
];

function masked(text: string): string {
  return MASKS.reduce((masking, [what, mask]) => masking.replace(what, mask), text);
}
