import type { NeglectedChild } from './index.ts';

/** Of so many programs; the event and the channel tell of all. */
const MOST_WARNINGS = 10;

const warned = new Set<string>();
let saidUnable = false;

/** Said once: orphans will become zombies. */
export function warnUnable(error: unknown): void {
  if (saidUnable) return;
  saidUnable = true;
  const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
  process.emitWarning(`orphans cannot be reaped, and stay zombies: ${reason}`, {
    type: 'SextonWarning',
    code: 'SEXTON_CANNOT_REAP',
  });
}

/** Said once for each program. */
export function warnOfNeglect({ pid, name, thread }: NeglectedChild): void {
  if (warned.has(name) || warned.size >= MOST_WARNINGS) return;
  warned.add(name);
  const starter = thread === 'main' ? 'this program' : `thread ${thread} of this program, a worker or native code,`;
  process.emitWarning(`${name} (${pid}) has ended, but ${starter} does not wait for it: it stays a zombie`, {
    type: 'SextonWarning',
    code: 'SEXTON_NEGLECTED_CHILD',
  });
}
