import { ESRCH } from '../kernel/errors.ts';
import { isAlive, type Kernel, type Process } from '../kernel/kernel.ts';
import type { Scope } from './settings.ts';

/** Who gets signals while the program lives: the program, its process group, or everything. */
export interface Target {
  /** As kill(2) wants it. */
  readonly id: number;
  /** Returns 0 or -errno. */
  send(signal: number): number;
  /** The living processes that `send` reaches; undefined where /proc cannot tell. */
  members(): Process[] | undefined;
  /** The program was reaped: its pid and its group may be somebody else's by now, so nothing is sent any more. */
  forget(): void;
}

export function createTarget(kernel: Kernel, scope: Scope, program: number): Target {
  const id = scope === 'child' ? program : scope === 'group' ? -program : -1;
  let gone = false;

  function includes(process: Process): boolean {
    if (id === -1) return process.pid !== kernel.pid;
    return id > 0 ? process.pid === id : process.group === -id;
  }

  return {
    id,
    send: signal => (gone ? -ESRCH : kernel.kill(id, signal)),
    members: () => (gone ? [] : kernel.processes()?.filter(process => isAlive(process) && includes(process))),
    forget: () => {
      gone = true;
    },
  };
}
