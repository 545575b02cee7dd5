import { readProcess } from '../kernel/procfs.ts';
import { signalName } from '../kernel/signals.ts';
import { childrenOfMainThread } from './children.ts';
import type { NeglectedChild, Orphan } from './index.ts';
import { createLooks } from './looks.ts';
import { watchNeglected } from './neglected.ts';
import { trackOwnChildren } from './own-children.ts';
import { createReaper, LOOKS } from './reaper.ts';
import { openWait, type Wait } from './wait.ts';
import { warnUnable } from './warnings.ts';

export interface ReapingOptions {
  grace: number;
  neglect: number;
  isSubreaper: boolean;
  reaped(orphan: Orphan): void;
  neglected(child: NeglectedChild): void;
}

export interface Reaping {
  readonly started: number;
  readonly neglected: NeglectedChild[];
  stop(): void;
}

/** After native code did not load: the next try, in milliseconds. It may have been a lack of descriptors. */
const RETRY = 10_000;

/** Reaps orphans from now on: looks for them after each SIGCHLD. At rest nothing runs, and nothing is referenced. */
export function startReaping(options: ReapingOptions): Reaping {
  const { grace, neglect, isSubreaper } = options;
  const emitter: NodeJS.EventEmitter = process;
  let wait = isSubreaper ? openSubreaper() : undefined;
  let retryAt = 0;

  function openLazily(): Wait | undefined {
    if (wait || performance.now() < retryAt) return wait;
    try {
      wait = openWait();
    } catch (error) {
      retryAt = performance.now() + RETRY;
      warnUnable(error);
    }
    return wait;
  }

  const own = trackOwnChildren();
  const look = createReaper({
    children: childrenOfMainThread,
    own: own.pids,
    wait: openLazily,
    process: readProcess,
    reaped: (pid, name, status) => options.reaped(orphanOf(pid, name, status)),
  });
  const looks = createLooks(look, grace / (LOOKS - 1));
  const watch = watchNeglected(neglect, own.pids, options.neglected);

  function childEnded(): void {
    looks.soon();
    watch.soon();
  }
  /** What a worker leaves behind becomes the main thread's, without a signal if it is dead already. */
  function workerStarted(worker: NodeJS.EventEmitter): void {
    worker.once('exit', childEnded);
  }
  function listenAgain(event: string): void {
    if (event === 'SIGCHLD' && !process.listeners('SIGCHLD').includes(childEnded)) process.on('SIGCHLD', childEnded);
  }
  process.on('worker', workerStarted);
  process.on('SIGCHLD', childEnded);
  emitter.prependListener('removeListener', listenAgain);
  // Some may have ended before, under a shell that executed Node in its own place.
  looks.soon();

  return {
    started: Date.now(),
    get neglected() {
      return watch.children;
    },
    stop() {
      emitter.removeListener('removeListener', listenAgain);
      process.removeListener('SIGCHLD', childEnded);
      process.removeListener('worker', workerStarted);
      looks.stop();
      watch.stop();
      own.stop();
      if (isSubreaper) wait?.setSubreaper(false);
    },
  };
}

function openSubreaper(): Wait {
  const wait = openWait();
  if (!wait.setSubreaper(true)) throw new Error('prctl: PR_SET_CHILD_SUBREAPER was refused');
  return wait;
}

/** wait(2): the wait status of what has ended. */
function orphanOf(pid: number, name: string, waitStatus: number): Orphan {
  const signal = waitStatus & 0x7f;
  return {
    pid,
    name: Buffer.from(name, 'latin1').toString(),
    exitCode: signal === 0 ? (waitStatus >> 8) & 0xff : null,
    signalCode: signal === 0 ? null : signalName(signal),
  };
}
