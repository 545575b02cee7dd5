import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, expect, it } from 'vitest';
import { describeWith, isRoot, missing, node, root, sexton, sextonEnvironment, until } from './harness.ts';

const MEBIBYTE = 2 ** 20;
/** While Node starts it is as large as this container may be. */
const ONCE_SEXTON_RESTS =
  'until [ "$(sed -n "s/VmRSS:[^0-9]*\\([0-9]*\\).*/\\1/p" /proc/1/status)" -lt 30000 ]; do :; done;';

const whyNoRunc = !isRoot
  ? 'runc containers take root'
  : (missing('runc') ??
    (spawnSync('sh', ['-c', 'test -w /sys/fs/cgroup/memory || test -w /sys/fs/cgroup/cgroup.procs']).status === 0
      ? undefined
      : 'no cgroups can be made here'));

/** A real container: namespaces of every kind, few capabilities, a root of its own, cgroups with limits. */
describeWith([whyNoRunc], 'in a runc container of 64 MiB and 50 processes', () => {
  const bundle = mkdtempSync(join(tmpdir(), 'runc-'));
  mkdirSync(join(bundle, 'rootfs'));
  spawnSync('runc', ['spec', '--bundle', bundle]);
  afterAll(() => rmSync(bundle, { recursive: true, force: true }));
  let count = 0;
  let current: { name: string; child: ChildProcess; stdout: string; stderr: string } | undefined;
  afterEach(() => {
    if (current) spawnSync('runc', ['delete', '--force', current.name]);
  });

  function start(words: readonly string[]) {
    const name = `sexton-test-${process.pid}-${++count}`;
    writeFileSync(join(bundle, 'config.json'), JSON.stringify(config([...sexton, ...words])));
    const child = spawn('runc', ['run', '--bundle', bundle, name], { stdio: ['ignore', 'pipe', 'pipe'] });
    const container = { name, child, stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', text => {
      container.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', text => {
      container.stderr += text;
    });
    current = container;
    const ended = new Promise<number | null>(resolve => child.on('close', resolve));
    return { container, ended };
  }

  async function run(...words: string[]): Promise<{ status: number | null; stderr: string }> {
    const { container, ended } = start(words);
    return { status: await ended, stderr: container.stderr };
  }

  it('an OOM kill of the program is told as such', async () => {
    const { status, stderr } = await run('--report', '--', 'sh', '-c', `${ONCE_SEXTON_RESTS} exec tail /dev/zero`);
    expect(status, stderr).toBe(137);
    expect(stderr).toMatch(/was killed by SIGKILL after .*: out of memory \(OOM kill\)/);
    expect(stderr).toMatch(/memory of this container: 64 MiB of 64 MiB at its peak/);
  });

  it('an OOM kill of a grandchild too', async () => {
    const { status, stderr } = await run('--report', '--', 'sh', '-c', `${ONCE_SEXTON_RESTS} tail /dev/zero; exit 9`);
    expect(status, stderr).toBe(9);
    expect(stderr).toMatch(/exited with 9 after .*: the OOM killer took 1 process, but not the program itself/);
  });

  it('a SIGKILL from outside is not', async () => {
    const { container, ended } = start(['--report', '--', 'sh', '-c', 'echo $$; exec sleep 1000']);
    const program = await until(() => /^\d+(?=\n)/.exec(container.stdout)?.[0]);
    spawnSync('runc', ['exec', container.name, 'sh', '-c', `kill -KILL ${program}`]);
    expect(await ended).toBe(137);
    expect(container.stderr).toMatch(/: by another process or from outside, not by the OOM killer/);
  });

  it('the warning of the PID limit comes before fork fails', async () => {
    // A leak that is slow beside the period, and beside the start of the thread that looks.
    const leak = 'sleep 1000 & read -t 0.2 x < /dev/zero';
    const script = `for i in {1..25}; do sleep 1000 & done; while :; do ${leak}; done`;
    const { container, ended } = start(['--watch', '100ms', '--', 'bash', '-c', script]);
    await until(() => /Resource temporarily unavailable/.test(container.stderr));
    const warned = container.stderr.search(/sexton: warning: \d+ of 50 processes and threads are in use/);
    expect(warned, container.stderr).toBeGreaterThanOrEqual(0);
    expect(warned).toBeLessThan(container.stderr.search(/Resource temporarily unavailable/));
    spawnSync('runc', ['kill', container.name, 'KILL']);
    await ended;
  });
});

function config(words: readonly string[]): unknown {
  const directories = ['/usr', '/lib', '/lib64', '/bin', '/sbin', '/etc', '/opt', root, dirname(dirname(node))];
  const bind = (path: string) => ({ destination: path, type: 'bind', source: path, options: ['rbind', 'ro'] });
  const capabilities = ['CAP_KILL'];
  return {
    ociVersion: '1.0.2',
    process: {
      terminal: false,
      user: { uid: 0, gid: 0 },
      args: words,
      env: Object.entries({ PATH: process.env['PATH'], ...sextonEnvironment }).map(
        ([name, value]) => `${name}=${value}`,
      ),
      cwd: '/',
      capabilities: { bounding: capabilities, effective: capabilities, permitted: capabilities },
      noNewPrivileges: true,
    },
    root: { path: 'rootfs', readonly: false },
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc' },
      { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'mode=755'] },
      { destination: '/sys', type: 'sysfs', source: 'sysfs', options: ['nosuid', 'noexec', 'nodev', 'ro'] },
      { destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options: ['nosuid', 'noexec', 'nodev', 'ro'] },
      ...directories.filter(path => existsSync(path)).map(bind),
    ],
    linux: {
      resources: { memory: { limit: 64 * MEBIBYTE }, pids: { limit: 50 } },
      namespaces: ['pid', 'network', 'ipc', 'uts', 'mount'].map(type => ({ type })),
    },
  };
}
