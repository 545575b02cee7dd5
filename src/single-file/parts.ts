import { closeSync, unlinkSync } from 'node:fs';
import type { Place } from '../kernel/ffi/koffi.ts';

/** Where the parts are in the single file: native/enclosed-parts.c made files of the native ones, the rest are assets. */

export function launcher(): string {
  return process.execPath;
}

/** As a rule loaded already, by LD_PRELOAD: the dynamic linker knows it by this path. */
export function libsexton(): string {
  return process.env['SEXTON_LIBRARY'] ?? '';
}

/** Throws an Error where this file was built without. */
export function koffi(): Place {
  const addon = process.env['SEXTON_KOFFI'];
  if (addon === undefined) throw new Error('this file has none, since the Node inside has node:ffi');
  return { require, directory: '/', addon };
}

/**
 * Closes or removes the files of the native parts, which are loaded by now. Not before: the dynamic linker takes two
 * files by the same path, /proc/self/fd/9 say, for one.
 */
export function letGo(): void {
  for (const path of [process.env['SEXTON_LIBRARY'], process.env['SEXTON_KOFFI']]) {
    if (path === undefined) continue;
    const [, descriptor] = /^\/proc\/self\/fd\/([0-9]+)$/.exec(path) ?? [];
    if (descriptor === undefined) unlinkSync(path);
    else closeSync(Number(descriptor));
  }
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
