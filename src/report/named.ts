/** How many of anything a line names. */
const NAMED = 10;

/** `12 (bash)`; where nobody knows the name, the pid alone. */
export function named(pid: number, name: string | undefined): string {
  return name === undefined ? String(pid) : `${pid} (${name})`;
}

/** The first few, and how many more there are. */
export function listed(texts: readonly string[]): string {
  const more = texts.length - NAMED;
  return texts.slice(0, NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
