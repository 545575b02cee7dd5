import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FILES } from '../package/files.ts';

const root = join(import.meta.dirname, '..', '..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

interface Packed {
  readonly files: readonly { readonly path: string; readonly mode: number }[];
}

function pack(): Packed['files'] {
  const { stdout, stderr } = spawnSync('npm', ['pack', '--dry-run', '--json'], { cwd: root, encoding: 'utf8' });
  const found: unknown = JSON.parse(stdout || `{"error": ${JSON.stringify(stderr)}}`);
  // An array up to npm 11, an object by name since.
  const [packed] = Object.values(found as Record<string, Packed>);
  return packed!.files;
}

describe('the package', () => {
  it('holds what is needed to run, and nothing else', { timeout: 60_000 }, () => {
    const files = pack();
    const areOurs = (path: string): boolean => !path.startsWith('prebuilds/');
    const paths = files.map(({ path }) => path);
    // The binaries here are those that were built here: of the package itself, see test/package.
    expect(paths.filter(areOurs).sort()).toEqual(Object.keys(FILES).filter(areOurs).sort());
    for (const path of paths) expect(FILES).toHaveProperty([path]);
    expect(paths).toContain(`prebuilds/linux-${process.arch}/libsexton.so`);
    for (const { path, mode } of files) if (/^bin\/.*\.js$/.test(path)) expect(mode & 0o111, path).toBe(0o111);
  });

  it("has what its pages link to, but for the sources' own", () => {
    const pages = Object.keys(FILES).filter(path => path.endsWith('.md') && path !== 'CHANGELOG.md');
    expect(pages).toContain('docs/install.md');
    const isHere = (target: string): boolean => Object.keys(FILES).some(path => `${path}/`.startsWith(`${target}/`));
    for (const page of pages)
      for (const [, path] of readFileSync(join(root, page), 'utf8').matchAll(/\]\((?!https?:)([^)#\s]+)/g)) {
        const target = join(dirname(page), path!);
        const isOfSources = /^(CONTRIBUTING\.md$|(test|scripts|native)\/)/.test(target);
        expect(isOfSources || isHere(target), `${target}, to which ${page} links`).toBe(true);
      }
  });

  it('links its commands to entries of its own', () => {
    expect(Object.keys(manifest.bin)).toEqual(['sexton', 'sextonctl']);
    for (const entry of Object.values<string>(manifest.bin))
      expect(readFileSync(join(root, entry), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  });

  it('exports files that it holds, types first', () => {
    const conditions: Record<string, string>[] = ['.', './register'].flatMap(name =>
      Object.values<Record<string, string>>(manifest.exports[name]),
    );
    const paths = pack().map(({ path }) => `./${path}`);
    for (const condition of conditions) {
      expect(Object.keys(condition)).toEqual(['types', 'default']);
      expect(paths).toEqual(expect.arrayContaining(Object.values(condition)));
    }
  });

  it('runs nothing when it is installed', () => {
    const atInstall = ['preinstall', 'install', 'postinstall', 'prepare', 'prepublish'];
    expect(Object.keys(manifest.scripts).filter(name => atInstall.includes(name))).toEqual([]);
  });
});
