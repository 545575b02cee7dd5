// What npm run test:deep -- --write puts into docs/reliability.md: each subject between two markers of its own.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail, root } from './set-up.js';

const PAGE = join(root, 'docs', 'reliability.md');

/** Replaces what was written of one subject (`simulation`, say) by these lines of Markdown. */
export function write(section, markdown) {
  const page = readFileSync(PAGE, 'utf8');
  const begin = `<!-- ${section}: written by \`npm run test:deep -- --write\` -->`;
  const end = `<!-- end of ${section} -->`;
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) fail(`reliability: ${PAGE} has lost its markers of ${section}`);
  writeFileSync(PAGE, `${page.slice(0, from + begin.length)}\n\n${markdown}\n\n${page.slice(to)}`);
}
