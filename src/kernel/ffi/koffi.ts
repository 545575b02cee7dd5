import type { ArgumentType, Backend } from './ffi.ts';
import { quietLoad } from './quiet-load.ts';

/** What we use of koffi; its own types would pull in its wrapper. */
interface Koffi {
  load(path: string | null): {
    func(symbol: string, result: string, parameters: string[]): (...values: never[]) => number;
  };
  errno(): number;
}

const TYPES: Readonly<Record<ArgumentType, string>> = { int: 'int', long: 'long', size: 'size_t', buffer: 'void *' };

/** The default: maintained, prebuilt for glibc and musl, 0.4 µs a call. */
export function koffiBackend(): Backend {
  const koffi = loadKoffi();
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
 * koffi's native part, directly: its public entry takes 7 to 10 ms to load instead of 1.5 and makes a stderr
 * that is a pipe non-blocking on Node 22 and later, for everybody who shares it. Where that part is not where
 * we think, the public entry serves, with process.stderr out of its reach.
 */
function loadKoffi(): Koffi {
  const folder = `@koromix/koffi-linux-${process.arch}`;
  for (const libc of ['linux', 'musl']) {
    try {
      const module = { exports: {} };
      process.dlopen(module, require.resolve(`${folder}/${libc}_${process.arch}/koffi.node`));
      return module.exports as Koffi;
    } catch {
      // The other libc's, or another layout: go on.
    }
  }
  return quietLoad(() => require('koffi') as Koffi);
}
