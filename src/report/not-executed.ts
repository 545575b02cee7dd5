import { closeSync, lstatSync, openSync, readlinkSync, readSync, statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { EACCES, ENOENT } from '../kernel/errors.ts';

/** What of a file's beginning the kernel looks at: execve(2). */
const BEGINNING = 256;
const ANY_EXECUTE_BIT = 0o111;

/**
 * What execve(2) does not tell: ENOENT is what it says, too, of a file that is there when its interpreter is not.
 * Undefined where the error says it all. Byte strings, all of them; `directory`: in which the program was to run.
 */
export function whyNotExecuted(program: string, directory: string | undefined, errno: number): string | undefined {
  if (errno !== ENOENT && errno !== EACCES) return undefined;
  try {
    return why(program, directory, errno);
  } catch {
    // We may not look there, or it changes meanwhile.
    return undefined;
  }
}

/** The program, without its arguments where they are in one word with it: there may be a password among them. */
export function nameOf(program: string, directory: string | undefined): string {
  const end = program.search(/[ \t]/);
  return end < 0 || isThere(program, directory) ? program : `${program.slice(0, end)} ...`;
}

function isThere(program: string, directory: string | undefined): boolean {
  try {
    return program.includes('/') && lstatSync(pathOf(program, directory), { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

function why(program: string, directory: string | undefined, errno: number): string | undefined {
  // Without a slash it was looked for in PATH: there is no one file to look at.
  const path = program.includes('/') ? pathOf(program, directory) : undefined;
  const file = path && statSync(path, { throwIfNoEntry: false });
  if (errno === EACCES) {
    if (file?.isDirectory()) return 'it is a directory';
    return file && !(file.mode & ANY_EXECUTE_BIT) ? 'it has no execute bit: chmod +x' : undefined;
  }
  if (file?.isFile()) return whatIsMissing(beginningOf(path!));
  const link = path && linkOf(path);
  if (link !== undefined) return `it is a link to '${link}', which is not there`;
  if (!program.includes(' ')) return undefined;
  return `program and arguments are one word here: write ["${program.slice(0, program.indexOf(' '))}", ...]`;
}

/** The file is there, and yet execve(2) did not find something. */
function whatIsMissing(beginning: string): string | undefined {
  if (beginning.startsWith('\x7fELF'))
    return 'it is there, but its dynamic loader is not: was it built for another libc?';
  const [, interpreter] = /^#![ \t]*([^ \t\n]+)/.exec(beginning) ?? [];
  if (interpreter === undefined) return undefined;
  return interpreter.endsWith('\r')
    ? 'it is there, but its lines end with CR LF: sed -i "s/\\r$//"'
    : `it is there, but its interpreter '${interpreter}' is not`;
}

function beginningOf(path: Buffer): string {
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(BEGINNING);
    return buffer.toString('latin1', 0, readSync(file, buffer));
  } finally {
    closeSync(file);
  }
}

function linkOf(path: Buffer): string | undefined {
  try {
    return readlinkSync(path, 'latin1');
  } catch {
    return undefined;
  }
}

function pathOf(program: string, directory: string | undefined): Buffer {
  const isBelow = directory !== undefined && !isAbsolute(program);
  return Buffer.from(isBelow ? `${directory}/${program}` : program, 'latin1');
}
