import { constants, fstatSync, openSync, writeSync } from 'node:fs';
import { EPIPE } from '../kernel/errors.ts';

/**
 * Writes lines on stderr; returns the bytes written, or -errno. A pipe or a terminal is opened anew: with flags of
 * our own it can be made non-blocking without the program noticing. Where that is refused (it belongs to another
 * user, say), or is not possible (a socket), a full stderr makes this thread wait, and no other.
 */
export function openStderr(): (line: Uint8Array) => number {
  const descriptor = reopened();
  return line => {
    try {
      return writeSync(descriptor, line);
    } catch (error) {
      return (error as NodeJS.ErrnoException).errno ?? -EPIPE;
    }
  };
}

function reopened(): number {
  try {
    const stderr = fstatSync(2);
    // A file makes nobody wait, and opened anew would have another position.
    if (!stderr.isFIFO() && !stderr.isCharacterDevice()) return 2;
    return openSync('/proc/self/fd/2', constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch {
    return 2;
  }
}
