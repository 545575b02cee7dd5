import { readText } from '../kernel/procfs.ts';

/** The control groups that we are in: cgroups(7). */

export type Controller = 'memory' | 'pids';

export interface Cgroup {
  version: 1 | 2;
  directory: string;
}

/** The file that a directory of this controller has, and that the root of the whole machine has not. */
const FILES: Readonly<Record<Controller, Readonly<Record<Cgroup['version'], string>>>> = {
  memory: { 1: 'memory.oom_control', 2: 'memory.events' },
  pids: { 1: 'pids.current', 2: 'pids.current' },
};

/** Our cgroup of a controller; undefined where it is not mounted, or only such as are not ours. */
export function findCgroup(controller: Controller): Cgroup | undefined {
  const memberships = readText('/proc/self/cgroup');
  const mounts = readText('/proc/self/mountinfo');
  if (memberships === undefined || mounts === undefined) return undefined;
  return places(controller, memberships, mounts)
    .map(place => look(controller, place))
    .find(Boolean);
}

/** Where our cgroup may be seen. */
export interface Place extends Cgroup {
  /** Where that file system is mounted: nothing above it is to be looked at. */
  mountPoint: string;
  /** Whether the path can be trusted; else it is ours only if its list of processes says so. */
  isSure: boolean;
}

/**
 * From the texts of /proc/self/cgroup and mountinfo: proc(5). A mount need not show the whole tree: Docker binds the
 * container's own cgroup on /sys/fs/cgroup, while /proc/self/cgroup tells the path from the top, or from the root of
 * the cgroup namespace.
 */
export function places(controller: Controller, memberships: string, mounts: string): Place[] {
  const path = { 1: membership(memberships, controller), 2: membership(memberships, '') };
  return mounts
    .split('\n')
    .map(readMount)
    .filter(mount => mount !== undefined)
    .filter(({ version, options }) => version === 2 || options.includes(controller))
    .sort((a, b) => a.version - b.version)
    .flatMap(({ version, root, mountPoint }) => {
      const own = path[version];
      if (own === undefined) return [];
      const below = pathBelow(root, own);
      const place = { version, mountPoint, directory: mountPoint, isSure: false };
      return below === undefined ? [place] : [{ ...place, directory: mountPoint + below, isSure: true }, place];
    });
}

/** The path behind `id:controllers:`; version 2 has no controllers there. */
function membership(memberships: string, controller: string): string | undefined {
  for (const line of memberships.split('\n')) {
    const [, controllers, path] = /^[0-9]+:([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers?.split(',').includes(controller)) return path;
  }
  return undefined;
}

function readMount(
  line: string,
): (Omit<Place, 'directory' | 'isSure'> & { root: string; options: string[] }) | undefined {
  const [places, system] = line.split(' - ');
  const [, , , root, mountPoint] = places!.split(' ');
  const [type, , options] = system?.split(' ') ?? [];
  if (!root || !mountPoint || (type !== 'cgroup' && type !== 'cgroup2')) return undefined;
  return {
    version: type === 'cgroup' ? 1 : 2,
    root: unescaped(root),
    mountPoint: unescaped(mountPoint),
    options: options?.split(',') ?? [],
  };
}

/** mountinfo writes blanks and backslashes as \040. */
function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

/** What of `path` lies below the mount's `root`; undefined if it does not. */
function pathBelow(root: string, path: string): string | undefined {
  const prefix = root === '/' ? '' : root;
  if (path.startsWith('/..') || !`${path}/`.startsWith(`${prefix}/`)) return undefined;
  return path === '/' ? '' : path.slice(prefix.length);
}

/** A cgroup of version 2 may be without the controller; then the next one above counts for it. */
function look(controller: Controller, { version, directory, mountPoint, isSure }: Place): Cgroup | undefined {
  for (let at = directory; at.length >= mountPoint.length; at = at.slice(0, at.lastIndexOf('/'))) {
    const decoded = Buffer.from(at, 'latin1').toString();
    if (readText(`${decoded}/${FILES[controller][version]}`) !== undefined)
      return isSure || holdsUs(decoded) ? { version, directory: decoded } : undefined;
    if (version === 1) return undefined;
  }
  return undefined;
}

function holdsUs(directory: string): boolean {
  return readText(`${directory}/cgroup.procs`)?.split('\n').includes(String(process.pid)) ?? false;
}
