import { EAGAIN } from '../kernel/errors.ts';
import type { Kernel } from '../kernel/kernel.ts';

/**
 * The same kernel, but a call that throws (no memory for a list of processes, a way to native code that fails) is one
 * that was refused: what throws in the middle of a step must not take the rest of the step with it.
 */
export function steadyKernel(kernel: Kernel, trouble: (error: unknown) => void): Kernel {
  let lastNow = 0;

  function guarded<A extends unknown[], T>(call: (...args: A) => T, refused: T): (...args: A) => T {
    return (...args) => {
      try {
        return call.apply(kernel, args);
      } catch (error) {
        trouble(error);
        return refused;
      }
    };
  }

  return {
    pid: kernel.pid,
    get status() {
      return kernel.status;
    },
    now() {
      try {
        lastNow = kernel.now();
      } catch (error) {
        trouble(error);
      }
      return lastNow;
    },
    // These are on the way of every orphan, and allocate nothing.
    next(timeout) {
      try {
        return kernel.next(timeout);
      } catch (error) {
        trouble(error);
        return undefined;
      }
    },
    reap(pid, stops) {
      try {
        return kernel.reap(pid, stops);
      } catch (error) {
        trouble(error);
        return -EAGAIN;
      }
    },
    reapUntold(program, most) {
      try {
        return kernel.reapUntold(program, most);
      } catch (error) {
        trouble(error);
        return -EAGAIN;
      }
    },
    passOn: guarded(kernel.passOn, undefined),
    endPassing: guarded(kernel.endPassing, undefined),
    peek: guarded(kernel.peek, -EAGAIN),
    takeStop: guarded(kernel.takeStop, -EAGAIN),
    kill: guarded(kernel.kill, -EAGAIN),
    killProcess: guarded(kernel.killProcess, -EAGAIN),
    holdGroup: guarded(kernel.holdGroup, -EAGAIN),
    killHeldGroup: guarded(kernel.killHeldGroup, -EAGAIN),
    processes: guarded(kernel.processes, undefined),
    // No group has such a number.
    ownGroup: guarded(kernel.ownGroup, -EAGAIN),
    // Nobody could continue us.
    isGroupOrphaned: guarded(kernel.isGroupOrphaned, true),
    foregroundGroup: guarded(kernel.foregroundGroup, -1),
    setForegroundGroup: guarded(kernel.setForegroundGroup, -EAGAIN),
  };
}
