import { join } from 'node:path';
import { root } from './set-up.js';

/** Imports a module in TypeScript, which Node 20 cannot read. */
export async function load(module, define = {}) {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [module],
    bundle: true,
    platform: 'node',
    format: 'esm',
    // commander is CommonJS.
    banner: {
      js: `import { createRequire } from 'node:module'; const require = createRequire(${JSON.stringify(join(root, module))});`,
    },
    define,
    write: false,
    logLevel: 'warning',
  });
  return import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`);
}
