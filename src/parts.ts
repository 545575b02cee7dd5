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

/** The file that is all of sexton, if there is one. */
export function singleFile(): string | undefined {
  return undefined;
}

function prebuilds(): string {
  return join(__dirname, '..', 'prebuilds', `linux-${process.arch}`);
}
