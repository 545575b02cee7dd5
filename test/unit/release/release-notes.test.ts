import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..', '..');
const { releaseNotes } = await import(join(root, 'scripts', 'release-notes.js'));

const CHANGELOG = `# Changelog

Versions follow [Semantic Versioning].

## [Unreleased]

## [1.2.0] - 2026-05-01

### Added

- An option.

## [1.1.0] - 2026-04-01

### Fixed

## [1.0.0]

- All of it.

[Semantic Versioning]: https://semver.org
`;

describe('the notes of a release', () => {
  it('are its section of the changelog', () => {
    expect(releaseNotes(CHANGELOG, '1.2.0')).toBe('### Added\n\n- An option.');
  });

  it.each([
    ['1.2', 'has no section "## [1.2] - DATE"'],
    ['Unreleased', 'has no section'],
    ['1.1.0', 'says nothing of 1.1.0'],
    ['1.0.0', 'has no section "## [1.0.0] - DATE"'],
  ])('of %s: CHANGELOG.md %s', (version, problem) => {
    expect(() => releaseNotes(CHANGELOG, version)).toThrow(problem);
  });

  it('have a real date', () => {
    expect(() => releaseNotes('## [1.0.0] - soon\n\n- x\n', '1.0.0')).toThrow('no date');
  });

  it('leave out the links at the end of the file', () => {
    expect(releaseNotes('## [1.0.0] - 2026-01-01\n\n- [x]\n\n[x]: https://example.org\n', '1.0.0')).toBe('- [x]');
  });

  it('fail as a command, with one line', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/release-notes.js', '99.0.0'], {
      cwd: root,
      encoding: 'utf8',
    });
    expect({ status, stdout, stderr }).toEqual({
      status: 1,
      stdout: '',
      stderr: 'release-notes: CHANGELOG.md has no section "## [99.0.0] - DATE"\n',
    });
  });
});
