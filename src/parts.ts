import { closeSync } from 'node:fs';
import { join } from 'node:path';
import type { Place } from './kernel/ffi/koffi.ts';

/** Where the parts of the installed package are. In the single file, src/single-file/parts.ts stands in for this. */

/** The launcher, which can be executed in our place. */
export function launcher(): string {
  return join(prebuilds(), 'sexton');
}

/** The native library of this machine. */
export function libsexton(): string {
  return join(prebuilds(), 'libsexton.so');
}

export function koffi(): Place {
  return { require, directory: __dirname };
}

/** The program of the service's thread: its path. */
export function serviceProgram(): { program: string; isCode: boolean } {
  return { program: join(__dirname, 'service.cjs'), isCode: false };
}

/** Closes what the launcher has opened for us to load: the library, if LD_PRELOAD could not take its path. */
export function letGo(): void {
  const library = /^\/proc\/self\/fd\/([0-9]+)$/.exec(process.env['LD_PRELOAD'] ?? '');
  if (library) closeSync(Number(library[1]));
}

/** The file that is all of sexton, if there is one. */
export function singleFile(): string | undefined {
  return undefined;
}

function prebuilds(): string {
  return join(__dirname, '..', 'prebuilds', `linux-${process.arch}`);
}
