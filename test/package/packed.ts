/** The package as `npm run pack` makes it, from a copy of the sources: a build in place would disturb other tests. */
import { execFile, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { missing, root } from '../namespace/harness.ts';

export const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** Why the package cannot be made here, which has binaries for both architectures. */
export const whyNoPackage: string | undefined =
  ['make', 'readelf', 'gcc'].map(missing).find(Boolean) ??
  missing(process.arch === 'arm64' ? 'x86_64-linux-gnu-gcc' : 'aarch64-linux-gnu-gcc');

/** What is made from the sources, or is no part of them. */
const NOT_SOURCES = ['.git', '.cache', 'node_modules', 'dist', 'prebuilds', 'coverage'];
/** What the build needs of node_modules, and npm's list of it, by which the build sees that nothing is to be installed. */
const BUILD_NEEDS = ['.package-lock.json', '@esbuild', 'esbuild', 'commander', 'typescript'];

/** Copies what the package is built from into a new folder. */
export function copySources(folder: string): void {
  mkdirSync(folder, { recursive: true });
  cpSync(root, folder, {
    recursive: true,
    filter: source => !NOT_SOURCES.some(name => source === join(root, name)) && !source.endsWith('.tgz'),
  });
  for (const name of BUILD_NEEDS)
    cpSync(join(root, 'node_modules', name), join(folder, 'node_modules', name), { recursive: true });
}

/** Packs in such a folder, in these circumstances; returns the path of the tarball. */
export async function pack(folder: string, environment: NodeJS.ProcessEnv = {}, umask = '022'): Promise<string> {
  const { stdout } = await promisify(execFile)('sh', ['-c', `umask ${umask} && npm run --silent pack`], {
    cwd: folder,
    env: { ...process.env, ...environment },
  });
  return join(folder, basename(stdout.trim()));
}

/** Installs the package as a user does, in a new folder: no scripts, no devDependencies; `more` for npm. */
export async function install(tarball: string, folder: string, more: readonly string[] = []): Promise<void> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "name": "user", "version": "1.0.0" }');
  // What npm ci has fetched for ourselves is in npm's cache; what is not comes from the registry, as that came.
  const words = ['--ignore-scripts', '--omit=dev', '--prefer-offline', '--no-audit', '--no-fund', ...more, tarball];
  await promisify(execFile)('npm', ['install', ...words], { cwd: folder });
}

/** A command's status and what it says. */
export function outcome(command: string, words: readonly string[], cwd: string, env: NodeJS.ProcessEnv = process.env) {
  const { status, stdout, stderr } = spawnSync(command, words, { cwd, env, encoding: 'utf8' });
  return { status, stdout, stderr };
}
