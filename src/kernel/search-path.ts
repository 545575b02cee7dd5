/** execvp(3) without a PATH: what glibc takes. */
const DEFAULT_PATH = '/bin:/usr/bin';
/** A path that is longer cannot be executed: PATH_MAX, with its NUL. */
const LONGEST = 4095;

/** The paths at which execvp(3) would try `program`, in this order. An empty element of PATH is the directory itself. */
export function candidates(program: string, path: string | undefined): readonly string[] {
  if (program === '' || program.includes('/')) return [program];
  const all = (path ?? DEFAULT_PATH)
    .split(':')
    .map(directory => (directory === '' ? program : `${directory}/${program}`));
  const found = all.filter(candidate => candidate.length <= LONGEST);
  // When all are too long, the kernel says so.
  return found.length > 0 ? found : all;
}
