import type { ArgumentType, Backend, Signature } from './ffi.ts';

/** What we use of node:ffi; @types/node of the oldest Node that we run on does not know it. */
interface NodeFfi {
  DynamicLibrary: new (
    path: string | null,
  ) => {
    getFunction(symbol: string, signature: { arguments: string[]; return: string }): (...values: never[]) => number;
  };
}

const TYPES: Readonly<Record<ArgumentType, string>> = { int: 'i32', buffer: 'buffer' };

/** Of libc, without any effect: abs(-1) is 1. */
const ABS: Signature = { library: 'libc', symbol: 'abs', arguments: ['int'] };

/** What Node 26 and later have built in. The default there: it needs no package, and no shared object is loaded. */
export function nodeFfiBackend(): Backend {
  const { DynamicLibrary } = load();
  const open: Backend = path => {
    const library = new DynamicLibrary(path);
    return ({ symbol, arguments: types }) =>
      library.getFunction(symbol, { arguments: types.map(type => TYPES[type]), return: 'i32' });
  };
  // It is experimental, and its words have changed before: better found out now than after the spawn.
  const abs = open(null)(ABS) as (value: number) => number;
  if (abs(-1) !== 1) throw new Error('node:ffi does not understand our signatures');
  return open;
}

/** The warning that it is experimental would go to process.stderr, and make that non-blocking for the program too. */
function load(): NodeFfi {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    // Not require, which would have to throw where it is missing.
    const ffi = process.getBuiltinModule('node:ffi') as NodeFfi | undefined;
    if (!ffi) throw new Error(`Node ${process.versions.node} has no node:ffi, or it is switched off`);
    return ffi;
  } finally {
    process.emitWarning = emitWarning;
  }
}
