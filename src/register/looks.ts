/** As they were when this was loaded: tests replace the global ones by their own. */
const { setTimeout, setImmediate, clearTimeout } = globalThis;

/** Calls that come some time after they are asked for, once for all that asked until then. */
export interface Looks {
  soon(): void;
  stop(): void;
}

/**
 * Calls `look` so many milliseconds after `soon`, and again as long as it returns true. Between timer and call the
 * event loop polls once: if it was blocked, libuv learns first of the children that ended meanwhile, and reaps its own.
 */
export function createLooks(look: () => boolean, milliseconds: number): Looks {
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  function soon(): void {
    if (timer || isStopped) return;
    timer = setTimeout(() => {
      // Referenced: an unreferenced one would wait for whatever the loop gets to do next.
      setImmediate(() => {
        timer = undefined;
        if (!isStopped && look()) soon();
      });
    }, milliseconds);
    timer.unref();
  }

  return {
    soon,
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
