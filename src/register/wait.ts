import type { Library, Signature } from '../kernel/ffi/ffi.ts';
import { koffiBackend, type Place } from '../kernel/ffi/koffi.ts';
import { nodeFfiBackend } from '../kernel/ffi/node-ffi.ts';

// wait(2), prctl(2); alike on x86-64 and arm64.
const P_PID = 1;
const WNOHANG = 1;
const WEXITED = 4;
const WNOWAIT = 0x01000000;
/** Children of the calling thread only, not those of other threads of the process. */
const WNOTHREAD = 0x20000000;
const PR_SET_CHILD_SUBREAPER = 36;

const WAITID = { library: 'libc', symbol: 'waitid', arguments: ['int', 'int', 'buffer', 'int'] } as const;
const WAITPID = { library: 'libc', symbol: 'waitpid', arguments: ['int', 'buffer', 'int'] } as const;
const PRCTL = { library: 'libc', symbol: 'prctl', arguments: ['int', 'int', 'int', 'int', 'int'] } as const;

/** What has to be asked of the kernel itself; all for the calling thread. */
export interface Wait {
  /** Whether it is a child that has ended and that nobody has waited for. */
  hasEnded(pid: number): boolean;
  /** Waits for such a child. Returns its wait status; undefined if it was no longer there. */
  reap(pid: number): number | undefined;
  /** Whether orphans below this process come to it: prctl(2). Returns false if the kernel refuses. */
  setSubreaper(isSubreaper: boolean): boolean;
}

/** Loads native code: 1.5 ms. Throws where it is not to be had. */
export function openWait(): Wait {
  const libc = openLibc();
  const bound = (signature: Signature) => libc(signature) as (...values: (number | Int32Array)[]) => number;
  const waitid = bound(WAITID);
  const waitpid = bound(WAITPID);
  const prctl = bound(PRCTL);
  // siginfo_t: 128 bytes; on 64-bit si_signo, si_errno, si_code, padding, then si_pid.
  const information = new Int32Array(32);
  const status = new Int32Array(1);

  return {
    hasEnded(pid) {
      information[4] = 0;
      return waitid(P_PID, pid, information, WEXITED | WNOHANG | WNOWAIT | WNOTHREAD) === 0 && information[4] === pid;
    },
    reap: pid => (waitpid(pid, status, WNOHANG | WNOTHREAD) === pid ? status[0] : undefined),
    setSubreaper: isSubreaper => prctl(PR_SET_CHILD_SUBREAPER, isSubreaper ? 1 : 0, 0, 0, 0) === 0,
  };
}

function openLibc(): Library {
  try {
    return nodeFfiBackend()(null);
  } catch {
    return openWithKoffi();
  }
}

/**
 * koffi is looked for from this file, and from the program: bundled into a CommonJS file there is no import.meta, and
 * webpack puts in its place what it was on the machine that made the bundle.
 */
function openWithKoffi(): Library {
  let failure: unknown;
  for (const from of [import.meta.url as string | undefined, process.argv[1]]) {
    if (from === undefined) continue;
    try {
      return koffiBackend(placeOf(from))(null);
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure ?? new Error('koffi: nobody knows from where to look for it');
}

function placeOf(from: string): Place {
  const { createRequire } = process.getBuiltinModule('node:module');
  const { dirname } = process.getBuiltinModule('node:path');
  const { fileURLToPath } = process.getBuiltinModule('node:url');
  const file = from.startsWith('file:') ? fileURLToPath(from) : from;
  return { require: createRequire(file), directory: dirname(file) };
}
