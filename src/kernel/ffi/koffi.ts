import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ArgumentType, Backend } from './ffi.ts';
import { withoutStderr } from './without-stderr.ts';

/** What we use of koffi; its own types would pull in its wrapper. */
interface Koffi {
  load(path: string | null): {
    func(symbol: string, result: string, parameters: string[]): (...values: never[]) => number;
  };
  errno(): number;
}

const TYPES: Readonly<Record<ArgumentType, string>> = { int: 'int', long: 'long', size: 'size_t', buffer: 'void *' };

/**
 * The default: maintained, prebuilt for glibc and musl, 0.4 µs a call. Another `require` than that of this bundle is
 * for an ES module, and keeps koffi out of bundles that others make of it.
 */
export function koffiBackend(requireFrom: NodeJS.Require = require): Backend {
  const koffi = loadKoffi(requireFrom);
  return {
    open: path => {
      const library = koffi.load(path);
      return ({ symbol, arguments: types }) =>
        library.func(
          symbol,
          'int',
          types.map(type => TYPES[type]),
        );
    },
    errno: () => koffi.errno(),
  };
}

/**
 * koffi's native part, directly: its public entry takes 7 to 10 ms to load instead of 1.5, and touches
 * process.stderr. Where that part is not where we think, the public entry serves.
 */
function loadKoffi(requireFrom: NodeJS.Require): Koffi {
  const flavours = hasMusl() ? ['musl', 'linux'] : ['linux', 'musl'];
  for (const flavour of flavours) {
    try {
      const path = `@koromix/koffi-linux-${process.arch}/${flavour}_${process.arch}/koffi.node`;
      const module = { exports: {} };
      // From where koffi is: with pnpm only koffi itself sees its native part.
      process.dlopen(module, requireFrom.resolve(path, { paths: [dirname(requireFrom.resolve('koffi'))] }));
      return module.exports as Koffi;
    } catch {
      // The other libc's, or another layout: go on.
    }
  }
  return withoutStderr(() => requireFrom('koffi') as Koffi);
}

/** With musl's loader about, try its flavour first: on Alpine with gcompat glibc's would load too, into the wrong libc. */
function hasMusl(): boolean {
  return existsSync(`/lib/ld-musl-${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}.so.1`);
}
