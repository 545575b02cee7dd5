import { constants, fstatSync, ftruncateSync, lstatSync, openSync, writeSync } from 'node:fs';
import { textLine } from './log.ts';

const { O_WRONLY, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY } = constants;

/**
 * Opens the file before the program can put something else in its place. Throws an error of fs.
 * Returns what writes the message, at the end: nowhere if the program has written its own.
 */
export function openTerminationLog(path: Buffer): (message: string) => void {
  const file = openSync(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0o644);
  const opened = fstatSync(file, { bigint: true });
  if (!opened.isFile()) throw new Error('not a regular file');
  // Whoever may write to the directory could have linked somebody's file there. What the kubelet mounts has one name.
  // That it has this one still is asked too: else it could be taken away in between, and one be left, the owner's.
  const named = lstatSync(path, { bigint: true });
  if (named.dev !== opened.dev || named.ino !== opened.ino) throw new Error('it was replaced meanwhile');
  if (named.nlink > 1) throw new Error('it has other names (hard links)');
  ftruncateSync(file);
  return message => {
    // The kubelet takes 4,096 bytes.
    if (fstatSync(file).size === 0) writeSync(file, textLine(message));
  };
}
