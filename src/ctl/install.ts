import {
  accessSync,
  constants,
  lstatSync,
  readlinkSync,
  realpathSync,
  statSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Failure } from '../failure.ts';

/**
 * Puts the launcher where an image wants it: DIR/sexton becomes a symlink to it, which finds its package through
 * any symlink. Returns what was done, as a line. Throws a Failure.
 */
export function install(directory: string, packageFolder: string): string {
  const launcher = join(packageFolder, 'prebuilds', `linux-${process.arch}`, 'sexton');
  try {
    accessSync(launcher, constants.X_OK);
  } catch {
    throw new Failure(`there is no launcher for linux-${process.arch} in this package: ${launcher}`);
  }
  const place = resolve(directory, 'sexton');
  if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory())
    throw new Failure(`'${directory}' is not a directory: make it first`);
  makeRoom(place, packageFolder);
  try {
    symlinkSync(launcher, place);
  } catch (error) {
    throw new Failure(`cannot write ${place}: ${(error as Error).message}`);
  }
  return `${place} -> ${launcher}`;
}

/** What npm or an earlier install has put there may go; anything else is somebody's. */
function makeRoom(place: string, packageFolder: string): void {
  const status = lstatSync(place, { throwIfNoEntry: false });
  if (!status) return;
  if (!status.isSymbolicLink() || !leadsInto(place, packageFolder))
    throw new Failure(`${place} is there already, and not sexton's: remove it first`);
  unlinkSync(place);
}

function leadsInto(link: string, folder: string): boolean {
  const target = resolve(dirname(link), readlinkSync(link));
  try {
    return `${realpathSync(target)}/`.startsWith(`${realpathSync(folder)}/`);
  } catch {
    return true; // it leads nowhere
  }
}
