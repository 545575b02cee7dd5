/**
 * Loads a module that would look at process.stderr: to make that object, Node sets a stderr that is a pipe to
 * non-blocking, for everybody who shares it, and the program's output is cut off.
 */
export function quietLoad<T>(load: () => T): T {
  const stderr = Object.getOwnPropertyDescriptor(process, 'stderr')!;
  Object.defineProperty(process, 'stderr', { value: { fd: 2 }, configurable: true });
  try {
    return load();
  } finally {
    Object.defineProperty(process, 'stderr', stderr);
  }
}
