import {
  accessSync,
  closeSync,
  constants,
  copyFileSync,
  lstatSync,
  openSync,
  readlinkSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { Failure } from '../failure.ts';
import { lookUp, NAMES } from '../names.ts';

/**
 * Puts the launcher where an image wants it: DIR/sexton becomes a symlink to it, which finds its package through
 * any symlink; and each name of a peer one to DIR/sexton. A single file is copied instead, and is sextonctl too.
 * Returns what was done, a line for each. Throws a Failure.
 */
export function install(
  directory: string,
  packageFolder: string,
  names: readonly string[] = [],
  singleFile?: string,
): string {
  const launcher = singleFile ?? join(packageFolder, 'prebuilds', `linux-${process.arch}`, 'sexton');
  try {
    accessSync(launcher, constants.X_OK);
  } catch {
    throw new Failure(`there is no launcher for linux-${process.arch} in this package: ${launcher}`);
  }
  const unknown = names.find(name => lookUp(name) === undefined);
  if (unknown !== undefined)
    throw new Failure(`'${unknown}' is none of the names that sexton answers to: ${Object.keys(NAMES).join(', ')}`);
  if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory())
    throw new Failure(`'${directory}' is not a directory: make it first`);

  const targets = new Map([['sexton', launcher]]);
  if (singleFile !== undefined) targets.set('sextonctl', 'sexton');
  for (const name of names) if (!targets.has(name)) targets.set(name, 'sexton');
  const links = [...targets].map(([name, target]) => ({ place: resolve(directory, name), target }));
  for (const { place } of links) checkPlace(place, singleFile ?? packageFolder);
  for (const { place, target } of links) put(place, target, target === singleFile ? copyFileSync : linkTo);
  return links
    .map(({ place, target }) => (target === singleFile ? `${place}: a copy of ${target}` : `${place} -> ${target}`))
    .join('\n');
}

/** What npm or an earlier install has put there may go; anything else is somebody's. */
function checkPlace(place: string, packageFolder: string): void {
  const status = lstatSync(place, { throwIfNoEntry: false });
  if (status && !(status.isSymbolicLink() && leadsInto(place, packageFolder)) && !isSingleFile(place))
    throw new Failure(`${place} is there already, and not sexton's: remove it first`);
}

/** By rename(2): what is called there meanwhile is there at every moment. */
function put(place: string, target: string, make: (target: string, place: string) => void): void {
  const temporary = join(dirname(place), `.${basename(place)}.${process.pid}`);
  try {
    rmSync(temporary, { force: true });
    make(target, temporary);
    renameSync(temporary, place);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new Failure(`cannot write ${place}: ${(error as Error).message}`);
  }
}

/** A relative link to what is beside it. */
function linkTo(target: string, place: string): void {
  symlinkSync(target, place);
}

/** By its last bytes: native/enclosed-node.c. */
function isSingleFile(path: string): boolean {
  const status = statSync(path);
  if (!status.isFile()) return false;
  const trailer = Buffer.alloc(16);
  const fd = openSync(path, 'r');
  try {
    readSync(fd, trailer, 0, trailer.length, Math.max(0, status.size - trailer.length));
  } finally {
    closeSync(fd);
  }
  return trailer.toString('latin1', 0, 8) === 'SEXTON-1';
}

function leadsInto(link: string, folder: string): boolean {
  const target = resolve(dirname(link), readlinkSync(link));
  try {
    return `${realpathSync(target)}/`.startsWith(`${realpathSync(folder)}/`);
  } catch {
    return true; // it leads nowhere
  }
}
