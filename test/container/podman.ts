/**
 * Podman for tests, with a configuration and a store of its own under .cache/containers: images that are called
 * node:24-slim here must not stand among those of whoever runs the tests. Where CAP_SYS_RESOURCE is missing and where
 * no container has a network, it works all the same.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRoot, missing, root } from '../namespace/harness.ts';

export const folder: string = join(root, '.cache', 'containers');

/** The command: podman with this configuration. Its folder, in front of PATH, makes it everybody's podman. */
export const command: string = join(folder, 'bin', 'podman');

/** What must not outlive a boot. Short: podman puts sockets in it, whose paths have at most 107 characters. */
const state = `/run/sexton-${createHash('sha256').update(root).digest('hex').slice(0, 8)}`;

export interface Outcome {
  status: number;
  stdout: string;
  stderr: string;
}

/** Runs podman to its end. Not where we are: on an OOM kill its monitor writes a file `oom` into its directory. */
export function podman(...words: readonly string[]): Outcome {
  const { status, stdout, stderr, error } = spawnSync(command, words, { cwd: folder, encoding: 'utf8' });
  if (error) throw error;
  return { status: status ?? -1, stdout, stderr };
}

/** The same, where nothing but success will do: returns its stdout. */
export function mustPodman(...words: readonly string[]): string {
  const { status, stdout, stderr } = podman(...words);
  if (status !== 0) throw new Error(`podman ${words.join(' ')}: ${status}\n${stdout}${stderr}`);
  return stdout.trim();
}

/** Writes the configuration. Returns why there can be no containers here; undefined where they can. */
export function configure(): string | undefined {
  const missed = isRoot ? ['podman', 'runc', 'debootstrap'].map(missing).find(Boolean) : 'podman needs root here';
  if (missed !== undefined) return missed;
  mkdirSync(join(folder, 'bin'), { recursive: true });
  const containers = join(folder, 'containers.conf');
  const storage = join(folder, 'storage.conf');
  writeFileSync(containers, containersConfiguration());
  writeFileSync(command, script(containers, storage));
  chmodSync(command, 0o755);
  // overlay cannot stand on overlay: in a container vfs serves, slowly.
  let reason = '';
  for (const driver of ['overlay', 'vfs']) {
    const graph = join(folder, `storage-${driver}`);
    writeFileSync(storage, `[storage]\ndriver = "${driver}"\ngraphroot = "${graph}"\nrunroot = "${state}"\n`);
    const { status, stderr } = podman('info');
    if (status === 0) return undefined;
    reason = stderr.trim();
  }
  return `podman cannot be used: ${reason}`;
}

/**
 * runc, because Debian's crun refuses version 1 of cgroups with a version 2 beside. No network: CNI is not there.
 * Limits as they are here: by default podman raises them, and that takes CAP_SYS_RESOURCE.
 */
function containersConfiguration(): string {
  return `[containers]
netns = "none"
log_driver = "k8s-file"
default_ulimits = ["nofile=${limit('open files')}", "nproc=${limit('processes')}"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
lock_type = "file"
tmp_dir = "${state}"
`;
}

/** The hard limit, twice. Podman lowers that of processes for itself: no more than there can be pids. */
function limit(name: string): string {
  const [, hard] = new RegExp(`^Max ${name} +\\S+ +(\\S+)`, 'm').exec(readFileSync('/proc/self/limits', 'utf8'))!;
  const most = Number(readFileSync('/proc/sys/kernel/pid_max', 'utf8'));
  const value = hard === 'unlimited' ? most : name === 'processes' ? Math.min(Number(hard), most) : Number(hard);
  return `${value}:${value}`;
}

/**
 * Builds have the host's network, and where npm has a certificate authority or a registry of its own, so have they.
 * No timers of systemd for health checks: they are run by `podman healthcheck run`.
 */
function script(containers: string, storage: string): string {
  const program = spawnSync('sh', ['-c', 'command -v podman'], { encoding: 'utf8' }).stdout.trim();
  const npmrc = join(folder, 'npmrc');
  const settings = ['registry', 'cafile']
    .map(name => [name, spawnSync('npm', ['config', 'get', name], { cwd: '/', encoding: 'utf8' }).stdout.trim()])
    .filter(([, value]) => value !== 'null');
  writeFileSync(npmrc, settings.map(([name, value]) => `${name}=${value}\n`).join(''));
  const certificates = settings
    .filter(([name]) => name === 'cafile')
    .map(([, path]) => `--volume '${path}:${path}:ro'`);
  return `#!/bin/sh
export CONTAINERS_CONF='${containers}' CONTAINERS_STORAGE_CONF='${storage}' DISABLE_HC_SYSTEMD=true
if [ "$1" = build ]; then
  shift
  set -- build --network host --volume '${npmrc}:/usr/local/etc/npmrc:ro' ${certificates.join(' ')} "$@"
fi
exec '${program}' "$@"
`;
}
