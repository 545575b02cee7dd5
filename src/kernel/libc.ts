import { closeSync, openSync, readSync } from 'node:fs';

/**
 * The interpreter of an executable (elf(5), PT_INTERP) stands near its beginning: linkers put it behind the headers,
 * and what makes a single executable of Node (postject) a page further.
 */
const BEGINNING = 16_384;

/** Whether a program, by default the Node that runs us, is linked with musl: then so is, as a rule, its whole image. */
export function isMusl(program = '/proc/self/exe'): boolean {
  let fd: number | undefined;
  try {
    fd = openSync(program, 'r');
    const buffer = Buffer.alloc(BEGINNING);
    return buffer.toString('latin1', 0, readSync(fd, buffer)).includes('/ld-musl-');
  } catch {
    return false;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
