/**
 * The foreign functions that sexton calls: one table, bound by any of the backends beside this file.
 * libc gives what libc has, unless we need its errno, which no backend can be trusted with; libsexton (native/) the rest.
 */

/** `buffer` is a TypedArray, passed as a pointer to its memory. */
export type ArgumentType = 'int' | 'buffer';

export interface Signature {
  /** Where it is: in the C library of this process, or in libsexton.so. */
  readonly library: 'libc' | 'libsexton';
  readonly symbol: string;
  readonly arguments: readonly ArgumentType[];
}

/** Every one of them returns an int; those of libsexton -errno where they fail. */
export const SIGNATURES = {
  listen: { library: 'libsexton', symbol: 'sexton_listen', arguments: ['int'] },
  next: { library: 'libsexton', symbol: 'sexton_next', arguments: ['buffer', 'int'] },
  passOn: { library: 'libsexton', symbol: 'sexton_pass_on', arguments: ['int', 'int', 'buffer', 'int'] },
  endPassing: { library: 'libsexton', symbol: 'sexton_end_passing', arguments: ['buffer'] },
  spawn: { library: 'libsexton', symbol: 'sexton_spawn', arguments: ['buffer', 'int'] },
  exec: { library: 'libsexton', symbol: 'sexton_exec', arguments: ['buffer', 'int'] },
  write: { library: 'libsexton', symbol: 'sexton_write', arguments: ['int', 'buffer', 'int'] },
  kill: { library: 'libsexton', symbol: 'sexton_kill', arguments: ['int', 'int'] },
  pidfdOpen: { library: 'libsexton', symbol: 'sexton_pidfd_open', arguments: ['int'] },
  pidfdSendSignal: { library: 'libsexton', symbol: 'sexton_pidfd_send_signal', arguments: ['int', 'int', 'int'] },
  prctl: { library: 'libsexton', symbol: 'sexton_prctl', arguments: ['int', 'int'] },
  setForeground: { library: 'libsexton', symbol: 'sexton_set_foreground', arguments: ['int', 'int'] },
  release: { library: 'libsexton', symbol: 'sexton_release', arguments: ['buffer'] },
  waitpid: { library: 'libsexton', symbol: 'sexton_waitpid', arguments: ['int', 'buffer', 'int'] },
  reapUntold: { library: 'libsexton', symbol: 'sexton_reap_untold', arguments: ['int', 'int', 'buffer'] },
  wait4: { library: 'libsexton', symbol: 'sexton_wait4', arguments: ['int', 'buffer', 'int', 'buffer'] },
  waitid: { library: 'libsexton', symbol: 'sexton_waitid', arguments: ['int', 'int', 'buffer', 'int'] },
  getpgrp: { library: 'libc', symbol: 'getpgrp', arguments: [] },
  getppid: { library: 'libc', symbol: 'getppid', arguments: [] },
  tcgetpgrp: { library: 'libc', symbol: 'tcgetpgrp', arguments: ['int'] },
  close: { library: 'libc', symbol: 'close', arguments: ['int'] },
  prctlName: { library: 'libc', symbol: 'prctl', arguments: ['int', 'buffer'] },
  exit: { library: 'libc', symbol: '_exit', arguments: ['int'] },
} as const satisfies Record<string, Signature>;

type Value<T> = T extends 'buffer' ? NodeJS.TypedArray : number;
type Values<T extends readonly unknown[]> = { -readonly [index in keyof T]: Value<T[index]> };

export type Functions = {
  readonly [name in keyof typeof SIGNATURES]: (...values: Values<(typeof SIGNATURES)[name]['arguments']>) => number;
};

/** One way to call native code from Node: opens a library (a path, or null for what this process has loaded already). */
export type Backend = (path: string | null) => Library;

/** Binds one of its functions. */
export type Library = (signature: Signature) => (...values: never[]) => number;

/** Binds the whole table. */
export function bind(open: Backend, libsexton: string): Functions {
  const libraries = { libc: open(null), libsexton: open(libsexton) };
  const bound: Record<string, (...values: never[]) => number> = {};
  for (const [name, signature] of Object.entries(SIGNATURES)) bound[name] = libraries[signature.library](signature);
  return bound as unknown as Functions;
}
