// npm run build:sea [-- --node PATH] [--out DIR]: build/linux-<arch>/sexton, sexton with Node in one file, for images
// without Node, and LICENSES of what is in it.
// It is the launcher, then a stripped Node with sexton's bundle injected (a "single executable application"), then a
// trailer that says where that begins. native/enclosed-node.c executes it.
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  existsSync,
  fchmodSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { licenses, notice } from './licenses.js';
import { fail, installDependencies, root, run } from './set-up.js';

/** A long-term release; and its binary needs no library that a minimal image lacks, as 26 needs libatomic. */
const NODE = '24.21.0';

/** Node's, to be found in its binary: nodejs.org/api/single-executable-applications.html. */
const SENTINEL = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

/** Where Node begins: a page of its own, whatever size pages have (64 KiB on some arm64). */
const PAGE = 65536;

/** The same interface, for where the parts are in there. */
const partsOfSingleFile = {
  name: 'parts of the single file',
  setup(build) {
    build.onResolve({ filter: /\/parts\.ts$/ }, () => ({ path: join(root, 'src', 'single-file', 'parts.ts') }));
  },
};

const options = readOptions();
installDependencies();
const arch = process.arch;
const build = resolve(options.out ?? join(root, 'build', `linux-${arch}`));
const parts = join(build, 'parts');
const { node, version: nodeVersion, hasFfi } = findNode();
mkdirSync(parts, { recursive: true });

const launcher = buildLauncher();
await bundle();
const enclosed = await encloseBundle();
checkEnclosed();
concatenate(join(build, 'sexton'));
writeFileSync(join(build, 'LICENSES'), licenses({ node, version: nodeVersion, hasKoffi: !hasFfi }));

function readOptions() {
  try {
    return parseArgs({ options: { node: { type: 'string' }, out: { type: 'string' } } }).values;
  } catch (error) {
    return fail(`build:sea: ${error.message.split('. ')[0]}; there are --node PATH and --out DIR`);
  }
}

/** As --node says; else this one, if it is new enough; else one that npm has. */
function findNode() {
  const isNewEnough = Number(process.versions.node.split('.')[0]) >= 24;
  const node = options.node ?? (isNewEnough ? process.execPath : fetchNode());
  const script = `[process.versions.node, process.arch, Boolean(process.getBuiltinModule('node:ffi'))].join()`;
  const [version, nodeArch, ffi] = output(node, ['--no-warnings', '-p', script]).trim().split(',');
  if (Number(version.split('.')[0]) < 24) fail(`build:sea: ${node} is Node ${version}; 24 or later is needed`);
  if (nodeArch !== arch) fail(`build:sea: ${node} is for ${nodeArch}, this machine is ${arch}`);
  console.log(`Node ${version}, ${node}`);
  return { node, version, hasFfi: ffi === 'true' };
}

function fetchNode() {
  const folder = join(root, '.cache', 'node', NODE);
  const node = join(folder, 'bin', 'node');
  if (existsSync(node)) return node;
  const { status, stderr } = spawnSync('sh', [join(root, 'scripts', 'get-node.sh'), NODE, folder], {
    encoding: 'utf8',
  });
  if (status !== 0) fail(`build:sea: ${stderr.trim()}: name a Node, 24 or later, with --node PATH`);
  return node;
}

/** koffi is what calls native functions where Node has no FFI of its own. */
function buildLauncher() {
  const koffi = join(root, 'node_modules', '@koromix', `koffi-linux-${arch}`, `linux_${arch}`, 'koffi.node');
  const launcher = join(parts, 'enclosing');
  writeFileSync(join(parts, 'none'), '');
  run('make', ['--silent', '-C', 'native', `OUT=${parts}`, `KOFFI=${hasFfi ? join(parts, 'none') : koffi}`, launcher]);
  return launcher;
}

