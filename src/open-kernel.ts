import { join } from 'node:path';
import { openFunctions } from './kernel/ffi/choose.ts';
import { type Linux, openLinux } from './kernel/linux.ts';

/** The kernel, by the FFI that SEXTON_FFI asks for. Throws a Failure. */
export function openKernel(ffi: string | undefined): Linux {
  return openLinux(openFunctions(ffi, join(prebuilds(), 'libsexton.so')));
}

/** Where the launcher and the native library of this machine are. */
export function prebuilds(): string {
  return join(__dirname, '..', 'prebuilds', `linux-${process.arch}`);
}
