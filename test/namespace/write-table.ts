// @ts-expect-error: a script, without types
import { write } from '../../scripts/reliability.js';

/** A table of docs/reliability.md, if it is to be written: SEXTON_WRITE=1. */
export function writeTable(section: string, head: readonly string[], rows: readonly (readonly string[])[]): void {
  if (process.env['SEXTON_WRITE'] !== '1') return;
  const line = (cells: readonly string[]) => `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  write(section, [line(head), `|${head.map(() => '---|').join('')}`, ...rows.map(line)].join('\n'));
}