async function bundle() {
  const { build } = await import('esbuild');
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const license = readFileSync(join(root, 'LICENSE'), 'utf8');
  await build({
    absWorkingDir: root,
    entryPoints: { sexton: 'src/single-file/main.ts', service: 'src/service/worker.ts' },
    outdir: parts,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    external: ['koffi', 'ffi-napi'],
    define: { VERSION: JSON.stringify(version), LICENSE: JSON.stringify(license + notice({ hasKoffi: !hasFfi })) },
    plugins: [partsOfSingleFile],
    minifySyntax: true,
    // What the code has of such comments stays at its end; commander's LICENSE is in LICENSES.
    legalComments: 'eof',
    logLevel: 'warning',
  });
}

/** Node with the bundle. Stripped before, since it does not start when it is stripped after. */
async function encloseBundle() {
  const config = {
    // By relative paths: it keeps that of the bundle, and must be the same wherever it is built.
    main: 'sexton.cjs',
    output: 'sexton.blob',
    disableExperimentalSEAWarning: true,
    // NODE_OPTIONS is meant for the program.
    execArgvExtension: 'none',
    assets: { 'service.cjs': 'service.cjs' },
  };
  writeFileSync(join(parts, 'sea.json'), JSON.stringify(config));
  output(resolve(node), ['--experimental-sea-config', 'sea.json'], parts);
  const enclosed = join(parts, 'node');
  copyFileSync(node, enclosed);
  run('strip', [enclosed]);
  // It warns of section names that strip has removed, and nobody reads them.
  console.warn = () => {};
  const { inject } = (await import('postject')).default;
  await inject(enclosed, 'NODE_SEA_BLOB', readFileSync(join(parts, config.output)), { sentinelFuse: SENTINEL });
  return enclosed;
}

/** The first releases of Node 24 do not know execArgvExtension, and would load what NODE_OPTIONS names. */
function checkEnclosed() {
  const env = { ...process.env, NODE_OPTIONS: '--require=/nonexistent' };
  const { status } = spawnSync(enclosed, ['explain', '0'], { env });
  if (status !== 0) fail(`build:sea: ${node} obeys NODE_OPTIONS, which is meant for the program: take a later one`);
}

function concatenate(file) {
  const head = readFileSync(launcher);
  const offset = Math.ceil(head.length / PAGE) * PAGE;
  const trailer = Buffer.alloc(16);
  trailer.write('SEXTON-1', 'latin1');
  trailer.writeBigUInt64LE(BigInt(offset), 8);
  // One that runs cannot be written to (ETXTBSY), but replaced.
  const fd = openSync(`${file}.new`, 'w', 0o755);
  for (const part of [head, Buffer.alloc(offset - head.length), readFileSync(enclosed), trailer]) writeAll(fd, part);
  fchmodSync(fd, 0o755); // whatever the umask
  closeSync(fd);
  renameSync(`${file}.new`, file);
  console.log(`${file}: ${(statSync(file).size / 1e6).toFixed(1)} MB; needs ${needed().join(', ')}`);
}

/** The libraries of an image that it is to run in, the C library with the version that Node was linked for. */
function needed() {
  const text = output('readelf', ['-dVW', enclosed]);
  const newest = prefix =>
    [...text.matchAll(new RegExp(`\\b${prefix}_([0-9.]+)`, 'g'))]
      .map(([, version]) => version)
      .sort((one, other) => one.localeCompare(other, 'en', { numeric: true }))
      .at(-1);
  const libraries = [...text.matchAll(/\(NEEDED\).*\[(.+)\]/g)].map(([, name]) => name);
  return libraries.map(name => {
    if (name === 'libc.so.6') return `${name} (glibc ${newest('GLIBC')})`;
    return name === 'libstdc++.so.6' ? `${name} (GLIBCXX ${newest('GLIBCXX')})` : name;
  });
}

function writeAll(fd, buffer) {
  for (let at = 0; at < buffer.length; ) at += writeSync(fd, buffer, at);
}

function output(command, args, cwd = root) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (error || status !== 0) fail(`build:sea: ${command} ${args.join(' ')}: ${error?.message ?? stderr}`);
  return stdout;
}
