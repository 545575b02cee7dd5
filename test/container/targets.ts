/** The targets of Dockerfile.example, built as its user builds them. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../namespace/harness.ts';
import { folder, mustPodman } from './podman.ts';

const dockerfile = join(root, 'Dockerfile.example');
const context = join(folder, 'service');

/** Builds each stage and gives the image its name. What has not changed comes from podman's cache. */
export function buildTargets(): void {
  makeContext();
  for (const [, target] of readFileSync(dockerfile, 'utf8').matchAll(/^FROM .* AS (\S+)$/gm)) {
    console.log(`building ${target}`);
    // HEALTHCHECK is Docker's, not OCI's.
    const format = ['--format', 'docker', '--quiet'];
    mustPodman('build', ...format, '--target', target!, '--tag', target!, '--file', dockerfile, context);
  }
  mustPodman('image', 'prune', '--force');
}

/** The example's folder with the package in it, and the lockfile that `npm install` of it writes. */
function makeContext(): void {
  rmSync(context, { recursive: true, force: true });
  mkdirSync(context);
  cpSync(join(root, 'examples', 'service'), context, {
    recursive: true,
    filter: path => !/\/(node_modules|package-lock\.json)$|\.tgz$/.test(path),
  });
  const npm = (cwd: string, ...words: string[]) =>
    execFileSync('npm', words, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim();
  const archive = npm(root, 'pack', '--silent', '--pack-destination', context);
  npm(context, 'install', '--silent', '--package-lock-only', `./${archive}`);
}
