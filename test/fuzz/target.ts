/** One thing that takes bytes from others. */
export interface Target {
  /** Inputs to begin with, as byte strings. */
  readonly seeds: readonly string[];
  /** What such inputs are made of: inserted as it is. */
  readonly words: readonly string[];
  /** Throws if what must hold for every input does not hold for this one. */
  check(input: Buffer): void | Promise<void>;
  /** What it has opened is closed. */
  end?(): void;
}

export function holds(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`does not hold: ${what}`);
}

/** NUL-free texts, as execve(2) gives them. */
export function texts(input: Buffer): string[] {
  return input.toString('latin1').split('\0');
}

/** What moves a cursor, turns a text around, or begins a line for some reader of logs: Unicode UAX 9 and 14. */
export const HARMFUL: RegExp = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u;
