import type { ArgumentType, Backend } from './ffi.ts';
import { withoutStderr } from './without-stderr.ts';

interface FfiNapi {
  DynamicLibrary: new (path: string | null) => { get(symbol: string): unknown };
  ForeignFunction: (
    pointer: unknown,
    result: string,
    parameters: string[],
  ) => (...values: (number | Buffer)[]) => number;
}

const TYPES: Readonly<Record<ArgumentType, string>> = { int: 'int', buffer: 'pointer' };

/**
 * ffi-napi and ref-napi, for those who have them: SEXTON_FFI=ffi-napi. Unmaintained; 4.0.3 installs on current
 * Node only with install scripts off, and costs 20 µs a call and 50 ms at start.
 */
export function ffiNapiBackend(): Backend {
  // Its `debug` module obeys a variable that is meant for the program.
  delete process.env['DEBUG'];
  const ffi = withoutStderr(() => require('ffi-napi') as FfiNapi);
  return path => {
    const library = new ffi.DynamicLibrary(path);
    return ({ symbol, arguments: types }) => {
      const call = ffi.ForeignFunction(
        library.get(symbol),
        'int',
        types.map(type => TYPES[type]),
      );
      const buffers = types.flatMap((type, index) => (type === 'buffer' ? [index] : []));
      if (buffers.length === 0) return call as (...values: never[]) => number;
      // ref-napi takes a pointer from a Buffer only: one over the same memory, made once for each array.
      const views = new WeakMap<NodeJS.TypedArray, Buffer>();
      return (...values: (number | NodeJS.TypedArray)[]) => {
        for (const index of buffers) values[index] = view(views, values[index] as NodeJS.TypedArray);
        return call(...(values as (number | Buffer)[]));
      };
    };
  };
}

function view(views: WeakMap<NodeJS.TypedArray, Buffer>, array: NodeJS.TypedArray): Buffer {
  const known = views.get(array);
  if (known) return known;
  const buffer = Buffer.from(array.buffer, array.byteOffset, array.byteLength);
  views.set(array, buffer);
  return buffer;
}
