// npm run build: libsexton.so from native/, and the bundles in dist/.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail, installDependencies, root, run } from './set-up.js';

installDependencies();
buildNative();
await buildBundles();

function buildNative() {
  const out = join(root, 'prebuilds', `linux-${process.arch}`);
  for (const [command, debianPackage] of [
    ['make', 'make'],
    [process.env.CC ?? 'gcc', 'gcc'],
    ['readelf', 'binutils'],
  ]) {
    if (spawnSync(command, ['--version']).error)
      fail(`build: ${command} is missing; on Debian: apt-get install ${debianPackage} libc6-dev`);
  }
  run('make', ['--silent', '-C', 'native', `OUT=${out}`]);
  checkFreestanding(join(out, 'libsexton.so'));
}

/** One object has to load under glibc and musl, and to stay out of Node's way. */
function checkFreestanding(library) {
  const dynamic = output('readelf', ['-dW', library]);
  if (/\(NEEDED\)/.test(dynamic)) fail(`build: ${library} needs another library:\n${dynamic}`);
  const symbols = output('readelf', ['--dyn-syms', '-W', library])
    .split('\n')
    .map(line => line.trim().split(/\s+/))
    .filter(([number, , , type]) => /^\d+:$/.test(number ?? '') && type !== undefined)
    .map(([, , , , , , section, name]) => ({ section, name }))
    .filter(({ name }) => name);
  for (const { section, name } of symbols) {
    if (section === 'UND') fail(`build: ${library} leaves ${name} undefined`);
    // sigaction is for Node, when the launcher preloads the library.
    if (!name.startsWith('sexton_') && name !== 'sigaction') fail(`build: ${library} exports ${name}`);
  }
  if (/Version needs section/.test(output('readelf', ['-VW', library])))
    fail(`build: ${library} wants symbol versions`);
}

async function buildBundles() {
  const { build } = await import('esbuild');
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const license = readFileSync(join(root, 'LICENSE'), 'utf8');
  const common = {
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20.20',
    minifySyntax: true,
    legalComments: 'none',
    logLevel: 'warning',
  };
  await build({
    ...common,
    entryPoints: ['src/sexton.ts', 'src/sextonctl.ts'],
    outdir: 'dist',
    outExtension: { '.js': '.cjs' },
    external: ['koffi', 'ffi-napi', './commander.cjs'],
    // By itself: half of all that there is, and without options V8 need not even look at it.
    alias: { commander: './commander.cjs' },
    define: { VERSION: JSON.stringify(version), LICENSE: JSON.stringify(license) },
  });
  await build({ ...common, entryPoints: ['commander'], outfile: 'dist/commander.cjs' });
}

function output(command, args) {
  return spawnSync(command, args, { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } }).stdout;
}
