import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findCgroup, places } from '../../../src/report/cgroup.ts';

/** The places of which the path tells that they are ours. */
function sure(controller: 'memory' | 'pids', cgroup: string, mountinfo: string): string[] {
  return places(controller, cgroup, mountinfo)
    .filter(({ isSure }) => isSure)
    .map(({ version, directory }) => `${version} ${directory}`);
}

/** Directories that count only if they hold us. */
function unsure(controller: 'memory' | 'pids', cgroup: string, mountinfo: string): string[] {
  return places(controller, cgroup, mountinfo)
    .filter(({ isSure }) => !isSure)
    .map(({ version, directory }) => `${version} ${directory}`);
}

const id = '4f9d7f2a3c1be0b8d6c5f5a7b1d2e3f4a5b6c7d8e9f00112233445566778899a';

describe('where our cgroup is', () => {
  it('Docker on version 1: the mount shows our own cgroup alone', () => {
    const cgroup = `12:pids:/docker/${id}
11:cpuset:/docker/${id}
5:memory:/docker/${id}
1:name=systemd:/docker/${id}
0::/system.slice/containerd.service
`;
    const mountinfo = `1207 1108 0:102 / / rw,relatime master:345 - overlay overlay rw,lowerdir=/var/lib/docker/overlay2/l/A
1211 1210 0:107 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime - tmpfs tmpfs rw,mode=755
1212 1211 0:29 /docker/${id} /sys/fs/cgroup/systemd ro,nosuid,nodev,noexec,relatime master:11 - cgroup cgroup rw,xattr,name=systemd
1217 1211 0:36 /docker/${id} /sys/fs/cgroup/memory ro,nosuid,nodev,noexec,relatime master:19 - cgroup cgroup rw,memory
1220 1211 0:39 /docker/${id} /sys/fs/cgroup/pids ro,nosuid,nodev,noexec,relatime master:22 - cgroup cgroup rw,pids
`;
    expect(sure('pids', cgroup, mountinfo)).toEqual(['1 /sys/fs/cgroup/pids']);
    expect(sure('memory', cgroup, mountinfo)).toEqual(['1 /sys/fs/cgroup/memory']);
  });

  it('Docker on version 2 with a cgroup namespace', () => {
    const mountinfo = `634 626 0:62 / /proc rw,nosuid,nodev,noexec,relatime - proc proc rw
638 637 0:28 / /sys/fs/cgroup ro,nosuid,nodev,noexec,relatime - cgroup2 cgroup rw,nsdelegate,memory_recursiveprot
`;
    expect(sure('pids', '0::/\n', mountinfo)).toEqual(['2 /sys/fs/cgroup']);
    // Docker in Docker moves its processes down.
    expect(sure('memory', '0::/init\n', mountinfo)).toEqual(['2 /sys/fs/cgroup/init']);
  });

  it('Docker on version 2 in the cgroup namespace of the host', () => {
    const scope = `/system.slice/docker-${id}.scope`;
    const own = `812 811 0:28 ${scope} /sys/fs/cgroup ro,nosuid,nodev,noexec,relatime - cgroup2 cgroup rw,nsdelegate\n`;
    const whole =
      '35 24 0:28 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate\n';
    expect(sure('memory', `0::${scope}\n`, own)).toEqual(['2 /sys/fs/cgroup']);
    expect(sure('memory', `0::${scope}\n`, whole)).toEqual([`2 /sys/fs/cgroup${scope}`]);
  });

  it('Podman: in a cgroup below that of its scope', () => {
    const scope = `/machine.slice/libpod-${id}.scope`;
    const mountinfo = `1009 1008 0:26 ${scope} /sys/fs/cgroup ro,nosuid,nodev,noexec,relatime - cgroup2 cgroup rw\n`;
    expect(sure('pids', `0::${scope}/container\n`, mountinfo)).toEqual(['2 /sys/fs/cgroup/container']);
  });

  it('Kubernetes on version 1, with two controllers on one mount', () => {
    const pod = `/kubepods/burstable/pod0e7c6f9e-6a2b-4a59-8d1c-2f3b4a5c6d7e/${id}`;
    const cgroup = `9:pids:${pod}\n4:cpu,cpuacct:${pod}\n3:hugetlb,memory:${pod}\n`;
    const mountinfo = `2110 2104 0:32 ${pod} /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct
2111 2104 0:33 ${pod} /sys/fs/cgroup/memory ro,nosuid - cgroup cgroup rw,hugetlb,memory
2112 2104 0:34 ${pod} /sys/fs/cgroup/pids ro,nosuid - cgroup cgroup rw,pids
`;
    expect(sure('pids', cgroup, mountinfo)).toEqual(['1 /sys/fs/cgroup/pids']);
    expect(sure('memory', cgroup, mountinfo)).toEqual(['1 /sys/fs/cgroup/memory']);
  });

  it('Kubernetes in kind: told from the top, mounted below another container; its processes decide', () => {
    const cgroup = `0::/kubelet/kubepods/pod1/${id}\n`;
    const mountinfo = `901 900 0:28 /docker/77/kubelet/kubepods/pod1/${id} /sys/fs/cgroup ro - cgroup2 cgroup rw\n`;
    expect(sure('pids', cgroup, mountinfo)).toEqual([]);
    expect(unsure('pids', cgroup, mountinfo)).toEqual(['2 /sys/fs/cgroup']);
  });

  it('a hybrid machine: version 1 comes first where it has the controller', () => {
    const cgroup = '8:pids:/user.slice\n1:name=systemd:/user.slice\n0::/user.slice\n';
    const mountinfo = `41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
39 31 0:36 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids
`;
    expect(sure('pids', cgroup, mountinfo)).toEqual([
      '1 /sys/fs/cgroup/pids/user.slice',
      '2 /sys/fs/cgroup/unified/user.slice',
    ]);
    expect(sure('memory', cgroup, mountinfo)).toEqual(['2 /sys/fs/cgroup/unified/user.slice']);
  });

  it('a mount from outside the cgroup namespace shows what is above us', () => {
    const mountinfo = '35 31 0:32 /../.. /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n';
    expect(sure('memory', '4:memory:/\n', mountinfo)).toEqual([]);
    expect(unsure('memory', '4:memory:/\n', mountinfo)).toEqual(['1 /sys/fs/cgroup/memory']);
  });

  it('a process that was moved out of its cgroup namespace', () => {
    const mountinfo = '35 31 0:32 / /sys/fs/cgroup rw,relatime - cgroup2 cgroup rw\n';
    expect(sure('memory', '0::/../other\n', mountinfo)).toEqual([]);
  });

  it('is not taken in by a path that begins alike', () => {
    const mountinfo = '35 31 0:32 /docker/a /sys/fs/cgroup rw,relatime - cgroup2 cgroup rw\n';
    expect(sure('memory', '0::/docker/ab\n', mountinfo)).toEqual([]);
  });

  it('reads blanks as mountinfo writes them', () => {
    const mountinfo = '35 31 0:32 / /mnt/my\\040cgroups rw - cgroup2 cgroup rw\n';
    expect(sure('pids', '0::/a\n', mountinfo)).toEqual(['2 /mnt/my cgroups/a']);
  });

  it('nothing mounted, nothing told, or nonsense', () => {
    for (const text of ['', '\n', ' - ', 'x - cgroup2', '1 2 3 4 5 - cgroup2 cgroup2', ':::', '0::'])
      expect(places('pids', text, text).every(({ directory }) => directory !== undefined)).toBe(true);
    expect(places('pids', '0::/\n', '')).toEqual([]);
  });
});

describe('here', () => {
  const files = { memory: /^memory\.(oom_control|events)$/, pids: /^pids\.current$/ };
  for (const controller of ['memory', 'pids'] as const)
    it(`${controller}: the same directory that lists us among its processes`, () => {
      const listing = ['-rlx', '--include=cgroup.procs', String(process.pid), '/sys/fs/cgroup'];
      const ours = spawnSync('grep', listing, { encoding: 'utf8' })
        .stdout.split('\n')
        .filter(Boolean)
        .map(dirname)
        .filter(directory => readdirSync(directory).some(name => files[controller].test(name)));
      expect(findCgroup(controller)?.directory).toBe(ours[0]);
    });
});
