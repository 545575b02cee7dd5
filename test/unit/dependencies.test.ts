/** What is installed with sexton is one package, and always the same bytes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const read = (file: string) => JSON.parse(readFileSync(join(root, file), 'utf8'));
const manifest = read('package.json');
const { packages } = read('package-lock.json') as { packages: Readonly<Record<string, Locked>> };

interface Locked {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly optional?: boolean;
  readonly peer?: boolean;
  readonly hasInstallScript?: boolean;
}

const locked = Object.entries(packages).filter(([path]) => path !== '');

describe('the dependencies', () => {
  it('are koffi, in one version', () => {
    expect(Object.keys(manifest.dependencies)).toEqual(['koffi']);
    expect(manifest.dependencies.koffi).toMatch(/^\d+\.\d+\.\d+$/);
    expect(packages['node_modules/koffi']!.version).toBe(manifest.dependencies.koffi);
    expect(manifest.optionalDependencies).toBeUndefined();
  });

  it('bring nothing but the binaries of koffi', () => {
    const installed = locked.filter(([, { dev, devOptional, peer }]) => !dev && !devOptional && !peer);
    const names = installed.map(([path]) => path.replace('node_modules/', ''));
    expect(names.filter(name => name !== 'koffi' && !/^@koromix\/koffi-/.test(name))).toEqual([]);
    expect(names).toContain('koffi');
  });

  it('are the same bytes everywhere: each has its sum, and none an address', () => {
    for (const [path, { integrity, resolved }] of locked) {
      expect(integrity, path).toMatch(/^sha512-[A-Za-z0-9+/]{86}==$/);
      expect(resolved, path).toBeUndefined();
    }
  });
});
