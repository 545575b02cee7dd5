import { describe, expect, it } from 'vitest';
import { createLog, type LogFields, type LogFormat, textLine } from '../../../src/report/log.ts';

const bytes = (text: string) => Buffer.from(text, 'utf8').toString('latin1');

function collect(format: LogFormat, verbosity = 4) {
  const lines: string[] = [];
  let full = false;
  const log = createLog({
    verbosity,
    format,
    pid: 1,
    write(line) {
      if (full) return -11;
      lines.push(Buffer.from(line).toString('latin1'));
      return line.length;
    },
  });
  return {
    log,
    lines,
    fill(yes: boolean) {
      full = yes;
    },
  };
}

const LEVELS = ['error', 'warn', 'info', 'debug', 'trace'] as const;

describe('levels', () => {
  it.each([0, 1, 2, 3, 4])('up to verbosity %i are said, the others are not', verbosity => {
    const { log, lines } = collect('text', verbosity);
    for (const level of LEVELS) log[level](level);
    expect(lines.map(line => line.trim().split(' ').at(-1))).toEqual(LEVELS.slice(0, verbosity + 1));
  });

  it('are told apart: warnings are called so', () => {
    const { log, lines } = collect('text');
    log.error('e');
    log.warn('w');
    log.info('i');
    expect(lines).toEqual(['sexton: e\n', 'sexton: warning: w\n', 'sexton: i\n']);
  });

  it("have pino's numbers in JSON", () => {
    const { log, lines } = collect('json');
    for (const level of LEVELS) log[level](level);
    expect(lines.map(line => JSON.parse(line).level)).toEqual([50, 40, 30, 20, 10]);
  });
});

describe('a text line', () => {
  it.each([
    ['plain ASCII', 'plain ASCII'],
    ['a\nb\rc\td\0', 'a\\x0ab\\x0dc\\x09d\\x00'],
    ['\x1b[31mred\x1b[0m', '\\x1b[31mred\\x1b[0m'],
    ['\x7f', '\\x7f'],
    [bytes('café ✓'), bytes('café ✓')],
    [bytes('\u009b31m'), '\\xc2\\x9b31m'],
    [bytes('À\u0085'), `${bytes('À')}\\xc2\\x85`],
    ['\x9b31m', '\\x9b31m'],
    ['\xff\xfe', '\\xff\\xfe'],
    [`${bytes('é')}\xff`, '\\xc3\\xa9\\xff'],
    ['\xc3', '\\xc3'],
    [bytes('a\u202eb\u2066c\u061cd'), 'a\\xe2\\x80\\xaeb\\xe2\\x81\\xa6c\\xd8\\x9cd'],
    [bytes('a\u2028b\u2029c'), 'a\\xe2\\x80\\xa8b\\xe2\\x80\\xa9c'],
    [bytes('\u200d\u2027\u2030\u2065\u206a'), bytes('\u200d\u2027\u2030\u2065\u206a')],
  ])('makes %j harmless', (text, line) => {
    expect(textLine(text).toString('latin1')).toBe(`${line}\n`);
  });

  it('holds at most PIPE_BUF bytes, and ends', () => {
    const line = textLine('x'.repeat(10_000));
    expect(line).toHaveLength(4096);
    expect(line.at(-1)).toBe(10);
    expect(textLine('\x1b'.repeat(4000))).toHaveLength(4096);
  });

  it.each([0, 1, 2])('does not end within a character, %i bytes before it', before => {
    const line = textLine('x'.repeat(before) + bytes('€'.repeat(2000))).toString('utf8');
    expect(line).toBe(`${'x'.repeat(before)}${'€'.repeat(Math.floor((4095 - before) / 3))}\n`);
  });

  it('of 4,095 characters is whole', () => {
    expect(textLine('x'.repeat(4095)).toString()).toBe(`${'x'.repeat(4095)}\n`);
  });
});

describe('a JSON line', () => {
  it('holds level, time, pid and message, then the fields', () => {
    const { log, lines } = collect('json');
    const before = Date.now();
    log.info('hello', { signal: 'SIGTERM', sender: 0, whole: true, missing: undefined });
    const { time, ...rest } = JSON.parse(lines[0]!);
    expect(rest).toEqual({ level: 30, pid: 1, msg: 'hello', signal: 'SIGTERM', sender: 0, whole: true });
    expect(time).toBeGreaterThanOrEqual(before);
    expect(Object.keys(JSON.parse(lines[0]!))).toEqual(['level', 'time', 'pid', 'msg', 'signal', 'sender', 'whole']);
  });

  it.each([
    ['a\nb\x1b[0m', 'a\nb\x1b[0m'],
    [bytes('café \u009b'), 'café \u009b'],
    ['\x7f', '\x7f'],
    ['\xff', '\ufffd'],
    [bytes('a\u202eb\u2028'), 'a\u202eb\u2028'],
  ])('keeps %j as data that no terminal obeys', (text, read) => {
    const { log, lines } = collect('json');
    log.info(text, { name: text });
    expect(JSON.parse(Buffer.from(lines[0]!, 'latin1').toString())).toMatchObject({ msg: read, name: read });
    expect(Buffer.from(lines[0]!, 'latin1').toString()).toMatch(/^[^\p{Cc}\u202e\u2028]*\n$/u);
  });

  it.each<[string, string, LogFields]>([
    ['a long message', 'x'.repeat(100_000), {}],
    ['long fields', 'x'.repeat(5000), { a: 'x'.repeat(5000), b: 'y'.repeat(5000), c: 'z'.repeat(5000) }],
    ['controls', '\x01'.repeat(5000), { a: '\x1b'.repeat(5000), b: '\x02'.repeat(5000) }],
    ['bytes that are no UTF-8', '\xff'.repeat(5000), { a: '\xff'.repeat(5000), b: '\xff'.repeat(5000) }],
    ['many fields', 'x', Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`f${n}`, '\x01'.repeat(512)]))],
  ])('is whole, and no longer than PIPE_BUF, with %s', (_, message, fields) => {
    const { log, lines } = collect('json');
    log.warn(message, fields);
    expect(lines[0]!.length).toBeLessThanOrEqual(4096);
    expect(Object.keys(JSON.parse(lines[0]!))).toEqual(['level', 'time', 'pid', 'msg', ...Object.keys(fields)]);
  });
});

describe('a full stderr', () => {
  it.each(['text', 'json'] as const)('costs lines, which are counted as soon as there is room (%s)', format => {
    const { log, lines, fill } = collect(format);
    fill(true);
    for (let n = 0; n < 3; n++) log.info('lost');
    fill(false);
    log.info('found');
    log.info('again');
    expect(lines).toHaveLength(3);
    expect(lines[0]).toContain('3 lines were lost, stderr was full');
    if (format === 'json') expect(JSON.parse(lines[0]!)).toMatchObject({ level: 40, lost: 3 });
    expect(lines[1]).toContain('found');
  });

  it('does not count what nobody wanted to hear', () => {
    const { log, lines, fill } = collect('text', 1);
    fill(true);
    log.info('not wanted');
    fill(false);
    log.warn('wanted');
    expect(lines).toEqual(['sexton: warning: wanted\n']);
  });
});
