// libsexton.so and the launcher for an architecture, in prebuilds/linux-<arch>, from native/.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fail, root, run } from './set-up.js';

/** Those that the package is for: Node's names, with what GNU and readelf(1) call them. */
export const ARCHITECTURES = {
  x64: { target: 'x86_64-linux-gnu', machine: 'X86-64', debian: 'gcc-x86-64-linux-gnu libc6-dev-amd64-cross' },
  arm64: { target: 'aarch64-linux-gnu', machine: 'AArch64', debian: 'gcc-aarch64-linux-gnu libc6-dev-arm64-cross' },
};

/** Builds them, and ends with a message when that cannot be, or when they came out other than they have to be. */
export function buildNative(architecture) {
  const out = join(root, 'prebuilds', `linux-${architecture}`);
  const compiler = compilerFor(architecture);
  for (const [command, debianPackage] of [['make', 'make'], ['readelf', 'binutils'], compiler]) {
    if (spawnSync(command, ['--version']).error)
      fail(`build: ${command} is missing; on Debian: apt-get install ${debianPackage}`);
  }
  run('make', ['--silent', '-C', 'native', `CC=${compiler[0]}`, `OUT=${out}`]);
  checkLibrary(join(out, 'libsexton.so'), architecture);
  checkLauncher(join(out, 'sexton'), architecture);
}

/** The compiler, and the packages of Debian that have it. */
function compilerFor(architecture) {
  if (architecture === process.arch) return [process.env.CC ?? 'gcc', 'gcc libc6-dev'];
  const { target, debian } = ARCHITECTURES[architecture];
  return [`${target}-gcc`, debian];
}

/** One object has to load under glibc and musl, and to stay out of Node's way. */
function checkLibrary(library, architecture) {
  checkMachine(library, architecture);
  const dynamic = readelf('-d', library);
  if (/\(NEEDED\)/.test(dynamic)) fail(`build: ${library} needs another library:\n${dynamic}`);
  const symbols = readelf('--dyn-syms', library)
    .split('\n')
    .map(line => line.trim().split(/\s+/))
    .filter(([number, , , type]) => /^\d+:$/.test(number ?? '') && type !== 'SECTION')
    .map(([, , , , , , section, name]) => ({ section, name }))
    .filter(({ name }) => name);
  for (const { section, name } of symbols) {
    if (section === 'UND') fail(`build: ${library} leaves ${name} undefined`);
    // sigaction is for Node, when the launcher preloads the library.
    if (!name.startsWith('sexton_') && name !== 'sigaction') fail(`build: ${library} exports ${name}`);
  }
  if (/Version needs section/.test(readelf('-V', library))) fail(`build: ${library} wants symbol versions`);
}

/** It starts in images that have no loader where ours is. */
function checkLauncher(launcher, architecture) {
  checkMachine(launcher, architecture);
  if (/INTERP|DYNAMIC/.test(readelf('-l', launcher))) fail(`build: ${launcher} is not static`);
}

function checkMachine(object, architecture) {
  const { machine } = ARCHITECTURES[architecture];
  if (!readelf('-h', object).includes(machine)) fail(`build: ${object} is not for ${machine}: remove it, build again`);
}

function readelf(option, file) {
  const environment = { ...process.env, LC_ALL: 'C' };
  return spawnSync('readelf', ['-W', option, file], { encoding: 'utf8', env: environment }).stdout;
}
