import type { Place } from '../kernel/ffi/koffi.ts';

/** Where the parts are in the single file: native/enclosed-node.c has opened the native ones, the rest are its assets. */

export function launcher(): string {
  return process.execPath;
}

/** It is loaded already: of a path that the dynamic linker knows it gives what it has, whatever that leads to by now. */
export function libsexton(): string {
  return process.env['LD_PRELOAD'] ?? '';
}

export function koffi(): Place {
  return { require, directory: '/', addon: Number(process.env['SEXTON_KOFFI']) };
}

/** Its source. */
export function serviceProgram(): { program: string; isCode: boolean } {
  const { getAsset } = process.getBuiltinModule('node:sea') as typeof import('node:sea');
  return { program: getAsset('service.cjs', 'utf8'), isCode: true };
}

/** The file that is all of sexton, if there is one. */
export function singleFile(): string | undefined {
  return process.execPath;
}
