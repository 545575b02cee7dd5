// npm run build: prebuilds/ from native/, for this machine or (--release) for every architecture; dist/ from src/.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { load } from './load.js';
import { ARCHITECTURES, buildNative } from './native.js';
import { fail, installDependencies, root } from './set-up.js';
import { writeSums } from './sums.js';

installDependencies();
const isRelease = process.argv.includes('--release');
for (const architecture of isRelease ? Object.keys(ARCHITECTURES) : [process.arch]) buildNative(architecture);
if (isRelease) writeSums();
await buildBundles();
await buildManual();

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
    entryPoints: {
      sexton: 'src/sexton.ts',
      sextonctl: 'src/sextonctl.ts',
      service: 'src/service/worker.ts',
    },
    outdir: 'dist',
    outExtension: { '.js': '.cjs' },
    external: ['koffi', 'ffi-napi', './commander.cjs'],
    // By itself: half of all that there is, and without options V8 need not even look at it.
    alias: { commander: './commander.cjs' },
    define: { VERSION: JSON.stringify(version), LICENSE: JSON.stringify(license) },
  });
  // Its licence wants to be where its code is.
  const notice = readFileSync(join(root, 'node_modules', 'commander', 'LICENSE'), 'utf8');
  const banner = { js: `/* commander\n\n${notice.trim()}\n*/` };
  await build({ ...common, entryPoints: ['commander'], outfile: 'dist/commander.cjs', banner });
  await buildLibrary(build, { VERSION: JSON.stringify(version) });
}

/** What programs import, as ES modules and as CommonJS, each a single file, with the types of the one public module. */
async function buildLibrary(build, define) {
  const formats = [
    { format: 'esm', extension: '.mjs', define },
    { format: 'cjs', extension: '.cjs', define: { ...define, 'import.meta.url': '__filename' } },
  ];
  for (const { format, extension, define } of formats) {
    await build({
      absWorkingDir: root,
      entryPoints: ['src/register/index.ts', 'src/register/register.ts'],
      outdir: 'dist',
      outExtension: { '.js': extension },
      bundle: true,
      platform: 'node',
      format,
      target: 'node20.20',
      define,
      plugins: format === 'esm' ? [builtinsWithoutFacades()] : [],
      minifySyntax: true,
      legalComments: 'none',
      logLevel: 'warning',
    });
  }
  const { default: typescript } = await import('typescript');
  const { options } = typescript.convertCompilerOptionsFromJson(
    JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8')).compilerOptions,
    root,
  );
  for (const name of ['index', 'register']) {
    const source = readFileSync(join(root, 'src', 'register', `${name}.ts`), 'utf8');
    const { outputText } = typescript.transpileDeclaration(source, {
      compilerOptions: { ...options, isolatedDeclarations: true, noEmit: false, declaration: true },
      fileName: `${name}.ts`,
    });
    for (const extension of ['.d.mts', '.d.cts']) writeFileSync(join(root, 'dist', `${name}${extension}`), outputText);
  }
}

/**
 * To import a built-in module, Node makes an ES module of it and runs every getter of its exports, which loads much
 * more: 5 ms and 1 MiB for ours. process.getBuiltinModule gives the module as it is.
 */
function builtinsWithoutFacades() {
  return {
    name: 'builtins without facades',
    setup(build) {
      build.onResolve({ filter: /^node:/ }, ({ path, importer }) => {
        const imported = new RegExp(`^import \\{([^}]*)\\} from '${path}'`, 'm').exec(readFileSync(importer, 'utf8'));
        if (!imported) fail(`build: ${importer}: ${path} is not imported by names`);
        return { path, namespace: imported[1].trim() };
      });
      build.onLoad({ filter: /^node:/ }, ({ path, namespace }) => ({
        contents: `export const { ${namespace} } = process.getBuiltinModule('${path}');`,
      }));
    },
  };
}

/** Manual pages and completions, from the options and commands. The date of the pages is that of the release. */
async function buildManual() {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const { manual } = await load('src/manual/index.ts', { VERSION: JSON.stringify(version) });
  const changelog = readFileSync(join(root, 'CHANGELOG.md'), 'utf8');
  const [, date = ''] =
    changelog
      .split('\n')
      .find(line => line.startsWith(`## [${version}] - `))
      ?.split(' - ') ?? [];
  for (const [path, text] of Object.entries(manual(version, date))) {
    const place = join(root, 'dist', path);
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, text);
  }
}
