import { EPIPE } from '../kernel/errors.ts';
import { harmlessJson } from './harmless-json.ts';

export type LogFormat = 'text' | 'json';
export type LogFields = Readonly<Record<string, LogValue>>;
export type LogValue =
  | string
  | number
  | boolean
  | undefined
  | readonly LogValue[]
  | { readonly [name: string]: LogValue };

/** A line on stderr, if its level is wanted. Texts are byte strings, and may hold anything: it is made harmless. */
export interface Log {
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  trace(message: string, fields?: LogFields): void;
  /** 0 errors, 1 warnings, 2 info, 3 debug, 4 trace: what is worth preparing. */
  readonly verbosity: number;
  readonly format: LogFormat;
  /** A line that was asked for by itself, whatever the verbosity. */
  always(message: string, fields?: LogFields): void;
}

/** pino's numbers: error, warn, info, debug, trace. */
const LEVELS = [50, 40, 30, 20, 10];
const PREFIXES = ['sexton: ', 'sexton: warning: ', 'sexton: ', 'sexton: ', 'sexton: '];
/** A write of at most PIPE_BUF bytes to a pipe is whole or not at all: pipe(7). */
const PIPE_BUF = 4096;
/** So that a JSON line with a few fields stays below that, as a rule. Bytes. */
const LONGEST_FIELD = 512;

export interface LogOptions {
  verbosity: number;
  format: LogFormat;
  pid: number;
  /** Writes a line without ever blocking; returns the bytes written, or -errno. */
  write(line: Uint8Array): number;
  /** A line found no taker. */
  lost?: (() => void) | undefined;
}

export function createLog({ verbosity, format, pid, write, lost: tellLost }: LogOptions): Log {
  /** Lines that could not be written since the last that could: somebody lets stderr fill up. */
  let lost = 0;
  /** Nobody reads stderr any more. */
  let deaf = false;

  function put(level: number, message: string, fields: LogFields): boolean {
    const line = format === 'json' ? jsonLine(level, pid, message, fields) : textLine(PREFIXES[level]! + message);
    const written = write(line);
    if (written === -EPIPE) deaf = true;
    return written === line.length;
  }

  function sayAt(level: number): Log['error'] {
    return (message, fields = {}) => {
      if (!deaf && lost > 0 && put(1, `${lost} lines were lost, stderr was full`, { event: 'lost', lost })) lost = 0;
      if (!deaf && put(level, message, fields)) return;
      lost++;
      tellLost?.();
    };
  }

  function say(level: number): Log['error'] {
    return level > verbosity ? () => {} : sayAt(level);
  }

  return {
    error: say(0),
    warn: say(1),
    info: say(2),
    debug: say(3),
    trace: say(4),
    verbosity,
    format,
    always: sayAt(2),
  };
}

/** One line of readable text, as bytes. Valid UTF-8 stays; control characters and other bytes are escaped. */
export function textLine(text: string): Buffer {
  // What is no byte string after all would be cut down to bytes, newlines among them.
  const harmless = /^[ -~]*$/.test(text) ? text : escapeBytes(text.replace(/[^\0-\xff]/g, '?'));
  return Buffer.from(`${wholeCharacters(harmless, PIPE_BUF - 1)}\n`, 'latin1');
}

/** The beginning of a byte string, not ending within a character of UTF-8. */
function wholeCharacters(text: string, most: number): string {
  let end = most;
  while ((text.charCodeAt(end) & 0xc0) === 0x80) end--;
  return text.slice(0, end);
}

/** One JSON object; its texts are cut as short as it takes to keep it whole. */
function jsonLine(level: number, pid: number, message: string, fields: LogFields): Buffer {
  const time = Date.now();
  for (let longest = LONGEST_FIELD; ; longest = Math.floor(longest / 2)) {
    const line: Record<string, unknown> = { level: LEVELS[level], time, pid, msg: decoded(message, longest) };
    for (const [name, value] of Object.entries(fields)) line[name] ??= shortened(value, longest);
    const bytes = Buffer.from(`${harmlessJson(JSON.stringify(line))}\n`, 'utf8');
    if (bytes.length <= PIPE_BUF || longest === 0) return bytes;
  }
}

/** The same value with its texts decoded, and texts and lists no longer than that, so that it fits into a line. */
function shortened(value: LogValue, longest: number): LogValue {
  if (typeof value === 'string') return decoded(value, longest);
  if (Array.isArray(value)) return value.slice(0, longest >> 4).map(one => shortened(one, longest));
  if (typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, shortened(one, longest)]));
}

function decoded(text: string, longest: number): string {
  return Buffer.from(text.slice(0, longest), 'latin1').toString('utf8');
}

/**
 * C0 controls, DEL, and the C1 controls as UTF-8 has them; then, as it has them too, what turns a text around (U+061C,
 * U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069) or ends a line for some readers (U+2028, U+2029).
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it is about
const CONTROLS = /[\0-\x1f\x7f]|\xc2[\x80-\x9f]|\xd8\x9c|\xe2\x80[\x8e\x8f\xa8-\xae]|\xe2\x81[\xa6-\xa9]/g;

function escapeBytes(text: string): string {
  const characters = Buffer.from(text, 'latin1').toString('utf8');
  // Not UTF-8: nothing beyond ASCII can be told from a terminal's control codes.
  const unsafe = characters.includes('\ufffd') ? /[^ -~]/g : CONTROLS;
  return text.replace(unsafe, bytes =>
    Array.from(bytes, byte => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`).join(''),
  );
}
