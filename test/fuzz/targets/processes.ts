import { containerOf, containerText } from '../../../src/ctl/container.ts';
import { parseStat } from '../../../src/kernel/procfs.ts';
import { places } from '../../../src/report/cgroup.ts';
import { findCulprits } from '../../../src/report/zombies.ts';
import { holds, type Target } from '../target.ts';

const FIELDS =
  ' Z 7 42 43 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 0 0 18446744073709551615 0 0 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0\n';

/** /proc/PID/stat: a process may be called anything, and its numbers are still the kernel's. */
export const stat: Target = {
  seeds: ['sh', 'a) Z 1 1 1', '\n9 (x) R 0', '(((', ')))', '\x1b[2J', ''],
  words: [')', '(', ') Z ', '\n', ' 0', '\x1b[', '\xff', '\xe2\x80\xae'],
  check(input) {
    parseStat(9, input.toString('latin1'));
    // TASK_COMM_LEN is 16; names of kernel threads, and those of worker threads in newer kernels, are longer.
    const name = input.toString('latin1', 0, 63).replaceAll('\0', '');
    const found = parseStat(9, `9 (${name})${FIELDS}`);
    holds(found.name === name, 'a name is read as it is');
    holds(
      found.state === 'Z' && found.parent === 7 && found.group === 42 && found.session === 43,
      'numbers are the kernel\u2019s',
    );
    holds(found.startTime === 987654 && found.threads === 1, 'so are the later ones');
    const [culprit] = findCulprits([found, { ...found, pid: 7, state: 'S', parent: 1 }]);
    holds(culprit?.pid === 7 && culprit.zombies === 1 && culprit.commands[0]?.name === name, 'its parent is named');
  },
};

/** /proc/self/cgroup and mountinfo, parted by NUL: whoever may make cgroups or mounts chooses their names. */
export const cgroups: Target = {
  seeds: [
    '0::/\0' + '30 23 0:26 / /sys/fs/cgroup ro,nosuid - cgroup2 cgroup2 rw\n',
    '11:pids:/docker/' +
      'a'.repeat(64) +
      '\n0::/x\0' +
      '31 30 0:27 /docker/aa /sys/fs/cgroup/pids\\040x rw - cgroup cgroup rw,pids\n',
    '0::/../../x\0' + '30 23 0:26 /a /cg rw - cgroup2 x rw',
    `0::/kubepods.slice/kubepods-pod12345678_1234_1234_1234_123456789abc.slice/cri-containerd-${'0'.repeat(64)}.scope`,
  ],
  words: [
    '\n',
    ':',
    '::',
    ' - ',
    ' ',
    '/',
    '/..',
    '\\040',
    '\\777',
    'cgroup2',
    'cgroup',
    'pids',
    'memory',
    '.scope',
    'docker-',
    '\x1b[',
    '\0',
    'conmon',
  ],
  check(input) {
    const [memberships = '', mounts = ''] = input.toString('latin1').split('\0');
    for (const controller of ['pids', 'memory'] as const)
      for (const { directory, mountPoint, isSure, version } of places(controller, memberships, mounts)) {
        holds(directory.startsWith(mountPoint), 'it is looked for below the mount');
        holds(version === 1 || version === 2, 'of a version that there is');
        holds(isSure || directory === mountPoint, 'a guess is the mount itself');
      }
    const container = containerOf(memberships);
    if (!container) return;
    holds(/^[0-9a-f]{64}$/.test(container.id), 'an id is one');
    holds(container.pod === undefined || /^[0-9a-f-]{32,36}$/.test(container.pod), 'so is that of a pod');
    holds(/^[a-z0-9 -]+$/.test(containerText(container)), 'and what is shown of it');
  },
};
