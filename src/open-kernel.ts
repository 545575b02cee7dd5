import { openFunctions } from './kernel/ffi/choose.ts';
import { type Linux, openLinux } from './kernel/linux.ts';
import { koffi, letGo, libsexton } from './parts.ts';

/** The kernel, by the FFI that SEXTON_FFI asks for. Throws a Failure. */
export function openKernel(ffi: string | undefined): Linux {
  const functions = openFunctions(ffi, libsexton(), koffi);
  letGo();
  return openLinux(functions);
}
