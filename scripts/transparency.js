// npm run transparency: runs a probe under nothing, under each init and under sexton's two entries, as PID 1 of a PID
// namespace, and writes what each changes into docs/transparency.md. --check only looks.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile } from './fixtures.js';
import { buildIfOutdated, fail, installDependencies, root } from './set-up.js';

const BEGIN = '<!-- written by `npm run transparency` -->';
const END = '<!-- end of what is written -->';

installDependencies();
buildIfOutdated();
const probe = compile('test/fixtures/probe.c');
const world = compile('test/fixtures/world.c');
const launcher = join(root, 'prebuilds', `linux-${process.arch}`, 'sexton');
const PATH = process.env.PATH;

/** Everything at once that somebody might hand to a container's first process, but for what some do not survive. */
const WORLD = [
  ...['--ignore', '1', '--ignore', '2', '--ignore', '40', '--block', '15', '--block', '41'],
  ...['--nofile', '512:1024', '--open', '5', '--open', '9', '--open', '100'],
  ...['A=1', 'my.dotted=2', 'A=3', '=weird', 'NOEQ', 'hex:4fff3d01', 'EMPTY=', 'LD_PRELOAD=/nonexistent.so'].flatMap(
    variable => ['--env', variable],
  ),
  ...['--env', `PATH=${PATH}`],
];

const INITS = {
  tini: ['tini', '--'],
  'dumb-init': ['dumb-init', '--'],
  catatonit: ['catatonit', '--'],
  'sexton, launcher': [launcher, '--'],
  'sexton, plain Node entry': [process.execPath, join(root, 'bin', 'sexton.js'), '--'],
};

/** What is looked at: the name for people, and which lines of the probe belong to it. */
const ASPECTS = {
  'arguments, byte for byte': /^argument /,
  'environment, byte for byte, in order': /^variable /,
  'inherited descriptors and their flags': /^descriptor ([3-9]|\d\d+) /,
  'stdin, stdout and stderr': /^descriptor [012] /,
  'blocked signals': /^signal \d+ blocked/,
  'ignored signals': /^signal \d+ handler 1$/,
  'soft limit of descriptors (RLIMIT_NOFILE)': /^limit 7 /,
  'other limits': /^limit (?!7 )/,
  'working directory': /^directory /,
  'user, groups': /^ids /,
  'umask, nice, scheduler': /^(umask|nice|scheduler) /,
  'dumpable, no_new_privs, timer slack': /^dumpable /,
  'personality, OOM score, core filter': /^(personality|oom_score_adj|coredump_filter) /,
  'terminal in the foreground': /^terminal /,
};

const bare = look([], WORLD);
const columns = Object.entries(INITS).map(([name, words]) => ({
  name,
  changes: { ...changes(look(words, WORLD)), 'a closed stdin': withClosedStdin(words) },
}));
const head = `| | ${columns.map(({ name }) => name).join(' | ')} |\n|---|${columns.map(() => '---|').join('')}\n`;
const rows = [...Object.keys(ASPECTS), 'a closed stdin'].map(
  aspect => `| ${aspect} | ${columns.map(({ changes }) => changes[aspect] ?? 'same').join(' | ')} |\n`,
);
const path = join(root, 'docs', 'transparency.md');
const old = readFileSync(path, 'utf8');
const now = `${old.slice(0, old.indexOf(BEGIN))}${BEGIN}\n\n${head}${rows.join('')}\n${old.slice(old.indexOf(END))}`;
if (now !== old) {
  if (process.argv.includes('--check')) fail('docs/transparency.md is not what the probe says: npm run transparency');
  writeFileSync(path, now);
}

/** The probe's lines under an init; none if it does not get that far. */
function look(words, settings) {
  const init = [world, ...settings, '--', ...words, probe, 'a', 'hex:61ff', ''];
  const { stdout } = spawnSync('unshare', ['--pid', '--fork', '--mount-proc', ...init], { encoding: 'utf8' });
  return stdout.trimEnd().split('\n');
}

function withClosedStdin(words) {
  const lines = look(words, ['--close', '0', '--env', `PATH=${PATH}`]);
  if (!lines.some(line => line.startsWith('argument'))) return 'does not start';
  return lines.some(line => line.startsWith('descriptor 0 ')) ? 'open: /dev/null' : 'same';
}

/** What is not as without an init, by aspect. */
function changes(lines) {
  const found = {};
  for (const [aspect, pattern] of Object.entries(ASPECTS)) {
    const expected = bare.filter(line => pattern.test(line));
    const actual = lines.filter(line => pattern.test(line));
    if (expected.join('\n') === actual.join('\n')) continue;
    const lost = expected.filter(line => !actual.includes(line)).map(shortened);
    const added = actual.filter(line => !expected.includes(line)).map(shortened);
    found[aspect] = [
      ...(lost.length ? [`lost: ${lost.join(', ')}`] : []),
      ...(added.length ? [`added: ${added.join(', ')}`] : []),
    ].join('; ');
  }
  return found;
}

/** A probe's line as it fits into a cell. */
function shortened(line) {
  return line
    .replace(/^descriptor (\d+) .*/, '$1')
    .replace(/^signal (\d+) .*/, '$1')
    .replace(/^limit \d+ (\w+) (\w+)$/, (_, soft, hard) => `${Number.parseInt(soft, 16)}:${Number.parseInt(hard, 16)}`);
}
