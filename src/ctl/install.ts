import {
  accessSync,
  constants,
  lstatSync,
  readlinkSync,
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
 * any symlink; and each name of a peer one to DIR/sexton. Returns what was done, a line for each. Throws a Failure.
 */
export function install(directory: string, packageFolder: string, names: readonly string[] = []): string {
  const launcher = join(packageFolder, 'prebuilds', `linux-${process.arch}`, 'sexton');
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
  for (const name of names) if (!targets.has(name)) targets.set(name, 'sexton');
  const links = [...targets].map(([name, target]) => ({ place: resolve(directory, name), target }));
  for (const { place } of links) checkPlace(place, packageFolder);
  for (const { place, target } of links) link(place, target);
  return links.map(({ place, target }) => `${place} -> ${target}`).join('\n');
}

/** What npm or an earlier install has put there may go; anything else is somebody's. */
function checkPlace(place: string, packageFolder: string): void {
  const status = lstatSync(place, { throwIfNoEntry: false });
  if (status && !(status.isSymbolicLink() && leadsInto(place, packageFolder)))
    throw new Failure(`${place} is there already, and not sexton's: remove it first`);
}

/** By rename(2): what is called there meanwhile is there at every moment. */
function link(place: string, target: string): void {
  const temporary = join(dirname(place), `.${basename(place)}.${process.pid}`);
  try {
    rmSync(temporary, { force: true });
    symlinkSync(target, temporary);
    renameSync(temporary, place);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new Failure(`cannot write ${place}: ${(error as Error).message}`);
  }
}

function leadsInto(link: string, folder: string): boolean {
  const target = resolve(dirname(link), readlinkSync(link));
  try {
    return `${realpathSync(target)}/`.startsWith(`${realpathSync(folder)}/`);
  } catch {
    return true; // it leads nowhere
  }
}
