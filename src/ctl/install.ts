import {
  accessSync,
  closeSync,
  constants,
  copyFileSync,
  lstatSync,
  openSync,
  readFileSync,
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
 * any symlink; and each name of a peer one to DIR/sexton. A single file is copied instead, and is sextonctl too. Either
 * replaces the other.
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
  const tool = resolve(directory, 'sextonctl');
  if (singleFile !== undefined) targets.set('sextonctl', 'sexton');
  // Of a single file that was here: the launcher of the package is no sextonctl, by whatever name.
  else if (isLinkTo(tool, 'sexton')) targets.set('sextonctl', join(packageFolder, 'bin', 'sextonctl.js'));
  for (const name of names) if (!targets.has(name)) targets.set(name, 'sexton');
  const links = [...targets].map(([name, target]) => ({ place: resolve(directory, name), target }));
  for (const { place } of links) checkPlace(place);
  for (const { place, target } of links) put(place, target, target === singleFile ? copyFileSync : linkTo);
  return links
    .map(({ place, target }) => (target === singleFile ? `${place}: a copy of ${target}` : `${place} -> ${target}`))
    .join('\n');
}

/** What npm or an earlier install has put there may go, of a package or of a single file; anything else is somebody's. */
function checkPlace(place: string): void {
  const status = lstatSync(place, { throwIfNoEntry: false });
  if (status && !(status.isSymbolicLink() && leadsToPackage(place)) && !isSingleFile(place))
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

/** By its last bytes: native/enclosed-node.c. What may not be read is somebody's. */
function isSingleFile(path: string): boolean {
  const status = statSync(path);
  if (!status.isFile()) return false;
  const trailer = Buffer.alloc(16);
  try {
    const fd = openSync(path, 'r');
    readSync(fd, trailer, 0, trailer.length, Math.max(0, status.size - trailer.length));
    closeSync(fd);
  } catch {
    return false;
  }
  return trailer.toString('latin1', 0, 8) === 'SEXTON-1';
}

function isLinkTo(place: string, target: string): boolean {
  return lstatSync(place, { throwIfNoEntry: false })?.isSymbolicLink() === true && readlinkSync(place) === target;
}

/** To the launcher of sexton's package, this one or another, or to one of its commands. */
function leadsToPackage(link: string): boolean {
  let target: string;
  try {
    target = realpathSync(link);
  } catch {
    return true; // it leads nowhere
  }
  const [, folder] = /^(.*)\/(?:prebuilds\/linux-[^/]+\/sexton|bin\/sexton(?:ctl)?\.js)$/.exec(target) ?? [];
  return folder !== undefined && nameOfPackage(folder) === 'sexton';
}

function nameOfPackage(folder: string): unknown {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).name;
  } catch {
    return undefined;
  }
}
