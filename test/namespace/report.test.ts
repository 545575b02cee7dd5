import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { testCgroup, whyNoCgroup } from './cgroup.ts';
import { descendant, describeWith, missing, run, start, until, whyNoNamespaces } from './harness.ts';

const MEBIBYTE = 2 ** 20;
/** Eats memory until it is stopped. */
const GLUTTON = 'tail /dev/zero';
/** While Node starts it is as large as this container may be. */
const ONCE_SEXTON_RESTS =
  'until [ "$(sed -n "s/VmRSS:[^0-9]*\\([0-9]*\\).*/\\1/p" /proc/1/status)" -lt 30000 ]; do :; done;';

describeWith([whyNoNamespaces], 'the report', () => {
  it('tells why the program ended, of its orphans, and who is still there', async () => {
    const { status, stderr, stdout } = await run([
      '--report',
      '--',
      'sh',
      '-c',
      // Two orphans that end, one that stays.
      '(sh -c "exit 3" & sleep 0 & sleep 1000 &); while [ "$(ls -d /proc/[0-9]* | wc -l)" -gt 5 ]; do :; done; exit 4',
    ]);
    expect(status).toBe(4);
    expect(stdout).toBe('');
    expect(stderr).toMatch(
      /^sexton: report: the program \([0-9]+\) exited with 4 after .*; CPU .* s, peak memory .*$/m,
    );
    expect(stderr).toMatch(/^sexton: report: leaving with exit status 4$/m);
    expect(stderr).toMatch(/^sexton: report: signals: none$/m);
    expect(stderr).toMatch(/^sexton: report: orphans: 2 reaped: .*sh 1 \(1 failed\).*$/m);
    expect(stderr).toMatch(/^sexton: report: still alive: [0-9]+ \(sleep\)$/m);
  });

  it('is one JSON object with --log-format json', async () => {
    const container = await start([
      '--report',
      '--log-format',
      'json',
      '--',
      'sh',
      '-c',
      'echo ready; exec sleep 1000',
    ]);
    await container.says(/ready/);
    await until(() => descendant(container.pid, /^sleep/));
    container.kill('SIGTERM');
    const { status, stderr } = await container.ended;
    expect(status).toBe(143);
    expect(JSON.parse(stderr)).toMatchObject({
      level: 30,
      pid: 1,
      msg: 'report',
      event: 'report',
      exit_status: 143,
      program: { state: 'ended', exit_status: 143, killed_by: 'SIGTERM', sent_by: 'outside the container' },
      signals: [{ signal: 'SIGTERM', sender: 0, received: 1, forwarded: 1 }],
      orphans: { reaped: 0 },
      errors: 0,
      alive: [],
    });
  });

  it('at -v has the program in one key of the line of its end', async () => {
    const { stderr } = await run(['-v', '--log-format', 'json', '--', 'sh', '-c', 'exit 3']);
    expect(JSON.parse(stderr)).toMatchObject({
      pid: 1,
      event: 'ended',
      program: { pid: expect.any(Number), state: 'ended', exit_status: 3 },
    });
  });

  it('tells the age of an orphan in the first second too', async () => {
    const script = 'orphan=$(sleep 0.3 > /dev/null & echo $!); while [ -e /proc/$orphan ]; do :; done';
    const { stderr } = await run(['-w', '--log-format', 'json', '--', 'sh', '-c', script]);
    expect(JSON.parse(stderr).age).toBeGreaterThan(0.25);
  });

  it('does not wait for a FIFO that somebody has mounted over a file of /proc', async () => {
    const fifo = join(mkdtempSync(join(tmpdir(), 'fifo-')), 'fifo');
    const script = `mkfifo ${fifo}; mount --bind ${fifo} /proc/uptime; mount --bind ${fifo} /proc/$$/comm; (sleep 0 &); kill -USR1 1; exit 4`;
    const { status, stderr } = await run(['--report', '-w', '--', 'sh', '-c', `trap : USR1; ${script}`]);
    expect(status, stderr).toBe(4);
  });

  it('fits into one line of JSON however much there is to tell', async () => {
    const names = Array.from({ length: 200 }, (_, n) => `p${n}-${'x'.repeat(9)}`);
    const copies = mkdtempSync(join(tmpdir(), 'names-'));
    const script = `${names.map(name => `ln -s /bin/true ${copies}/${name}; (${copies}/${name} &)`).join('\n')}\nexit 0`;
    const { stderr } = await run(['--report', '--log-format', 'json', '--wait', 'all', '--', 'sh', '-c', script]);
    expect(Buffer.byteLength(stderr)).toBeLessThanOrEqual(4096);
    const { orphans } = JSON.parse(stderr);
    // dash may have waited for one or the other itself.
    expect(orphans.reaped).toBeGreaterThan(150);
    expect(orphans.commands.length).toBeGreaterThan(3);
  });

  it('names the one who sent the signal, if it is still there', async () => {
    const { status, stderr } = await run(['-v', '--', 'sh', '-c', 'bash -c "kill -QUIT 1; while :; do :; done"']);
    expect(status).toBe(131);
    expect(stderr).toMatch(/was killed by SIGQUIT after .*: it came from [0-9]+ \(bash\); CPU/);
  });

  it('of a SIGKILL by --stop-timeout says so', async () => {
    const container = await start([
      '-v',
      '--stop-timeout',
      '50ms',
      '--',
      'sh',
      '-c',
      'trap "" TERM; echo ready; sleep 1000',
    ]);
    await container.says(/ready/);
    container.kill('SIGTERM');
    const { status, stderr } = await container.ended;
    expect(status).toBe(137);
    expect(stderr).toMatch(/was killed by SIGKILL after .*: it did not stop in time \(--stop-timeout\); CPU/);
  });

  it('measures CPU and memory', async () => {
    const { stderr } = await run([
      '--report',
      '--log-format=json',
      '--',
      process.execPath,
      '-e',
      'const kept = Buffer.alloc(200 * 2 ** 20, 1); const end = Date.now() + 100; while (Date.now() < end);',
    ]);
    const { program } = JSON.parse(stderr);
    expect(program.peak_bytes).toBeGreaterThan(200 * MEBIBYTE);
    expect(program.user_seconds + program.system_seconds).toBeGreaterThan(0.05);
  });
});

