// What the other scripts need before they can do anything, on a fresh clone: the dependencies, and the build.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Installs the dependencies, unless they are there and as new as the lockfile. */
export function installDependencies() {
  const installed = join(root, 'node_modules', '.package-lock.json');
  const wanted = join(root, 'package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(wanted).mtimeMs) return;
  run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund']);
}

/** Builds, unless everything is built and newer than its sources: a build under a running test would break it. */
export function buildIfOutdated() {
  const native = join(root, 'prebuilds', `linux-${process.arch}`, 'libsexton.so');
  const bundle = join(root, 'dist', 'sexton.cjs');
  if (existsSync(native) && existsSync(bundle) && sourcesBefore(statSync(bundle).mtimeMs)) return;
  run(process.execPath, ['scripts/build.js']);
}

function sourcesBefore(time) {
  const sources = ['src', 'native'].flatMap(folder =>
    readdirSync(join(root, folder), { recursive: true }).map(file => join(root, folder, file)),
  );
  return [...sources, join(root, 'package.json')].every(file => statSync(file).mtimeMs <= time);
}

/** Runs a command in the project's folder; its failure is ours. */
export function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  if (error) fail(`cannot run ${command}: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

export function fail(message) {
  console.error(message);
  process.exit(1);
}
