import { harmlessJson } from '../report/harmless-json.ts';
import { textLine } from '../report/log.ts';

/** Where a command's output goes: how wide it may be, and whether it may be coloured. */
export interface Terminal {
  readonly width: number;
  red(text: string): string;
  bold(text: string): string;
  dim(text: string): string;
}

type Environment = Readonly<Record<string, string | undefined>>;

export function terminalOf(stream: { isTTY?: boolean; columns?: number }, environment: Environment): Terminal {
  const isColoured = stream.isTTY === true && !environment['NO_COLOR'] && environment['TERM'] !== 'dumb';
  const paint = (code: number) => (text: string) => (isColoured ? `\x1b[${code}m${text}\x1b[0m` : text);
  const asked = Number(environment['COLUMNS'] || stream.columns);
  const width = Number.isInteger(asked) && asked > 0 ? Math.min(Math.max(asked, 40), 1000) : 80;
  return { width, red: paint(31), bold: paint(1), dim: paint(2) };
}

/** A byte string for people: its UTF-8 stays, other bytes are escaped, and it is made harmless. */
export function printable(bytes: string): string {
  return harmless(textLine(bytes).toString('utf8').slice(0, -1));
}

/** A text for people: what could move a cursor or turn the text around is escaped. */
export function harmless(text: string): string {
  return text.replace(/\p{C}|\p{Zl}|\p{Zp}/gu, character => {
    const hex = character.codePointAt(0)!.toString(16);
    return hex.length <= 2 ? `\\x${hex.padStart(2, '0')}` : `\\u{${hex}}`;
  });
}

/** How many columns a text may take, at most: what could be twice as wide counts as that. */
export function columns(text: string): number {
  let sum = 0;
  for (const character of text) sum += character >= '\u1100' ? 2 : 1;
  return sum;
}

/** The beginning of a text, with … where it is not whole. */
export function cut(text: string, width: number): string {
  if (columns(text) <= width) return text;
  let kept = '';
  let sum = 0;
  for (const character of text) {
    sum += columns(character);
    if (sum > width - 2) break; // … itself counts as two
    kept += character;
  }
  return width < 2 ? '' : `${kept}…`;
}

/** Lines of whole words that are not wider than `width`, each behind the indent. */
export function wrap(text: string, width: number, indent = ''): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && columns(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(cut(indent + word, width));
  }
  return lines;
}

/** Lines of cells. The columns named in `right` are aligned to the right; the last one gets what is left of the width. */
export function table(rows: readonly (readonly string[])[], right: readonly number[], width: number): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => columns(row[column]!))));
  return rows.map(row => {
    const cells = row.map((cell, column) => {
      const space = ' '.repeat(widths[column]! - columns(cell));
      if (right.includes(column)) return space + cell;
      return column === row.length - 1 ? cell : cell + space;
    });
    return cut(cells.join('  '), width);
  });
}

/** `45s`, `12m`, `3h12m`, `2d4h`. */
export function duration(seconds: number): string {
  const whole = Math.floor(seconds);
  const minutes = Math.floor(whole / 60);
  const hours = Math.floor(minutes / 60);
  if (minutes === 0) return `${whole}s`;
  if (hours === 0) return `${minutes}m`;
  return hours < 24 ? `${hours}h${minutes % 60}m` : `${Math.floor(hours / 24)}d${hours % 24}h`;
}

/** `1 zombie`, `2 zombies`. */
export function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}

/** For programs: texts inside have to be decoded already. */
export function jsonText(value: unknown): string {
  return harmlessJson(JSON.stringify(value, undefined, 2));
}

/** A byte string as the characters that its UTF-8 means. */
export function decoded(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
