import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { containerOf, containerText } from '../../../src/ctl/container.ts';

const folder = join(import.meta.dirname, '..', '..', 'fixtures', 'cgroup');
const ID = 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb';
const POD = '0f6d1c2e-93b4-4c58-a7d1-5e2b8c904f13';

/** By the name of the file: the runtime, whether in a pod; undefined for outside of containers. */
const EXPECTED: Readonly<Record<string, { runtime: string; pod?: string } | undefined>> = {
  'docker-cgroupfs-v1': { runtime: 'docker' },
  'docker-cgroupfs-v2': { runtime: 'docker' },
  'docker-systemd-v1': { runtime: 'docker' },
  'docker-systemd-v2': { runtime: 'docker' },
  'docker-in-docker': { runtime: 'docker' },
  'containerd-systemd-v2': { runtime: 'containerd', pod: POD },
  'containerd-systemd-v1': { runtime: 'containerd', pod: POD },
  'containerd-cgroupfs-v1': { runtime: 'kubernetes', pod: POD },
  'containerd-mixed-v1': { runtime: 'containerd', pod: POD },
  'containerd-kind-v2': { runtime: 'containerd', pod: POD },
  'containerd-sibling-v2': { runtime: 'containerd' },
  'containerd-static-pod-v2': { runtime: 'containerd', pod: POD.replaceAll('-', '') },
  'nerdctl-systemd-v2': { runtime: 'containerd' },
  'crio-systemd-v1': { runtime: 'cri-o', pod: POD },
  'crio-systemd-v2': { runtime: 'cri-o', pod: POD },
  'crio-cgroupfs-v1': { runtime: 'cri-o', pod: POD },
  'crio-conmon': undefined,
  'podman-cgroupfs-v1': { runtime: 'podman' },
  'podman-systemd-v1': { runtime: 'podman' },
  'podman-crun-v2': { runtime: 'podman' },
  'podman-rootless-v2': { runtime: 'podman' },
  'podman-systemd-inside': { runtime: 'podman' },
  'podman-conmon': undefined,
  'ecs-v1': { runtime: 'ecs' },
  'host-v1': undefined,
  'host-v2': undefined,
  'private-namespace-v2': undefined,
};

describe('the container that a cgroup names', () => {
  it.each(readdirSync(folder))('%s', name => {
    expect(Object.keys(EXPECTED)).toContain(name);
    const expected = EXPECTED[name];
    const found = containerOf(readFileSync(join(folder, name), 'latin1'));
    expect(found).toEqual(expected && { id: ID, ...expected });
  });

  it('is none where there is none', () => {
    expect(containerOf('')).toBeUndefined();
    expect(containerOf(`0::/docker/${ID}0\n`)).toBeUndefined();
    expect(containerOf('not a cgroup\n\xff\n')).toBeUndefined();
  });

  it('is told as the tools of the runtimes show it', () => {
    expect(containerText({ runtime: 'docker', id: ID })).toBe('docker ca978112ca1b');
    expect(containerText({ runtime: '', id: ID })).toBe('container ca978112ca1b');
  });
});
