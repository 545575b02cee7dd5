import { expect, it } from 'vitest';
import { describeWith, missing } from '../namespace/harness.ts';
import { LEAVE_AN_ORPHAN, ONCE_SEXTON_IS_PID_1, request, run, start, whyNoContainers } from './container.ts';

/** What is said to podman run, and how the program sees that it holds. */
const FLAGS: readonly (readonly [flags: string, look: string, seen: RegExp])[] = [
  ['--read-only', 'touch /app/x 2>&1', /Read-only file system/],
  ['--read-only --read-only-tmpfs=false', 'touch /tmp/x /run/x /app/x 2>&1', /^(.*Read-only file system\s){3}/],
  ['--user 1234:0', 'id -u; id -g', /^1234\n0\n/],
  ['--user 0', 'id -u', /^0\n/],
  ['--cap-drop=ALL', 'grep CapBnd /proc/self/status', /CapBnd:\s0{16}\n/],
  ['--cap-drop=ALL --user 0', 'grep CapEff /proc/1/status', /CapEff:\s0{16}\n/],
  ['--security-opt no-new-privileges', 'grep NoNewPrivs /proc/1/status', /NoNewPrivs:\s1\n/],
  ['--pids-limit 50', 'cat /sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/pids.max 2>&1', /^50\n/m],
  [
    '--read-only --read-only-tmpfs=false --user 1234:0 --cap-drop=ALL --security-opt no-new-privileges --pids-limit 50',
    'id -u; grep CapBnd /proc/self/status; touch /tmp/x 2>&1',
    /^1234\nCapBnd:\s0{16}\n.*Read-only/,
  ],
];

for (const [flags, look, seen] of FLAGS) {
  describeWith([whyNoContainers], `with ${flags}`, () => {
    it('sexton is PID 1, reaps, and gives the status', () => {
      const script = `${look}; ${LEAVE_AN_ORPHAN}; ${ONCE_SEXTON_IS_PID_1}; exit 7`;
      const { status, stdout, stderr } = run(
        ...flags.split(' '),
        '--env',
        'SEXTON_REPORT=1',
        'service',
        'sh',
        '-c',
        script,
      );
      expect(status, stderr).toBe(7);
      expect(stdout).toMatch(seen);
      expect(stderr).toMatch(/report: orphans: .*sleep/);
    });

    it('the service serves, and stops when it is told to', async () => {
      const container = start(...flags.split(' '), 'service');
      await container.says(/listening/);
      expect(request(container).stdout).toMatch(/^hello/);
      container.stop();
      expect(container.status()).toBe(0);
      expect(container.logs()).toMatch(/closed\n$/);
    });
  });
}

describeWith([whyNoContainers], 'with too few processes for Node', () => {
  it('sexton says so, and the program is not started', () => {
    expect(run('--pids-limit', '8', 'service', 'echo', 'started')).toMatchObject({
      status: 125,
      stdout: '',
      stderr: expect.stringMatching(/^sexton: the pids limit of the cgroup: is too low/),
    });
  });
});

describeWith([whyNoContainers, missing('catatonit')], 'with --init', () => {
  it('sexton is not PID 1, and reaps the orphans of its program all the same', () => {
    const script = `cat /proc/1/comm; ${LEAVE_AN_ORPHAN}; exit 7`;
    const { status, stdout, stderr } = run('--init', '--env', 'SEXTON_REPORT=1', 'service', 'sh', '-c', script);
    expect(status).toBe(7);
    expect(stdout).not.toMatch(/sexton/);
    expect(stderr).toMatch(/report: orphans: .*sleep/);
  });

  it('a stop goes through both', async () => {
    const container = start('--init', 'service');
    await container.says(/listening/);
    container.stop();
    expect(container.status()).toBe(0);
    expect(container.logs()).toMatch(/SIGTERM: closing\nclosed\n$/);
  });
});
