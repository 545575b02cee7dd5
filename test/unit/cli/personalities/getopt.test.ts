import { describe, expect, it } from 'vitest';
import { type Grammar, getopt } from '../../../../src/cli/personalities/getopt.ts';

const LONG = [
  { name: 'value', letter: 'x', value: true },
  { name: 'verbose', letter: 'v' },
  { name: 'version', letter: 'V' },
] as const;

/** What is found, as letters with their values and errors; then the operands. */
function read(words: string, changes: Partial<Grammar> = {}): { found: string[]; operands: string[] } {
  const operands: string[] = [];
  const grammar = { short: 'abx:', permutes: () => true, ...changes };
  const list = words.split(' ').filter(Boolean);
  const found = [...getopt(list, grammar, operands)].map(one => ('error' in one ? one.error : one.letter + one.value));
  return { found, operands };
}

describe('getopt', () => {
  it.each([
    ['-a -- ', true],
    ['-a ', false],
  ])('takes more operands than a call takes arguments: %s', (options, permutes) => {
    const many = Array.from({ length: 300_000 }, () => 'word');
    const { found, operands } = read(options + many.join(' '), { permutes: () => permutes });
    expect([found, operands.length]).toEqual([['a'], many.length]);
  });

  it.each([
    ['-a -b cmd', ['a', 'b'], ['cmd']],
    ['-ab cmd', ['a', 'b'], ['cmd']],
    ['-x1 -x 2 -ax3 -ax 4', ['x1', 'x2', 'a', 'x3', 'a', 'x4'], []],
    ['-x -- cmd', ['x--'], ['cmd']],
    ['-x', ["option requires an argument -- 'x'"], []],
    ['-ac cmd', ['a', "invalid option -- 'c'"], ['cmd']],
    ['-:', ["invalid option -- ':'"], []],
    ['cmd -a word -- -b', ['a'], ['cmd', 'word', '-b']],
    ['- -a', ['a'], ['-']],
    ['-- -- -a', [], ['--', '-a']],
    ['--ab', ["invalid option -- '-'", 'a', 'b'], []],
  ])('%s', (words, found, operands) => {
    expect(read(words)).toEqual({ found, operands });
  });

  it('stops at the first operand where it does not permute', () => {
    expect(read('-a cmd -b -- -a', { permutes: () => false })).toEqual({
      found: ['a'],
      operands: ['cmd', '-b', '--', '-a'],
    });
  });
});

describe('getopt_long', () => {
  it.each([
    ['--verbose cmd', ['v'], ['cmd']],
    ['--verb', ['v'], []],
    ['--va=1 --value 2 --value= --value', ['x1', 'x2', 'x', "option '--value' requires an argument"], []],
    ['--ver', ["option '--ver' is ambiguous; possibilities: '--verbose' '--version'"], []],
    ['--verb=1', ["option '--verbose' doesn't allow an argument"], []],
    ['--none=1', ["unrecognized option '--none=1'"], []],
    ['--value -- --', ['x--'], []],
  ])('%s', (words, found, operands) => {
    expect(read(words, { long: LONG })).toEqual({ found, operands });
  });

  it('takes the option whose whole name is given, though others begin so', () => {
    const long = [
      { name: 'verbose', letter: 'v' },
      { name: 'verb', letter: 'b' },
    ];
    expect(read('--verb', { long }).found).toEqual(['b']);
  });
});
