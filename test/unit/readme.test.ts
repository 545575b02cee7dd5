import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { optionsTable, withOptions } from '../../src/cli/markdown.ts';
import { OPTIONS } from '../../src/cli/options.ts';

const root = join(import.meta.dirname, '..', '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');

describe('the README', () => {
  it('has the options of the table: npm run docs', () => {
    expect(withOptions(readme)).toBe(readme);
  });

  it('shows only what docs/diagnosis.md shows too, where a test plays it', () => {
    const diagnosis = readFileSync(join(root, 'docs', 'diagnosis.md'), 'utf8');
    const blocks = [...readme.matchAll(/^```console\n.*?^```$/gms)].map(([block]) => block);
    expect(blocks).not.toEqual([]);
    for (const block of blocks) expect(diagnosis).toContain(block);
  });

  it('links only to files that are here', () => {
    const links = [...readme.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(match => match[1]!);
    expect(links).not.toEqual([]);
    for (const link of links) expect(() => readFileSync(join(root, link)), link).not.toThrow();
  });
});

describe('the table of options in Markdown', () => {
  it('has a row for each option, with two cells', () => {
    const rows = optionsTable()
      .split('\n')
      .filter(line => line.startsWith('| `'));
    expect(rows).toHaveLength(OPTIONS.length);
    for (const row of rows) expect(row.match(/(?<!\\)\|/g), row).toHaveLength(3);
  });

  it('keeps a bar inside of its cell', () => {
    expect(optionsTable()).toContain('`--scope child\\|group\\|all`');
  });
});

it('tells a README without the block', () => {
  expect(() => withOptions('# sexton\n')).toThrow('has no <!-- options');
});
