import { readlinkSync } from 'node:fs';

/** Why this thread of this process gets no orphans; undefined where it does. */
export function whyNoOrphans(isSubreaper: boolean): string | undefined {
  const { platform, pid } = process;
  if (platform !== 'linux') return `orphans are adopted on Linux only, this is ${platform}`;
  if (pid !== 1 && !isSubreaper) return 'not PID 1, and not asked to be a subreaper';
  // The kernel hands orphans to the oldest thread of the process: find_new_reaper() in kernel/exit.c.
  if (!isMainThread()) return 'a worker thread: orphans go to the main thread';
  return undefined;
}

/** Why the orphans that it gets cannot be told from others, or waited for; undefined where they can. */
export function whyUnable(): string | undefined {
  const { arch, pid } = process;
  // wait.ts knows the siginfo_t of these.
  if (arch !== 'x64' && arch !== 'arm64') return `orphans are reaped on x64 and arm64 only, this is ${arch}`;
  try {
    return readThread().startsWith(`${pid}/`) ? undefined : '/proc is that of another PID namespace';
  } catch (error) {
    return `/proc/thread-self cannot be read: ${(error as NodeJS.ErrnoException).code}`;
  }
}

/** By /proc where it can be had: node:worker_threads takes 3 ms to load. */
function isMainThread(): boolean {
  const { pid } = process;
  try {
    const thread = readThread();
    if (thread.startsWith(`${pid}/`)) return thread === `${pid}/task/${pid}`;
  } catch {
    // Not mounted, or not to be read.
  }
  return process.getBuiltinModule('node:worker_threads').isMainThread;
}

/** PID/task/TID of this thread: proc(5). */
function readThread(): string {
  return readlinkSync('/proc/thread-self');
}

/**
 * `node --watch` is PID 1 itself then, and runs no preload; the program is its child. The variable is how Node's
 * watcher tells a program that it is watched.
 */
export function isBelowWatchingPid1(): boolean {
  return process.ppid === 1 && process.env['WATCH_REPORT_DEPENDENCIES'] !== undefined;
}
