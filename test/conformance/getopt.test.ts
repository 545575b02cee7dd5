/** Our getopt and that of each C library, on the same random command lines. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Grammar, getopt } from '../../src/cli/personalities/getopt.ts';
import { isMusl } from '../../src/kernel/libc.ts';
import { temporaryFolder } from '../namespace/c-fixture.ts';
import { describeWith, fixtures, missing, node } from '../namespace/harness.ts';

const SHORT = 'abvVx:';
const LONG = [
  { name: 'value', letter: 'x', value: true },
  { name: 'verbose', letter: 'v' },
  { name: 'version', letter: 'V' },
] as const;

interface Reading {
  readonly found: readonly string[];
  readonly operands: readonly string[];
  readonly errors: readonly string[];
}

function compileWith(compiler: string, ...flags: string[]): string {
  const program = join(temporaryFolder(), 'getopt');
  const { status, stderr } = spawnSync(compiler, [...flags, '-o', program, join(fixtures, 'getopt.c')]);
  if (status !== 0) throw new Error(`${compiler}: ${stderr}`);
  return program;
}

/** What the C library reads; a `+` before the letters: it does not permute. */
function theirs(program: string, words: readonly string[], isLong: boolean, letters: string): Reading {
  const { stdout, stderr } = spawnSync(program, [isLong ? 'long' : 'short', letters, ...words], {
    encoding: 'utf8',
    env: {},
  });
  const lines = stdout.split('\n').slice(0, -1);
  // An operand may be `--` too, but no option is: the first one ends them.
  const end = lines.indexOf('--');
  return { found: lines.slice(0, end), operands: lines.slice(end + 1), errors: stderr.split('\n').slice(0, -1) };
}

function ours(words: readonly string[], isLong: boolean, permutes: boolean): Reading {
  const grammar: Grammar = { short: SHORT, permutes: () => permutes, ...(isLong ? { long: LONG } : {}) };
  const operands: string[] = [];
  const all = [...getopt(words, grammar, operands)];
  return {
    found: all.map(one => ('error' in one ? '?' : one.letter + one.value)),
    operands,
    errors: all.flatMap(one => ('error' in one ? [`getopt: ${one.error}`] : [])),
  };
}

const word = fc.oneof(
  fc.constantFrom('--', '-', '', 'word', 'x', '--value', '--value=1', '--val', '--ver', '--verb', '--verbose=', '--no'),
  fc.string({ unit: fc.constantFrom(...'abvVxc:-'), maxLength: 3 }).map(text => `-${text}`),
);
const commandLines = fc.array(word, { maxLength: 6 });

function agree(read: (words: readonly string[]) => readonly [Partial<Reading>, Partial<Reading>]): void {
  fc.assert(
    fc.property(commandLines, words => {
      const [they, we] = read(words);
      expect(we).toEqual(they);
    }),
    { numRuns: 400 },
  );
}

describeWith([missing('gcc')], 'glibc', () => {
  const program = missing('gcc') ? '' : compileWith('gcc');

  it.each([
    ['getopt', false, true],
    ['getopt, at the first operand', false, false],
    ['getopt_long', true, true],
    ['getopt_long, at the first operand', true, false],
  ])('%s', (_, isLong, permutes) => {
    agree(words => [theirs(program, words, isLong, permutes ? SHORT : `+${SHORT}`), ours(words, isLong, permutes)]);
  });

  it('is told from musl', () => {
    expect([isMusl(program), isMusl(node), isMusl('/nosuch')]).toEqual([false, isMusl(process.execPath), false]);
  });
});

describeWith([missing('musl-gcc')], 'musl', () => {
  const program = missing('musl-gcc') ? '' : compileWith('musl-gcc');

  it('getopt never permutes, and has other messages', () => {
    agree(words => {
      const { errors, ...they } = theirs(program, words, false, SHORT);
      const { errors: messages, ...we } = ours(words, false, false);
      return [
        { ...they, errors: errors.map(() => '') },
        { ...we, errors: messages.map(() => '') },
      ];
    });
  });

  it('is told from glibc', () => {
    expect(isMusl(program)).toBe(true);
  });
});
