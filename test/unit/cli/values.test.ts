import { describe, expect, it } from 'vitest';
import {
  parseAddress,
  parseChoice,
  parseCount,
  parseOptionalPath,
  parsePeriod,
  parseRemap,
  parseRewrite,
  parseSignal,
  parseSocketPath,
  parseSwitch,
  parseTime,
  parseVariable,
} from '../../../src/cli/values.ts';
import { Failure } from '../../../src/failure.ts';

function failure(parse: () => unknown): string {
  try {
    parse();
  } catch (error) {
    if (error instanceof Failure) return error.message;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('an optional path', () => {
  it.each([
    ['/a/b', '/a/b'],
    ['./1', './1'],
    ['', '/usual'],
    ['on', '/usual'],
    ['1', '/usual'],
    ['off', undefined],
    ['0', undefined],
  ])('%j is %j', (text, path) => {
    expect(parseOptionalPath(text, '/usual')).toBe(path);
  });

  it('is not a word', () => {
    expect(failure(() => parseOptionalPath('log', '/usual'))).toBe("'log' is not a path with a slash in it");
  });
});

describe('a time', () => {
  it.each([
    ['500ms', 500],
    ['0ms', 0],
    ['0', 0],
    ['10', 10_000],
    ['10s', 10_000],
    ['1.5s', 1500],
    ['2m', 120_000],
    ['1h', 3_600_000],
    ['0.5', 500],
  ])('%s is %i milliseconds', (text, milliseconds) => {
    expect(parseTime(text)).toBe(milliseconds);
  });

  it.each(['', '-1', '1d', '10 s', 's', '1e3', '.5s', '5.s', '1,5s', '0x10', 'Infinity', '10S'])(
    "'%s' is none",
    text => {
      expect(failure(() => parseTime(text))).toBe(`'${text}' is not a time: 500ms, 10s, 2m or plain seconds`);
    },
  );
});

describe('a signal', () => {
  it.each([
    ['TERM', 15],
    ['sigusr1', 10],
    ['9', 9],
    ['RTMIN+3', 37],
  ])('%s is %i', (text, signal) => {
    expect(parseSignal(text)).toBe(signal);
  });

  it.each(['', '0', 'FOO', '65'])("'%s' is none", text => {
    expect(failure(() => parseSignal(text))).toBe(`'${text}' is not a signal: TERM, SIGTERM, 15 or RTMIN+3`);
  });
});

describe('a rewrite', () => {
  it.each([
    ['TERM:QUIT', [15, 3]],
    ['15:3', [15, 3]],
    ['RTMIN+3:TERM', [37, 15]],
    ['HUP:0', [1, 0]],
    ['SIGTERM:int', [15, 2]],
  ])('%s', (text, pair) => {
    expect(parseRewrite(text)).toEqual(pair);
  });

  it.each(['', 'TERM', 'TERM:QUIT:INT'])("'%s' is none", text => {
    expect(failure(() => parseRewrite(text))).toBe(
      `'${text}' is not FROM:TO: TERM:QUIT, 15:3, RTMIN+3:TERM, or HUP:0 to drop it`,
    );
  });

  it.each([
    ['0:TERM', '0'],
    ['TERM:', ''],
    [':TERM', ''],
    ['TERM:00', '00'],
    ['FOO:TERM', 'FOO'],
    ['TERM:BAR', 'BAR'],
  ])("of '%s' says which part is wrong", (text, part) => {
    expect(failure(() => parseRewrite(text))).toBe(`'${part}' is not a signal: TERM, SIGTERM, 15 or RTMIN+3`);
  });
});

describe('a remap', () => {
  it.each([
    ['143', [143, 0]],
    ['137:75', [137, 75]],
    ['0:255', [0, 255]],
  ])('%s', (text, pair) => {
    expect(parseRemap(text)).toEqual(pair);
  });

  it.each(['', '256', '1:256', '-1', '1:', ':1', '1:2:3', 'TERM', '1.5'])("'%s' is none", text => {
    expect(failure(() => parseRemap(text))).toBe(
      `'${text}' is not CODE or CODE:TO, exit statuses from 0 to 255: 143 or 137:75`,
    );
  });
});

describe('a variable', () => {
  it.each(['A=1', 'A=', 'A=b=c', 'my.dotted=x'])('%s is taken as it is', text => {
    expect(parseVariable(text)).toBe(text);
  });

  it.each(['', 'A', '=1'])("'%s' is none", text => {
    expect(failure(() => parseVariable(text))).toBe(`'${text}' is not KEY=VALUE`);
  });
});

describe('a switch in the environment', () => {
  it.each(['1', 'true', 'YES', 'on'])('%s switches on', text => {
    expect(parseSwitch(text)).toBe(true);
  });

  it.each(['0', 'false', 'No', 'OFF', ''])("'%s' switches off", text => {
    expect(parseSwitch(text)).toBe(false);
  });

  it("'maybe' does neither", () => {
    expect(failure(() => parseSwitch('maybe'))).toBe("'maybe' is not 1 or 0");
  });
});

describe('counts and choices', () => {
  it('are read', () => {
    expect([parseCount('0'), parseCount('9'), parseChoice('b', ['a', 'b'])]).toEqual([0, 9, 'b']);
  });

  it('are refused with what would be right', () => {
    expect(failure(() => parseCount('10'))).toBe("'10' is not a number from 0 to 9");
    expect(failure(() => parseChoice('B', ['a', 'b']))).toBe("'B' is not one of a, b");
  });
});

describe('a period', () => {
  it('is a time that is neither a mistake nor beyond a timer', () => {
    expect([parsePeriod('100ms'), parsePeriod('30s'), parsePeriod('24h')]).toEqual([100, 30_000, 86_400_000]);
    for (const text of ['0', '99ms', '25h', 'soon'])
      expect(failure(() => parsePeriod(text))).toContain(`'${text}' is not a`);
  });
});

describe('the path of a socket', () => {
  it('becomes absolute, and text', () => {
    expect(parseSocketPath('/run/s\xc3\xa9xton.sock')).toBe('/run/s\xe9xton.sock');
    expect(parseSocketPath('a/../b')).toBe(`${process.cwd()}/b`);
  });

  it('is short enough for a socket, UTF-8 and not empty', () => {
    expect(parseSocketPath(`/${'x'.repeat(106)}`)).toHaveLength(107);
    expect(failure(() => parseSocketPath(`/${'x'.repeat(107)}`))).toMatch(/' is too long: .* at most 107 bytes$/);
    expect(failure(() => parseSocketPath('\xff'))).toBe("'\xff' is not UTF-8, which Node wants of a path");
    expect(failure(() => parseSocketPath(''))).toBe("'' is not a path");
  });
});

describe('an address', () => {
  it.each([
    ['9090', '127.0.0.1', 9090],
    ['localhost:1', '127.0.0.1', 1],
    ['0.0.0.0:65535', '0.0.0.0', 65_535],
    ['[::1]:9090', '::1', 9090],
    ['[::]:80', '::', 80],
  ])('%s', (text, host, port) => {
    expect(parseAddress(text)).toEqual({ host, port });
  });

  it.each([
    '',
    '0',
    '65536',
    ':9090',
    '1.2.3:9',
    '256.0.0.1:9',
    '::1:9090',
    '[::1]',
    '[1.2.3.4]:9',
    'web:9090',
    '9090/',
    '-1',
    '1e3',
  ])("'%s' is none", text => {
    expect(failure(() => parseAddress(text))).toBe(
      `'${text}' is not [HOST:]PORT, an address and a port from 1 to 65535: 9090, 0.0.0.0:9090 or [::1]:9090`,
    );
  });
});
