/** errno(3), as far as sexton meets it. */

export const EPERM = 1;
export const ENOENT = 2;
export const ESRCH = 3;
export const ECHILD = 10;
export const EAGAIN = 11;
export const EACCES = 13;
export const EPIPE = 32;

const TEXTS: Readonly<Record<number, string>> = {
  [EPERM]: 'Operation not permitted',
  [ENOENT]: 'No such file or directory',
  [ESRCH]: 'No such process',
  4: 'Interrupted system call',
  5: 'Input/output error',
  6: 'No such device or address',
  7: 'Argument list too long',
  8: 'Exec format error',
  [ECHILD]: 'No child processes',
  [EAGAIN]: 'Resource temporarily unavailable',
  12: 'Cannot allocate memory',
  [EACCES]: 'Permission denied',
  20: 'Not a directory',
  21: 'Is a directory',
  22: 'Invalid argument',
  23: 'Too many open files in system',
  24: 'Too many open files',
  26: 'Text file busy',
  28: 'No space left on device',
  30: 'Read-only file system',
  36: 'File name too long',
  38: 'Function not implemented',
  40: 'Too many levels of symbolic links',
  97: 'Address family not supported by protocol',
  98: 'Address already in use',
  99: 'Cannot assign requested address',
};

/** What strerror(3) says in the C locale. */
export function errorText(errno: number): string {
  return TEXTS[errno] ?? `error ${errno}`;
}

/** Of an error of Node's: the text of its errno, without path and call, if it has one. */
export function reasonOf({ errno, message }: NodeJS.ErrnoException): string {
  return errno === undefined ? message : errorText(-errno);
}
