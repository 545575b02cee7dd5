import { constants } from 'node:os';
import { describe, expect, it } from 'vitest';
import { signalName, signalNumber } from '../../../src/kernel/signals.ts';

const standard = Object.entries(constants.signals).filter(([name]) => !['SIGUNUSED'].includes(name));

describe('signalNumber', () => {
  it.each(standard)('knows %s as this machine does', (name, number) => {
    expect(signalNumber(name)).toBe(number);
    expect(signalNumber(name.slice(3))).toBe(number);
    expect(signalNumber(name.toLowerCase())).toBe(number);
    expect(signalNumber(String(number))).toBe(number);
  });

  it.each([
    ['RTMIN', 34],
    ['SIGRTMIN+0', 34],
    ['rtmin+3', 37],
    ['SIGRTMIN+30', 64],
    ['RTMAX', 64],
    ['RTMAX-1', 63],
    ['sigrtmax-30', 34],
    ['34', 34],
    ['64', 64],
    ['IOT', 6],
    ['CLD', 17],
    ['POLL', 29],
    ['015', 15],
  ])('reads %s as %i', (text, number) => {
    expect(signalNumber(text)).toBe(number);
  });

  it.each([
    '',
    '0',
    '32',
    '33',
    '65',
    '-1',
    '1.5',
    'SIG',
    'SIGSIGTERM',
    'TERM ',
    'FOO',
    'RTMIN-1',
    'RTMIN+31',
    'RTMAX+1',
    'RTMAX-31',
    'RTMIN+',
    'RTMIN3',
    'constructor',
    '__proto__',
    '99999999999999999999',
  ])("says that '%s' is none", text => {
    expect(signalNumber(text)).toBeUndefined();
  });
});

describe('signalName', () => {
  it('is read back as the same number', () => {
    for (let signal = 1; signal <= 64; signal++)
      if (signal !== 32 && signal !== 33) expect(signalNumber(signalName(signal))).toBe(signal);
  });

  it.each([
    [15, 'SIGTERM'],
    [34, 'SIGRTMIN'],
    [37, 'SIGRTMIN+3'],
    [64, 'SIGRTMIN+30'],
    [0, '0'],
    [32, '32'],
    [65, '65'],
  ])('of %i is %s', (signal, name) => {
    expect(signalName(signal)).toBe(name);
  });
});
