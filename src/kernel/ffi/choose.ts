import { Failure } from '../../failure.ts';
import { type Backend, bind, type Functions } from './ffi.ts';
import { ffiNapiBackend } from './ffi-napi.ts';
import { koffiBackend, type Place } from './koffi.ts';
import { nodeFfiBackend } from './node-ffi.ts';

const BACKENDS: ReadonlyMap<string, (koffi: () => Place) => Backend> = new Map([
  ['node-ffi', nodeFfiBackend],
  ['koffi', (koffi: () => Place) => koffiBackend(koffi())],
  ['ffi-napi', ffiNapiBackend],
]);

/** What nobody has to install comes first; where it is missing, or may not be used (--permission), what npm installed. */
const DEFAULTS = ['node-ffi', 'koffi'];

/** The native functions, bound by the backend that SEXTON_FFI asks for, and by no other; else by the first that works. */
export function openFunctions(asked: string | undefined, libsexton: string, koffi: () => Place): Functions {
  if (asked && !BACKENDS.has(asked))
    throw new Failure(`SEXTON_FFI: '${asked}' is not one of ${[...BACKENDS.keys()].join(', ')}`);
  const reasons: string[] = [];
  for (const name of asked ? [asked] : DEFAULTS) {
    try {
      return bind(BACKENDS.get(name)!(koffi), libsexton);
    } catch (error) {
      reasons.push(`${name}: ${String((error as Error).message).split('\n')[0]}`);
    }
  }
  throw new Failure(`the native part for linux-${process.arch} does not load: ${reasons.join('; ')}`);
}
