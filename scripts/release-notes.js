// node scripts/release-notes.js VERSION: what CHANGELOG.md says of a version, for the page of its release.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fail, root } from './set-up.js';

/** The text below `## [VERSION] - DATE`. Throws where there is no such section, or nothing in it. */
export function releaseNotes(changelog, version) {
  const sections = changelog.split(/^## /m).slice(1);
  const section = sections.find(text => text.startsWith(`[${version}] - `));
  if (section === undefined) throw new Error(`CHANGELOG.md has no section "## [${version}] - DATE"`);
  const [heading, ...lines] = section.split('\n');
  if (!/ - \d{4}-\d{2}-\d{2}$/.test(heading)) throw new Error(`CHANGELOG.md: "## ${heading}" has no date YYYY-MM-DD`);
  // Links of the whole file stand at its end.
  const notes = lines
    .filter(line => !/^\[[^\]]+\]: /.test(line))
    .join('\n')
    .trim();
  if (notes.replace(/^#+ .*$/gm, '').trim() === '') throw new Error(`CHANGELOG.md says nothing of ${version}`);
  return notes;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [version] = process.argv.slice(2);
  if (version === undefined) fail('usage: node scripts/release-notes.js VERSION');
  try {
    console.log(releaseNotes(readFileSync(join(root, 'CHANGELOG.md'), 'utf8'), version));
  } catch (error) {
    fail(`release-notes: ${error.message}`);
  }
}
