/** Wait statuses (wait(2)) and the exit status that a shell makes of them. */

export function isStopped(waitStatus: number): boolean {
  return (waitStatus & 0xff) === 0x7f;
}

/** The signal that stopped the process. */
export function stoppingSignal(waitStatus: number): number {
  return (waitStatus >> 8) & 0xff;
}

/** The signal that ended the process, or 0 if it exited by itself. */
export function endingSignal(waitStatus: number): number {
  return waitStatus & 0x7f;
}

/** The exit status, or 128 + n after signal n. */
export function exitStatus(waitStatus: number): number {
  const signal = endingSignal(waitStatus);
  return signal === 0 ? (waitStatus >> 8) & 0xff : 128 + signal;
}
