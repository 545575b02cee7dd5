/** The container that a process is in, as its cgroup names it. */
export interface Container {
  /** Who made it, as far as the path says: docker, containerd, cri-o, podman, kubernetes, ecs, or '' for unknown. */
  readonly runtime: string;
  /** 64 hexadecimal digits. */
  readonly id: string;
  /** The uid of its Kubernetes pod. */
  readonly pod?: string;
}

/**
 * Reads /proc/PID/cgroup, of v1 or v2: cgroups(7). Undefined for a process outside of containers, and inside a
 * container with a cgroup namespace of its own, where the path is "/".
 */
export function containerOf(cgroup: string): Container | undefined {
  for (const line of cgroup.split('\n')) {
    const path = line.replace(/^[0-9]+:[^:]*:/, '');
    const found = containerOfPath(path);
    if (found) return found;
  }
  return undefined;
}

/** `docker 0123456789ab`: the id as the runtimes' own tools show and take it. */
export function containerText({ runtime, id }: Container): string {
  return `${runtime || 'container'} ${id.slice(0, 12)}`;
}

/**
 * The id ends a name of the path: alone under the cgroupfs driver (/docker/ID), as RUNTIME-ID.scope under systemd's
 * (docker-ID.scope, crio-ID.scope), and as SLICE:cri-containerd:ID where the two were mixed up.
 */
const NAME = /^(?:.*?:)?(?:([a-z-]+)[-:])?([0-9a-f]{64})(?:\.scope)?$/;

const RUNTIMES: Readonly<Record<string, string>> = {
  docker: 'docker',
  'cri-containerd': 'containerd',
  nerdctl: 'containerd',
  crio: 'cri-o',
  libpod: 'podman',
};

/** What a name above the id tells where the id stands alone. */
const PLACES: readonly [RegExp, string][] = [
  [/^docker$/, 'docker'],
  [/^libpod_parent$/, 'podman'],
  [/kubepods/, 'kubernetes'],
  [/^ecs$/, 'ecs'],
];

function containerOfPath(path: string): Container | undefined {
  const names = path.split('/');
  // The innermost: a container may run in another (kind, Docker in Docker).
  for (let depth = names.length - 1; depth >= 0; depth--) {
    const [, prefix, id] = NAME.exec(names[depth]!) ?? [];
    // conmon watches a container from outside: crio-conmon-ID.scope, libpod-conmon-ID.scope.
    if (id === undefined || prefix?.endsWith('conmon')) continue;
    const above = names.slice(0, depth).reverse();
    const runtime = prefix === undefined ? runtimeAbove(above) : (RUNTIMES[prefix] ?? '');
    const pod = podOf(names.slice(0, depth + 1).join('/'));
    return { runtime, id, ...(pod === undefined ? {} : { pod }) };
  }
  return undefined;
}

function runtimeAbove(names: readonly string[]): string {
  for (const name of names) {
    const place = PLACES.find(([pattern]) => pattern.test(name));
    if (place) return place[1];
  }
  return '';
}

/** systemd knows no dash within a name of a slice: there the uid has underscores. */
function podOf(path: string): string | undefined {
  return /pod([0-9a-f]{8}(?:[-_]?[0-9a-f]{4}){3}[-_]?[0-9a-f]{12})/.exec(path)?.[1]?.replaceAll('_', '-');
}
