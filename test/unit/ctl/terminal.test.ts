import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  columns,
  cut,
  duration,
  harmless,
  jsonText,
  printable,
  table,
  terminalOf,
  wrap,
} from '../../../src/ctl/terminal.ts';

/** Any bytes, as a name or a command line may hold them. */
const anyBytes = fc.uint8Array({ maxLength: 60 }).map(bytes => Buffer.from(bytes).toString('latin1'));
/** Wide characters, what turns text around, escape sequences. */
const anyText = fc.oneof(
  anyBytes,
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom('\x1b[31mred', 'a\nb', '\u202egnp.exe', '日本語日本語日本語', 'x'.repeat(500)),
);

describe('a text for people', () => {
  it('keeps valid UTF-8, and escapes what is none', () => {
    expect(printable('sleep')).toBe('sleep');
    expect(printable(Buffer.from('grün 日本').toString('latin1'))).toBe('grün 日本');
    expect(printable('a\xffb')).toBe('a\\xffb');
    expect(harmless('grün 日本')).toBe('grün 日本');
  });

  it('cannot move the cursor, nor turn the text around', () => {
    expect(printable('a\n\x1b[31m\x9b')).toBe('a\\x0a\\x1b[31m\\x9b');
    expect(harmless('a\n\x1b[31m\x9b')).toBe('a\\x0a\\x1b[31m\\x9b');
    expect(printable(Buffer.from('\u202egnp').toString('latin1'))).toBe('\\xe2\\x80\\xaegnp');
    const isHarmless = (text: string) => !/\p{C}|\p{Zl}|\p{Zp}/u.test(text);
    fc.assert(fc.property(anyText, text => isHarmless(harmless(text))));
    fc.assert(fc.property(anyBytes, bytes => isHarmless(printable(bytes))));
  });
});

describe('the width', () => {
  it('is never more than asked for', () => {
    const width = fc.integer({ min: 10, max: 120 });
    fc.assert(
      fc.property(anyText, width, (text, width) => {
        const safe = harmless(text);
        expect(columns(cut(safe, width))).toBeLessThanOrEqual(width);
        for (const line of wrap(safe, width, '    ')) expect(columns(line)).toBeLessThanOrEqual(width);
        for (const line of table(
          [
            ['A', 'B', 'C'],
            [safe, safe, safe],
          ],
          [0],
          width,
        ))
          expect(columns(line)).toBeLessThanOrEqual(width);
      }),
    );
  });

  it('cuts with …, and only what is too long', () => {
    expect(cut('abcdef', 6)).toBe('abcdef');
    expect(cut('abcdefg', 6)).toBe('abcd…');
  });

  it('wraps between words', () => {
    expect(wrap('one two three', 9, '  ')).toEqual(['  one two', '  three']);
  });

  it('aligns what is asked for to the right', () => {
    expect(
      table(
        [
          ['N', 'WHAT'],
          ['10', 'x'],
        ],
        [0],
        80,
      ),
    ).toEqual([' N  WHAT', '10  x']);
  });

  it.each([
    [{ isTTY: true, columns: 132 }, {}, 132],
    [{ isTTY: true, columns: 132 }, { COLUMNS: '60' }, 60],
    [{}, {}, 80],
    [{}, { COLUMNS: '3' }, 40],
    [{}, { COLUMNS: 'wide' }, 80],
  ])('of %j with %j is %d', (stream, environment, width) => {
    expect(terminalOf(stream, environment).width).toBe(width);
  });
});

describe('colour', () => {
  it.each([
    [true, {}, true],
    [true, { NO_COLOR: '' }, true],
    [true, { NO_COLOR: '1' }, false],
    [true, { TERM: 'dumb' }, false],
    [false, {}, false],
  ])('on a terminal: %s, with %j: %s', (isTTY, environment, isColoured) => {
    expect(terminalOf({ isTTY }, environment).red('x')).toBe(isColoured ? '\x1b[31mx\x1b[0m' : 'x');
  });
});

it.each([
  [0.9, '0s'],
  [59, '59s'],
  [60, '1m'],
  [11_520, '3h12m'],
  [187_200, '2d4h'],
])('%d seconds are %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

it('JSON holds no control character', () => {
  expect(jsonText({ a: '\x7f\x9b\x1b' })).toBe('{\n  "a": "\\u007f\\u009b\\u001b"\n}');
});
