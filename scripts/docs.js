// npm run docs: writes the options into docs/reference.md, from the table in src/cli/options.ts. --check only looks.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from './load.js';
import { fail, installDependencies, root } from './set-up.js';

installDependencies();
const { withOptions } = await load('src/cli/markdown.ts');
const path = join(root, 'docs', 'reference.md');
const old = readFileSync(path, 'utf8');
const now = withOptions(old);
if (now !== old) {
  if (process.argv.includes('--check'))
    fail('docs: the options of docs/reference.md are not those of src/cli/options.ts: npm run docs');
  writeFileSync(path, now);
}
