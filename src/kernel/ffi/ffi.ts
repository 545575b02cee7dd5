/**
 * The foreign functions that sexton calls: one table, bound by any of the backends beside this file.
 * libc gives what libc has; libsexton (native/) the rest.
 */

/** `buffer` is a TypedArray, passed as a pointer to its memory; `size` is size_t. */
export type ArgumentType = 'int' | 'long' | 'size' | 'buffer';

export interface Signature {
  /** Where it is: in the C library of this process, or in libsexton.so. */
  readonly library: 'libc' | 'libsexton';
  readonly symbol: string;
  readonly arguments: readonly ArgumentType[];
}

/** Every one of them returns an int. */
export const SIGNATURES = {
  listen: { library: 'libsexton', symbol: 'sexton_listen', arguments: ['int'] },
  next: { library: 'libsexton', symbol: 'sexton_next', arguments: ['buffer', 'int'] },
  spawn: { library: 'libsexton', symbol: 'sexton_spawn', arguments: ['buffer', 'size'] },
  exec: { library: 'libsexton', symbol: 'sexton_exec', arguments: ['buffer', 'size'] },
  write: { library: 'libsexton', symbol: 'sexton_write', arguments: ['int', 'buffer', 'size'] },
  waitpid: { library: 'libc', symbol: 'waitpid', arguments: ['int', 'buffer', 'int'] },
  wait4: { library: 'libc', symbol: 'wait4', arguments: ['int', 'buffer', 'int', 'buffer'] },
  waitid: { library: 'libc', symbol: 'waitid', arguments: ['int', 'int', 'buffer', 'int'] },
  kill: { library: 'libc', symbol: 'kill', arguments: ['int', 'int'] },
  getpgrp: { library: 'libc', symbol: 'getpgrp', arguments: [] },
  getppid: { library: 'libc', symbol: 'getppid', arguments: [] },
  tcgetpgrp: { library: 'libc', symbol: 'tcgetpgrp', arguments: ['int'] },
  tcsetpgrp: { library: 'libc', symbol: 'tcsetpgrp', arguments: ['int', 'int'] },
  close: { library: 'libc', symbol: 'close', arguments: ['int'] },
  prctl: { library: 'libc', symbol: 'prctl', arguments: ['int', 'long', 'long', 'long', 'long'] },
  prctlName: { library: 'libc', symbol: 'prctl', arguments: ['int', 'buffer'] },
  syscall: { library: 'libc', symbol: 'syscall', arguments: ['long', 'long', 'long', 'long', 'long'] },
  exit: { library: 'libc', symbol: '_exit', arguments: ['int'] },
} as const satisfies Record<string, Signature>;

type Value<T> = T extends 'buffer' ? NodeJS.TypedArray : number;
type Values<T extends readonly unknown[]> = { -readonly [index in keyof T]: Value<T[index]> };

export type Functions = {
  readonly [name in keyof typeof SIGNATURES]: (...values: Values<(typeof SIGNATURES)[name]['arguments']>) => number;
};

/** One way to call native code from Node. */
export interface Backend {
  /** Binds functions of a library: a path, or null for what this process has loaded already. */
  open(path: string | null): (signature: Signature) => (...values: never[]) => number;
  /** errno after the last call that failed. */
  errno(): number;
}

/** Binds the whole table. */
export function bind(backend: Backend, libsexton: string): Functions {
  const libraries = { libc: backend.open(null), libsexton: backend.open(libsexton) };
  const bound: Record<string, (...values: never[]) => number> = {};
  for (const [name, signature] of Object.entries(SIGNATURES)) bound[name] = libraries[signature.library](signature);
  return bound as unknown as Functions;
}
