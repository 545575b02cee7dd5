import { resolve } from 'node:path';
import { Failure } from '../failure.ts';
import { NEVER_FORWARDED, signalName, signalNumber } from '../kernel/signals.ts';

/** Reads the values of options. Each throws a Failure that says what would be right. */

const SIGNAL_FORMS = 'a signal: TERM, SIGTERM, 15 or RTMIN+3';
/** unix(7): 108 bytes with the NUL behind it. */
const LONGEST_SOCKET_PATH = 107;
const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

export function parseSignal(text: string): number {
  const signal = signalNumber(text);
  if (signal === undefined) throw notA(text, SIGNAL_FORMS);
  return signal;
}

/** A signal that can come: one that a process can catch, and that is not used up by the init itself. */
export function parseCatchable(text: string): number {
  const signal = parseSignal(text);
  if (NEVER_FORWARDED.includes(signal))
    throw new Failure(`${signalName(signal)} never comes to be forwarded: it cannot be caught, or is sexton's own`);
  return signal;
}

/** Returns milliseconds. */
export function parseTime(text: string): number {
  const match = /^([0-9]+(?:\.[0-9]+)?)(ms|s|m|h)?$/.exec(text);
  if (!match) throw notA(text, 'a time: 500ms, 10s, 2m or plain seconds');
  return Number(match[1]) * UNITS[match[2] ?? 's']!;
}

/** A path; or a switch, which stands for the usual path or for none. Empty: the usual one. */
export function parseOptionalPath(text: string, usual: string): string | undefined {
  if (text.includes('/')) return text;
  if (text === '') return usual;
  try {
    return parseSwitch(text) ? usual : undefined;
  } catch {
    throw notA(text, 'a path with a slash in it');
  }
}

/** What is done every so often: often enough not to be a mistake, and not longer than a timer lasts. */
export function parsePeriod(text: string): number {
  const period = parseTime(text);
  if (period < 100 || period > 86_400_000) throw notA(text, 'a time from 100ms to 24h');
  return period;
}

/** Where a unix socket is to be: returns an absolute path, as text. */
export function parseSocketPath(text: string): string {
  const decoded = Buffer.from(text, 'latin1').toString('utf8');
  if (decoded.includes('\ufffd')) throw new Failure(`'${text}' is not UTF-8, which Node wants of a path`);
  if (text === '') throw notA(text, 'a path');
  const path = resolve(decoded);
  if (Buffer.byteLength(path) > LONGEST_SOCKET_PATH)
    throw new Failure(`'${text}' is too long: the path of a socket has at most ${LONGEST_SOCKET_PATH} bytes`);
  return path;
}

/** `[HOST:]PORT`. */
export function parseAddress(text: string): { host: string; port: number } {
  const [, bracketed, plain, digits] = /^(?:(?:\[([^\]]*)\]|([^:[\]]+)):)?([0-9]{1,5})$/.exec(text) ?? [];
  const { isIP } = require('node:net') as typeof import('node:net');
  const host = plain === 'localhost' ? '127.0.0.1' : (bracketed ?? plain ?? '127.0.0.1');
  const port = Number(digits);
  if (isIP(host) !== (bracketed === undefined ? 4 : 6) || !(port > 0 && port < 65_536))
    throw notA(text, '[HOST:]PORT, an address and a port from 1 to 65535: 9090, 0.0.0.0:9090 or [::1]:9090');
  return { host, port };
}

/** `FROM:TO`, both signals; TO may be 0. */
export function parseRewrite(text: string): [from: number, to: number] {
  const [from, to, ...rest] = text.split(':');
  if (from === undefined || to === undefined || rest.length > 0)
    throw notA(text, 'FROM:TO: TERM:QUIT, 15:3, RTMIN+3:TERM, or HUP:0 to drop it');
  return [parseCatchable(from), to === '0' ? 0 : parseSignal(to)];
}

/** `CODE[:TO]`, both exit statuses. */
export function parseRemap(text: string): [code: number, to: number] {
  const match = /^([0-9]+)(?::([0-9]+))?$/.exec(text);
  const code = Number(match?.[1]);
  const to = Number(match?.[2] ?? 0);
  if (!match || code > 255 || to > 255) throw notA(text, 'CODE or CODE:TO, exit statuses from 0 to 255: 143 or 137:75');
  return [code, to];
}

export function parseVariable(text: string): string {
  if (text.indexOf('=') < 1) throw notA(text, 'KEY=VALUE');
  return text;
}

export function parseChoice<T extends string>(text: string, choices: readonly T[]): T {
  const choice = choices.find(one => one === text);
  if (choice === undefined) throw notA(text, `one of ${choices.join(', ')}`);
  return choice;
}

/** The value of an environment variable that stands for an option without argument. */
export function parseSwitch(text: string): boolean {
  if (/^(1|true|yes|on)$/i.test(text)) return true;
  if (/^(0|false|no|off|)$/i.test(text)) return false;
  throw notA(text, '1 or 0');
}

export function parseCount(text: string): number {
  if (!/^[0-9]$/.test(text)) throw notA(text, 'a number from 0 to 9');
  return Number(text);
}

function notA(text: string, right: string): Failure {
  return new Failure(`'${text}' is not ${right}`);
}
