import { Failure } from '../failure.ts';
import { NEVER_FORWARDED, signalName, signalNumber } from '../kernel/signals.ts';

/** Reads the values of options. Each throws a Failure that says what would be right. */

const SIGNAL_FORMS = 'a signal: TERM, SIGTERM, 15 or RTMIN+3';
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
