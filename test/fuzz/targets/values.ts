import { toInt } from '../../../src/cli/personalities/to-int.ts';
import * as values from '../../../src/cli/values.ts';
import { Failure } from '../../../src/failure.ts';
import { signalName, signalNumber } from '../../../src/kernel/signals.ts';
import { holds, type Target } from '../target.ts';
import { expectOneLine } from './lines.ts';

/** Signals, times, statuses, addresses and paths, as options and variables have them. */
export const signalsAndValues: Target = {
  seeds: [
    'SIGTERM',
    'RTMIN+3',
    'rtmax-30',
    '15',
    'TERM:QUIT',
    'HUP:0',
    '10s',
    '1.5h',
    '143:1',
    '[::1]:9090',
    '/run/x',
    'on',
  ],
  words: [
    'SIG',
    'RTMIN',
    'RTMAX',
    '+',
    '-',
    ':',
    '0',
    '9',
    '.',
    'ms',
    'constructor',
    'ALRM',
    '[',
    ']',
    'localhost:',
    '\xff',
    '/..',
  ],
  check(input) {
    const text = input.toString('latin1').replaceAll('\0', '');
    const signal = signalNumber(text);
    holds(signal === undefined || isSignal(signal), `${signal} is a signal`);
    if (signal !== undefined) holds(signalNumber(signalName(signal)) === signal, 'a name means its number');
    read(() => values.parseSignal(text), isSignal);
    read(() => values.parseCatchable(text), isSignal);
    read(
      () => values.parseRewrite(text),
      ([from, to]) => isSignal(from) && (to === 0 || isSignal(to)),
    );
    read(
      () => values.parseRemap(text),
      codes => codes.every(code => code >= 0 && code <= 255),
    );
    read(
      () => values.parseTime(text),
      time => time >= 0,
    );
    read(
      () => values.parsePeriod(text),
      time => time >= 100 && time <= 86_400_000,
    );
    read(
      () => values.parseAddress(text),
      ({ port }) => port > 0 && port < 65_536,
    );
    read(
      () => values.parseSocketPath(text),
      path => path.startsWith('/') && Buffer.byteLength(path) < 108,
    );
    read(
      () => values.parseCount(text),
      count => count >= 0 && count <= 9,
    );
    read(
      () => values.parseSwitch(text),
      () => true,
    );
    holds(Number.isInteger(toInt(/^[0-9]+/.exec(text)?.[0] ?? '0')), 'atoi gives an integer');
  },
};

function read<T>(parse: () => T, isRight: (value: T) => boolean): void {
  let value: T;
  try {
    value = parse();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    expectOneLine(error.message);
    return;
  }
  holds(isRight(value), `a value in its range: ${JSON.stringify(value)}`);
}

function isSignal(signal: number): boolean {
  return (signal >= 1 && signal <= 31) || (signal >= 34 && signal <= 64);
}
