import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { request } from 'node:http';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { temporaryFolder } from './c-fixture.ts';
import {
  type Container,
  childrenOf,
  describeWith,
  missing,
  node,
  type Options,
  root,
  start,
  statusOf,
  until,
  whyNoNamespaces,
} from './harness.ts';

let container: Container | undefined;
let other: Container | undefined;
afterEach(async () => {
  await container?.end();
  await other?.end();
});

/** A program that reaps nothing, makes an orphan when it gets SIGUSR1, and leaves with 3 on SIGTERM. */
const PROGRAM = [
  'sh',
  '-c',
  'trap "sh -c \\"sh -c : &\\"; echo orphan" USR1; trap "exit 3" TERM; echo ready; while :; do sleep 1000 & wait $!; done',
];

/** It alone gets the signals: dash tells of each job that a signal ends. */
const ALONE = ['--single-child', '--', ...PROGRAM];

interface Answer {
  status: number | undefined;
  type: string | undefined;
  body: string;
}

function get(where: { socketPath: string } | { port: number }, path: string, headers = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asking = request({ ...where, path, headers, agent: false }, response => {
      let body = '';
      response.setEncoding('utf8').on('data', text => {
        body += text;
      });
      response.on('end', () => resolve({ status: response.statusCode, type: response.headers['content-type'], body }));
    });
    asking.on('error', reject).end();
  });
}

/** Asks until it is answered. */
async function eventually(where: Parameters<typeof get>[0], path: string): Promise<Answer> {
  for (;;) {
    try {
      return await get(where, path);
    } catch {
      await new Promise(resolve => setTimeout(resolve, 10));
    }
  }
}

async function listening(port = 0): Promise<Server> {
  const server = createServer();
  await new Promise<void>(resolve => {
    server.listen(port, '127.0.0.1', resolve);
  });
  return server;
}

/** PID 1 goes on: a signal arrives, an orphan is reaped, the program's status is ours. */
async function expectSound(init: Container): Promise<void> {
  init.kill('SIGUSR1');
  await init.says(/orphan/);
  await until(() => childrenOf(init.pid).length === 1);
  init.kill('SIGTERM');
  expect((await init.ended).status).toBe(3);
}

describeWith(
  [whyNoNamespaces, missing('curl'), missing('promtool')],
  'the line of docs/sextonctl.md with curl and promtool',
  () => {
    it('has nothing to say of what sexton has counted', async () => {
      const page = readFileSync(join(root, 'docs', 'sextonctl.md'), 'utf8');
      const socketPath = join(temporaryFolder(), 'control');
      const [line] = /^curl --silent --unix-socket .* \| promtool check metrics$/m.exec(page)!;
      container = await start(['--control', socketPath, ...ALONE]);
      await container.says(/ready/);
      container.kill('SIGUSR1');
      await container.says(/orphan/);
      await eventually({ socketPath }, '/status');
      const asked = line.replace('/run/sexton.sock', socketPath);
      // Kept as well: of a curl that gets nothing promtool has nothing to say either.
      const kept = join(dirname(socketPath), 'kept');
      const checked = spawnSync('bash', ['-c', asked.replace('|', `| tee ${kept} |`)], { encoding: 'utf8' });
      expect(checked).toMatchObject({ status: 0, stdout: '', stderr: '' });
      const text = readFileSync(kept, 'utf8');
      expect(text).toMatch(/^sexton_signals_received_total\{signal="SIGUSR1",sender="outside"\} 1$/m);
      expect(text).toMatch(/^sexton_errors_total 0\n$/m);
    });
  },
);

