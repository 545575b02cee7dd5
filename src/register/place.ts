import { readlinkSync } from 'node:fs';

/** Why this thread of this process gets no orphans, or cannot tell who they are; undefined where it does. */
export function whyNoOrphans(isSubreaper: boolean): string | undefined {
  const { platform, pid } = process;
  if (platform !== 'linux') return `orphans are adopted on Linux only, this is ${platform}`;
  if (pid !== 1 && !isSubreaper) return 'not PID 1, and not asked to be a subreaper';
  let thread: string;
  try {
    // PID/task/TID of this thread: proc(5). node:worker_threads would tell too, but takes 3 ms to load.
    thread = readlinkSync('/proc/thread-self');
  } catch (error) {
    return `/proc/thread-self cannot be read: ${(error as NodeJS.ErrnoException).code}`;
  }
  if (!thread.startsWith(`${pid}/`)) return '/proc is that of another PID namespace';
  // The kernel hands orphans to the oldest thread of the process: find_new_reaper() in kernel/exit.c.
  if (thread !== `${pid}/task/${pid}`) return 'a worker thread: orphans go to the main thread';
  return undefined;
}

/**
 * `node --watch` is PID 1 itself then, and runs no preload; the program is its child. The variable is how Node's
 * watcher tells a program that it is watched.
 */
export function isBelowWatchingPid1(): boolean {
  return process.ppid === 1 && process.env['WATCH_REPORT_DEPENDENCIES'] !== undefined;
}
