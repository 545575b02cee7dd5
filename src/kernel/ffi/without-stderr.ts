/**
 * Loads something with process.stderr out of its reach. Whoever as much as looks at that makes a stderr that is a
 * pipe non-blocking, on Node 22 and later, for everybody who shares it: the program's output would be cut short.
 */
export function withoutStderr<T>(load: () => T): T {
  const stderr = Object.getOwnPropertyDescriptor(process, 'stderr')!;
  Object.defineProperty(process, 'stderr', { value: { fd: 2 }, configurable: true });
  try {
    return load();
  } finally {
    Object.defineProperty(process, 'stderr', stderr);
  }
}
