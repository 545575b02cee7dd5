import { signalNumber } from '../kernel/signals.ts';

/** What ends an ordinary process that does not listen. Others that do (QUIT, USR2, ALRM, …) PID 1 ignores, as before. */
const ENDING: readonly string[] = ['SIGTERM', 'SIGINT', 'SIGHUP'];

/**
 * The kernel drops signals that PID 1 does not catch: pid_namespaces(7). So we catch these, and leave as their default
 * action would have it, but only while nobody else listens: packages such as signal-exit count listeners to find out
 * whether they are alone. Returns the function that gives the signals back.
 *
 * Node catches a signal from the first listener on until there is none. It must never have reason to let go, or the
 * signal would be lost: we step back after another was added, and come back before Node looks who is left.
 */
export function endOnSignals(): () => void {
  const emitter: NodeJS.EventEmitter = process;
  const ends = new Map(ENDING.map(signal => [signal, createEnd(signal)]));

  function stepBack(signal: string): void {
    const end = ends.get(signal);
    if (!end) return;
    process.nextTick(() => {
      if (!isAlone(signal, end)) removeCopies(signal, end);
    });
  }

  function comeBack(signal: string): void {
    const end = ends.get(signal);
    if (end && process.listenerCount(signal) === 0) process.on(signal, end);
  }

  emitter.on('newListener', stepBack);
  emitter.prependListener('removeListener', comeBack);
  for (const signal of ENDING) comeBack(signal);
  return () => {
    emitter.removeListener('newListener', stepBack);
    emitter.removeListener('removeListener', comeBack);
    for (const [signal, end] of ends) removeCopies(signal, end);
  };
}

function createEnd(signal: string): () => void {
  return function end() {
    // Others may have come in this very turn.
    if (isAlone(signal, end)) process.exit(128 + signalNumber(signal)!);
  };
}

function isAlone(signal: string, end: () => void): boolean {
  return process.listeners(signal as NodeJS.Signals).every(listener => listener === end);
}

/** Whoever saves the listeners of a signal and sets them again later adds one more of ours. */
function removeCopies(signal: string, end: () => void): void {
  for (const listener of process.listeners(signal as NodeJS.Signals))
    if (listener === end) process.removeListener(signal, end);
}
