import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ArgumentType, Backend } from './ffi.ts';
import { withoutStderr } from './without-stderr.ts';

/** What we use of koffi; its own types would pull in its wrapper. */
interface Koffi {
  load(path: string | null): {
    func(symbol: string, result: string, parameters: string[]): (...values: never[]) => number;
  };
}

const TYPES: Readonly<Record<ArgumentType, string>> = { int: 'int', buffer: 'void *' };

/** Where to look for koffi: an ES module has no `require` and no `__dirname`. */
export interface Place {
  readonly require: NodeJS.Require;
  readonly directory: string;
  /** Its native part, where that is known: no other is looked for. */
  readonly addon?: string;
}

/** The default where Node has no FFI of its own: maintained, prebuilt for glibc and musl, 0.4 µs a call. */
export function koffiBackend(place: Place): Backend {
  const koffi = loadKoffi(place);
  return path => {
    const library = koffi.load(path);
    return ({ symbol, arguments: types }) =>
      library.func(
        symbol,
        'int',
        types.map(type => TYPES[type]),
      );
  };
}

/**
 * koffi's native part, directly: its public entry takes 7 to 10 ms to load instead of 1.5, and touches
 * process.stderr. Where that part is not where we think, the public entry serves.
 */
function loadKoffi(place: Place): Koffi {
  if (place.addon !== undefined) return loadAddon(place.addon);
  const flavours = hasMusl() ? ['musl', 'linux'] : ['linux', 'musl'];
  for (const flavour of flavours) {
    try {
      return loadAddon(find(`@koromix/koffi-linux-${process.arch}/${flavour}_${process.arch}/koffi.node`, place));
    } catch {
      // The other libc's, or another layout: go on.
    }
  }
  return withoutStderr(() => place.require('koffi') as Koffi);
}

function loadAddon(path: string): Koffi {
  // Not `module`: publint takes what has module.exports for CommonJS, and dist/register.mjs is none.
  const native = { exports: {} };
  process.dlopen(native, path);
  return native.exports as Koffi;
}

/** Where npm puts it: below our package, or beside it. Node's resolver would find it too, but takes milliseconds. */
function find(path: string, { require, directory }: Place): string {
  const ours = join(directory, '..');
  const places = [join(ours, 'node_modules', path), join(ours, '..', path)];
  // Else from where koffi is: with pnpm only koffi itself sees its native part.
  return (
    places.find(place => existsSync(place)) ?? require.resolve(path, { paths: [dirname(require.resolve('koffi'))] })
  );
}

/** With musl's loader about, try its flavour first: on Alpine with gcompat glibc's would load too, into the wrong libc. */
function hasMusl(): boolean {
  return existsSync(`/lib/ld-musl-${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}.so.1`);
}
