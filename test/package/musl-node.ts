/** A Node that is linked with musl. Nobody packs one for npm, but pnpm's program for musl is one, with pnpm inside. */
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fixtures, missing, root } from '../namespace/harness.ts';

const PACKAGE = '@pnpm/linuxstatic-x64@11.21.0';
/** Behind it stands whether a Node is a single executable application: that of pnpm, by 1; plain Node, by 0. */
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:';
/** Where Debian's musl reads what folders it looks for libraries in. */
const LIBRARY_PATH = '/etc/ld-musl-x86_64.path';
const DEBIAN = ['/usr/lib/x86_64-linux-gnu/libstdc++.so.6', '/lib/x86_64-linux-gnu/libgcc_s.so.1'];

export const muslNode: string = join(root, '.cache', 'node-musl', '26.0.0', 'bin', 'node');

/** The reason why it is not here, or cannot run; undefined if it is and can. Fetches it from the registry. */
export const whyNoMuslNode: string | undefined =
  (process.arch === 'x64' ? undefined : 'there is a Node for musl for x64 only') ??
  missing('musl-gcc') ??
  [LIBRARY_PATH, ...DEBIAN].filter(path => !existsSync(path)).map(path => `there is no ${path}`)[0] ??
  fetchNode();

function fetchNode(): string | undefined {
  if (existsSync(muslNode)) return undefined;
  const folder = dirname(muslNode);
  try {
    mkdirSync(folder, { recursive: true });
    const archive = execFileSync('npm', ['pack', '--silent', PACKAGE], { cwd: folder, encoding: 'utf8' }).trim();
    execFileSync('tar', ['-xzf', archive, '--strip-components=1', 'package/pnpm'], { cwd: folder });
    execFileSync('rm', [archive], { cwd: folder });
    const program = readFileSync(join(folder, 'pnpm'));
    const fuse = program.indexOf(FUSE);
    if (fuse < 0) return `${PACKAGE} is no Node`;
    program.write('0', fuse + FUSE.length, 'latin1');
    writeFileSync(muslNode, program, { mode: 0o755 });
    execFileSync('rm', ['pnpm'], { cwd: folder });
    return undefined;
  } catch (error) {
    return `${PACKAGE} cannot be had: ${(error as Error).message}`;
  }
}

/** Prepares the libraries that it needs in a folder; returns the words that run a command, as the same process, with them. */
export function withLibraries(folder: string): readonly string[] {
  for (const library of DEBIAN) copyFileSync(library, join(folder, library.replace(/.*\//, '')));
  const words = ['-shared', '-fPIC', '-O1', '-Wall', '-Wextra', '-o', join(folder, 'ld-linux-x86-64.so.2')];
  execFileSync('musl-gcc', [...words, join(fixtures, 'glibc-in-musl.c')], { stdio: 'inherit' });
  const path = join(folder, 'path');
  writeFileSync(path, folder);
  chmodSync(path, 0o644);
  const bind = `mount --bind ${path} ${LIBRARY_PATH} && exec "$@"`;
  return ['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c', bind, 'sh'];
}