describeWith([whyNoNamespaces], 'the control socket', () => {
  const folder = temporaryFolder();
  const socketPath = join(folder, 'control');
  const startHere = (options: Options = {}) => start(['--control', socketPath, '--watch', '100ms', ...ALONE], options);

  it('tells the status, the zombies, the metrics and its routes', async () => {
    container = await startHere();
    await container.says(/ready/);
    const status = await eventually({ socketPath }, '/status');
    expect(status).toMatchObject({ status: 200, type: 'application/json' });
    expect(JSON.parse(status.body)).toMatchObject({
      pid: 1,
      program: { command: PROGRAM.join(' '), state: 'running' },
    });
    expect(await get({ socketPath }, '/zombies')).toMatchObject({ status: 200, body: '{"culprits":[]}\n' });
    expect((await get({ socketPath }, '/metrics')).body).toMatch(/^sexton_program_up 1$/m);
    expect((await get({ socketPath }, '/')).body).toContain('GET /status');
    expect((await get({ socketPath }, '/etc/passwd')).status).toBe(404);
    await expectSound(container);
    expect(existsSync(socketPath)).toBe(false);
    expect(container.stderr).toBe('');
  });

  it('is for its owner alone, whatever the umask is; and that stays what it was for the program', async () => {
    container = await start(['--control', socketPath, '--', 'sh', '-c', 'umask; exec sleep 1000'], {
      wrapper: ['sh', '-c', 'umask 0 && exec "$@"', 'sh'],
    });
    await container.says(/^0000$/m);
    await until(() => existsSync(socketPath));
    expect(statSync(socketPath).mode & 0o777).toBe(0o600);
  });

  it('is found by a relative path from where sexton was started', async () => {
    container = await start(['--control', 'relative', '--chdir', '/', ...ALONE], { cwd: folder });
    await eventually({ socketPath: join(folder, 'relative') }, '/status');
    await expectSound(container);
    expect(existsSync(join(folder, 'relative'))).toBe(false);
  });

  it('replaces the one of a sexton that was killed', async () => {
    container = await startHere();
    await eventually({ socketPath }, '/status');
    await container.end();
    expect(existsSync(socketPath)).toBe(true);
    container = await startHere();
    expect((await eventually({ socketPath }, '/status')).status).toBe(200);
    await container.says(/ready/);
    await expectSound(container);
    expect(container.stderr).toBe('');
  });

  it('leaves alone one on which another listens, and a file that is no socket', async () => {
    other = await startHere();
    await eventually({ socketPath }, '/status');
    container = await startHere();
    await container.says(/^sexton: warning: --control .*: another process listens there already$/m, 'stderr');
    await expectSound(container);
    expect((await get({ socketPath }, '/status')).status).toBe(200);
    other.kill('SIGTERM');
    await other.ended;

    writeFileSync(socketPath, 'mine');
    container = await startHere();
    await container.says(/^sexton: warning: --control .*: it exists and is no socket; .*$/m, 'stderr');
    await container.says(/ready/);
    await expectSound(container);
    expect(readFileSync(socketPath, 'utf8')).toBe('mine');
    unlinkSync(socketPath);
  });

  it('warns once of a folder that is not there', async () => {
    container = await start(['--control', join(folder, 'none', 'control'), ...ALONE]);
    await container.says(/^sexton: warning: --control .*: No such file or directory$/m, 'stderr');
    await container.says(/ready/);
    await expectSound(container);
    expect(container.stderr.match(/\n/g)).toHaveLength(1);
  });

  it('does not remove what has come in its place', async () => {
    container = await startHere();
    await container.says(/ready/);
    await eventually({ socketPath }, '/status');
    unlinkSync(socketPath);
    writeFileSync(socketPath, 'mine');
    await expectSound(container);
    expect(readFileSync(socketPath, 'utf8')).toBe('mine');
    unlinkSync(socketPath);
  });

  it('leaves stdout and stderr blocking, as the program has them', async () => {
    container = await startHere();
    await eventually({ socketPath }, '/metrics');
    for (const fd of [1, 2]) {
      const [, flags] = /^flags:\s*(\d+)$/m.exec(readFileSync(`/proc/${container.pid}/fdinfo/${fd}`, 'utf8'))!;
      expect(Number.parseInt(flags!, 8) & 0o4000, `fd ${fd}`).toBe(0);
    }
    await container.says(/ready/);
    await expectSound(container);
  });

  it('is no way to harm PID 1: idle, slow, many and mad clients', async () => {
    container = await startHere();
    await container.says(/ready/);
    await eventually({ socketPath }, '/status');
    const memory = () => Number.parseInt(statusOf(container!.pid)!['VmRSS']!, 10);
    const before = memory();
    const idle = Array.from({ length: 100 }, () => connect(socketPath).on('error', () => {}));
    idle.forEach((socket, index) => void socket.write(index % 2 ? 'G' : ''));
    const noise = Buffer.alloc(100_000, 'GET /metrics HTTP/1.1\r\n\r\n');
    for (let round = 0; round < 30; round++)
      await Promise.all(
        Array.from({ length: 10 }, async (_, index) => {
          const socket = connect(socketPath).on('error', () => {});
          socket.write(index % 2 ? noise : noise.map(byte => byte ^ round));
          await new Promise(resolve => socket.resume().on('close', resolve));
        }),
      );
    for (const socket of idle) socket.destroy();
    expect((await eventually({ socketPath }, '/status')).status).toBe(200);
    expect(memory() - before).toBeLessThan(30_000);
    await expectSound(container);
    expect(container.stderr).toBe('');
  });

  it('may be deleted, and /proc unmounted', async () => {
    container = await start(
      [
        '--control',
        socketPath,
        '--watch',
        '100ms',
        '--',
        'sh',
        '-c',
        `read line; umount -l /proc; exec "$@"`,
        'sh',
        ...PROGRAM,
      ],
      { input: '\n' },
    );
    await container.says(/ready/);
    expect(JSON.parse((await eventually({ socketPath }, '/zombies')).body)).toEqual({ culprits: [] });
    await until(() => existsSync(socketPath));
    unlinkSync(socketPath);
    await expectSound(container);
  });
});

