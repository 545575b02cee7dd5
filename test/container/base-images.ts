/** The images that Dockerfile.example starts from, made here: there is no registry of images to fetch them from. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../namespace/harness.ts';
import { command, folder, mustPodman, podman } from './podman.ts';

const DEBIAN = 'docker.io/library/debian:12-slim';
const NODE = 'docker.io/library/node:24-slim';
const NODE_VERSION = '24.21.0';
const NPM = 'npm@11';

/** What the official image has beside Node and npm: its user. */
const NODE_IMAGE = `FROM ${DEBIAN}
COPY usr /usr
RUN groupadd --gid 1000 node && useradd --uid 1000 --gid node --shell /bin/bash --create-home node
CMD ["node"]
`;

/** Makes those that are not there yet. Throws where there is no way to the registries of Debian and npm. */
export function makeBaseImages(): void {
  for (const [image, make] of [
    [DEBIAN, makeDebian],
    [NODE, makeNode],
  ] as const) {
    if (podman('image', 'exists', image).status === 0) continue;
    console.log(`making ${image}`);
    const temporary = mkdtempSync(join(folder, 'making-'));
    try {
      make(temporary);
    } finally {
      rmSync(temporary, { recursive: true, force: true });
    }
  }
}

function makeDebian(temporary: string): void {
  const system = join(temporary, 'system');
  run('debootstrap', ['--variant=minbase', 'bookworm', system]);
  rmSync(join(system, 'var', 'cache', 'apt', 'archives'), { recursive: true, force: true });
  rmSync(join(system, 'var', 'lib', 'apt', 'lists'), { recursive: true, force: true });
  run('sh', ['-c', `tar -C '${system}' -c . | '${command}' import - ${DEBIAN}`]);
}

function makeNode(temporary: string): void {
  const local = join(temporary, 'usr', 'local');
  const modules = join(local, 'lib', 'node_modules');
  mkdirSync(join(local, 'bin'), { recursive: true });
  mkdirSync(join(modules, 'npm'), { recursive: true });
  const cached = join(root, '.cache', 'node', NODE_VERSION);
  if (!existsSync(join(cached, 'bin', 'node'))) run('sh', [join(root, 'scripts', 'get-node.sh'), NODE_VERSION, cached]);
  copyFileSync(join(cached, 'bin', 'node'), join(local, 'bin', 'node'));
  const archive = run('npm', ['pack', '--silent', '--pack-destination', temporary, NPM]).trim();
  run('tar', ['-xzf', join(temporary, archive), '-C', join(modules, 'npm'), '--strip-components=1']);
  for (const name of ['npm', 'npx']) {
    symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, join(local, 'bin', name));
  }
  rmSync(join(temporary, archive));
  writeFileSync(join(temporary, 'Dockerfile'), NODE_IMAGE);
  mustPodman('build', '--quiet', '--tag', NODE, temporary);
}

function run(program: string, words: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, words, { encoding: 'utf8' });
  if (status === 0) return stdout;
  throw new Error(`${program} ${words.join(' ')}: ${error?.message ?? `${stdout}${stderr}`.trim().split('\n').at(-1)}`);
}
