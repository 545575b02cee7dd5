import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { label } from '../../src/cli/help.ts';
import { optionsTable, withOptions } from '../../src/cli/markdown.ts';
import { OPTIONS } from '../../src/cli/options.ts';
import { programsTable } from '../namespace/programs/table.ts';

const root = join(import.meta.dirname, '..', '..');
const docs = readdirSync(join(root, 'docs')).filter(file => file.endsWith('.md'));
const pages = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', ...docs.map(file => `docs/${file}`)];

function read(page: string): string {
  return readFileSync(join(root, page), 'utf8');
}

describe('docs/reference.md', () => {
  it('has the options of the table: npm run docs', () => {
    const page = read('docs/reference.md');
    expect(withOptions(page)).toBe(page);
  });
});

describe('docs/reliability.md', () => {
  it('has the programs that are tried, as test/namespace/programs/table.ts has them', () => {
    expect(read('docs/reliability.md')).toContain(`\n\n${programsTable()}\n\n`);
  });
});

describe('the README', () => {
  it('names only options that there are', () => {
    const { groups } = /^## Options\n(?<list>.*?)^## /ms.exec(read('README.md'))!;
    const named = [...groups!['list']!.matchAll(/`(--?[a-z-]+)[^`]*`/g)].map(([, option]) => option!);
    expect(named).toContain('--stop-timeout');
    const known = OPTIONS.flatMap(({ long, short }) => [`--${long}`, `-${short}`]);
    for (const option of named) if (option !== '--help') expect(known).toContain(option);
  });

  it('has a way to every page of docs/', () => {
    const missing = docs.filter(page => !read('README.md').includes(`(docs/${page})`));
    expect(missing, 'to be named in README.md, below Documentation').toEqual([]);
  });
});

describe.each(pages)('%s', page => {
  it('links only to files that are here, and to headings that they have', () => {
    for (const [, path, heading] of read(page).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)/g)) {
      const target = path === '' ? page : join(dirname(page), path!);
      expect(existsSync(join(root, target)), `${target}, to which ${page} links`).toBe(true);
      if (heading !== undefined) expect(headings(read(target)), `${target}#${heading}`).toContain(heading);
    }
  });
});

/** As GitHub makes anchors of them. */
function headings(page: string): string[] {
  return [...page.matchAll(/^#+ (.*)$/gm)].map(([, text]) =>
    text!
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

describe('the table of options in Markdown', () => {
  it('has a row for each option, with two cells', () => {
    const rows = optionsTable()
      .split('\n')
      .filter(line => line.startsWith('| `'));
    expect(rows).toHaveLength(OPTIONS.length);
    for (const row of rows) expect(row.match(/(?<!\\)\|/g), row).toHaveLength(3);
  });

  it('keeps a bar inside of its cell', () => {
    const scope = OPTIONS.find(({ long }) => long === 'scope')!;
    expect(optionsTable()).toContain(`\`${label(scope).trim().replaceAll('|', '\\|')}\``);
  });
});

it('tells a page without the block', () => {
  expect(() => withOptions('# sexton\n')).toThrow('has no <!-- options');
});