describeWith([whyNoNamespaces], 'the port for metrics', () => {
  it('answers at /metrics, in the format that is asked for, and nowhere else', async () => {
    const server = await listening();
    const { port } = server.address() as AddressInfo;
    await new Promise(resolve => server.close(resolve));
    container = await start(['--metrics', String(port), ...ALONE]);
    await container.says(/ready/);
    expect(await eventually({ port }, '/metrics')).toMatchObject({
      status: 200,
      type: 'text/plain; version=0.0.4; charset=utf-8',
    });
    const { type, body } = await get({ port }, '/metrics', { accept: 'application/openmetrics-text; version=1.0.0' });
    expect(type).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    expect(body).toMatch(/\n# EOF\n$/);
    expect((await get({ port }, '/status')).status).toBe(404);
    await expectSound(container);
  });

  it('is one warning when it is taken, and the socket still serves', async () => {
    const server = await listening();
    const { port } = server.address() as AddressInfo;
    const socketPath = join(temporaryFolder(), 'control');
    container = await start(['--metrics', String(port), '--control', socketPath, ...ALONE]);
    await container.says(/ready/);
    await container.says(/warning/, 'stderr');
    expect((await eventually({ socketPath }, '/status')).status).toBe(200);
    await expectSound(container);
    expect(container.stderr).toBe(`sexton: warning: --metrics 127.0.0.1:${port}: Address already in use\n`);
    server.close();
  });
});

describeWith([whyNoNamespaces], 'the thread of the service', () => {
  const threadsOf = (init: Container) => Number(statusOf(init.pid)?.['Threads']);

  /** A copy of the package whose service has more to do. */
  function packageWith(code: string): string {
    const folder = mkdtempSync(join(temporaryFolder(), 'package-'));
    for (const part of ['bin', 'dist', 'prebuilds', 'package.json'])
      cpSync(join(root, part), join(folder, part), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    appendFileSync(join(folder, 'dist', 'service.cjs'), code);
    return folder;
  }

  it('is there only when something is asked for that needs it', async () => {
    container = await start(['--log-format', 'text', ...ALONE]);
    await container.says(/ready/);
    other = await start(['--watch', '1h', ...ALONE]);
    await other.says(/ready/);
    await until(() => threadsOf(other!) === threadsOf(container!) + 1);
    await expectSound(other);
    await expectSound(container);
  });

  it.each([
    ['an error', 'setImmediate(() => { throw new Error("sick"); });', /^sexton: the service goes on after .*sick/m],
    ['a rejection', 'Promise.reject(new Error("sick"));', /^sexton: the service goes on after .*sick/m],
    ['an endless recursion', 'setImmediate(function f() { f(); });', /^sexton: the service goes on after .*stack/m],
  ])('goes on after %s', async (_, code, line) => {
    const socketPath = join(temporaryFolder(), 'control');
    container = await start(['--control', socketPath, ...ALONE], {
      init: [node, join(packageWith(code), 'bin', 'sexton.js')],
    });
    await container.says(line, 'stderr');
    await container.says(/ready/);
    expect((await eventually({ socketPath }, '/status')).status).toBe(200);
    await expectSound(container);
  });

  it('may end, and PID 1 goes on', async () => {
    const code = ";require('node:fs').writeSync(2, 'gone\\n'); process.exit(1);";
    const init = [node, join(packageWith(code), 'bin', 'sexton.js')];
    container = await start(['--watch', '1h', ...ALONE], { init });
    other = await start(['--log-format', 'text', ...ALONE]);
    await container.says(/ready/);
    await other.says(/ready/);
    await container.says(/gone/, 'stderr');
    await until(() => threadsOf(container!) === threadsOf(other!));
    await expectSound(container);
  });

  it('keeps nobody from leaving when it is busy for ever', async () => {
    const init = [node, join(packageWith(';setImmediate(() => { for (;;); });'), 'bin', 'sexton.js')];
    container = await start(['--watch', '1h', ...ALONE], { init });
    await container.says(/ready/);
    await expectSound(container);
  });

  it('is one warning when its program is missing', async () => {
    const folder = packageWith('');
    unlinkSync(join(folder, 'dist', 'service.cjs'));
    container = await start(['--watch', '1h', ...ALONE], { init: [node, join(folder, 'bin', 'sexton.js')] });
    await container.says(/^sexton: warning: --watch, --control and --metrics do not work: ENOENT.*$/m, 'stderr');
    await container.says(/ready/);
    await expectSound(container);
  });
});
