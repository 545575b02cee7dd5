import type { Culprit } from '../report/zombies.ts';
import { printable } from './terminal.ts';

/** What would free the zombies of a parent. */
export type Remedy =
  /** Nobody but the parent can reap them. */
  | 'mend-parent'
  /** The parent is PID 1 and no init: what it has adopted, an init would reap. */
  | 'use-init'
  /** The parent is stopped, and cannot reap. */
  | 'continue-parent'
  /** The parent is an init, and should have reaped them. */
  | 'init-hangs'
  /** The parent is in another PID namespace. */
  | 'look-outside';

/** As /proc/PID/comm has them: those that are made to be PID 1, and reap whatever ends. */
const INITS =
  /^(sexton|tini|tini-static|docker-init|dumb-init|catatonit|podman-init|pause|systemd|init|s6-svscan|runsvdir)$/;

export function remedyOf({ pid, name, state }: Culprit, isPid1: boolean): Remedy {
  if (pid === 0) return 'look-outside';
  if (state === 'T' || state === 't') return 'continue-parent';
  if (INITS.test(name)) return 'init-hangs';
  return isPid1 ? 'use-init' : 'mend-parent';
}

/** The same in words. */
export function advice({ pid, name, state }: Culprit, remedy: Remedy): string {
  switch (remedy) {
    case 'look-outside':
      return 'Their parent is outside this PID namespace (docker exec, nsenter): look from the host.';
    case 'continue-parent':
      return state === 't'
        ? 'A debugger holds it stopped: it cannot reap before that lets it go.'
        : `It is stopped, and cannot reap: kill -CONT ${pid} lets it go on.`;
    case 'init-hangs':
      return name === 'sexton'
        ? 'sexton reaps what ends. Only while it waits for others (--wait) may it keep the program; anything else is a bug of sexton: please report it.'
        : `${printable(name)} is an init that reaps what ends: if these stay, it hangs. Restart the container, and tell its authors.`;
    case 'use-init':
      return 'It is PID 1 and no init. Orphans that it adopted, an init in its place would reap (docker run --init, or ENTRYPOINT ["sexton", "--"]); children that it started, it has to wait for itself.';
    case 'mend-parent':
      return 'No init can reap these while it lives: it has to wait for its children. Until that is mended, a restart of it frees them.';
  }
}