describeWith([whyNoNamespaces, whyNoCgroup('memory'), missing('tail')], 'out of memory', () => {
  const cgroup = testCgroup('memory', 64 * MEBIBYTE);
  const inCgroup = { wrapper: cgroup.join };

  it('the program: its end is told as an OOM kill', async () => {
    const outcome = await run(['--report', '--', 'sh', '-c', `${ONCE_SEXTON_RESTS} exec ${GLUTTON}`], inCgroup);
    expect(outcome).toMatchObject({
      status: 137,
      stderr: expect.stringMatching(/was killed by SIGKILL after .*: out of memory \(OOM kill\)/),
    });
    expect(outcome.stderr).toMatch(/the OOM killer took 1 process of this container/);
    expect(outcome.stderr).toMatch(/memory of this container: 64 MiB of 64 MiB at its peak/);
  });

  it('a grandchild: told, and not mistaken for the program', async () => {
    const outcome = await run(['--report', '--', 'sh', '-c', `${ONCE_SEXTON_RESTS} ${GLUTTON}; exit 9`], inCgroup);
    expect(outcome).toMatchObject({
      status: 9,
      stderr: expect.stringMatching(
        /exited with 9 after .*: the OOM killer took 1 process, but not the program itself/,
      ),
    });
  });

  it('an orphan: told with its name', async () => {
    const script = `${ONCE_SEXTON_RESTS} orphan=$(${GLUTTON} > /dev/null & echo $!); while [ -e /proc/$orphan ]; do :; done; exit 9`;
    const outcome = await run(['--report', '--', 'sh', '-c', script], inCgroup);
    expect(outcome).toMatchObject({
      status: 9,
      stderr: expect.stringMatching(/orphans: .*tail 1 \(1 killed, 1 by the OOM killer\)/),
    });
  });

  it.each([
    ['quiet', 'sleep 3.5'],
    ['busy', 'for i in 1 2 3 4 5 6 7 8 9; do (sleep 0 &); sleep 0.4; done'],
  ])('a grandchild, and a SIGKILL later: the program is not told as an OOM kill: %s', async (_, meanwhile) => {
    const script = `${ONCE_SEXTON_RESTS} ${GLUTTON}; ${meanwhile}; kill -9 $$`;
    const { status, stderr } = await run(['--report', '--', 'sh', '-c', script], inCgroup);
    expect(status).toBe(137);
    expect(stderr).toMatch(/was killed by SIGKILL after .*: by another process or from outside, not by the OOM killer/);
    expect(stderr).toMatch(/the OOM killer took 1 process of this container/);
  });

  it('is not what a SIGKILL from outside is called', async () => {
    const container = await start(['--report', '--', 'sh', '-c', 'echo ready; exec sleep 1000'], inCgroup);
    await container.says(/ready/);
    process.kill(await until(() => descendant(container.pid, /^sleep/)), 'SIGKILL');
    const { status, stderr } = await container.ended;
    expect(status).toBe(137);
    expect(stderr).toMatch(/was killed by SIGKILL after .*: by another process or from outside, not by the OOM killer/);
    expect(stderr).not.toMatch(/OOM killer took/);
  });
});

describeWith([whyNoNamespaces], '--termination-log', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'termination-')), 'log');

  it('gets the reason', async () => {
    expect(await run([`--termination-log=${path}`, '--', 'sh', '-c', 'exit 5'])).toMatchObject({
      status: 5,
      stderr: '',
    });
    expect(readFileSync(path, 'utf8')).toMatch(/^the program \([0-9]+\) exited with 5 after .*\n$/);
  });

  it('is left to a program that writes there itself', async () => {
    await run([`--termination-log=${path}`, '--', 'sh', '-c', 'echo mine > "$0"; exit 5', path]);
    expect(readFileSync(path, 'utf8')).toBe('mine\n');
  });

  it('is no descriptor of the program', async () => {
    const { stdout } = await run([`--termination-log=${path}`, '--', 'ls', '-l', '/proc/self/fd']);
    expect(stdout).not.toContain(path);
  });

  it('that cannot be written keeps the program from starting', async () => {
    expect(await run(['--termination-log=/nowhere/log', '--', 'echo', 'started'])).toEqual({
      status: 125,
      stdout: '',
      stderr: "sexton: --termination-log: cannot write '/nowhere/log': No such file or directory\n",
    });
  });
});
