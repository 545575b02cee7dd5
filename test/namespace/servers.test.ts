import { execFile, execFileSync } from 'node:child_process';
import { chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { temporaryFolder } from './c-fixture.ts';
import { type Container, describeWith, isRoot, missing, start, whyNoNamespaces } from './harness.ts';

const whyNotRoot = isRoot ? undefined : 'takes root';

const started: Container[] = [];

async function serve(words: readonly string[]): Promise<Container> {
  const container = await start(words);
  started.push(container);
  return container;
}

afterEach(async () => {
  await Promise.all(started.splice(0).map(container => container.end()));
});

/** A port that was free a moment ago. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** Asks until there is an answer: a server that starts refuses connections for a while. */
async function answer<T>(ask: () => Promise<T>, container: Container): Promise<T> {
  let isOver = false;
  container.ended.then(() => {
    isOver = true;
  });
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (isOver) throw new Error(`it ended: ${container.stdout}${container.stderr}`, { cause: error });
      await new Promise(resolve => setTimeout(resolve, 20));
    }
  }
}

function fetchText(port: number, path: string, begun: () => void = () => {}): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path, agent: false }, response => {
      let text = '';
      response.once('data', begun);
      response.setEncoding('utf8').on('data', chunk => {
        text += chunk;
      });
      response.on('end', () => resolve(text)).on('error', reject);
    }).on('error', reject);
  });
}

describeWith([whyNoNamespaces, missing('nginx')], 'nginx under sexton', () => {
  async function nginx(options: readonly string[]) {
    const folder = temporaryFolder();
    const port = await freePort();
    mkdirSync(join(folder, 'html'));
    writeFileSync(join(folder, 'html', 'index.html'), 'served');
    writeFileSync(join(folder, 'html', 'large'), 'x'.repeat(3_000_000));
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
    writeFileSync(
      join(folder, 'nginx.conf'),
      `daemon off; ${isRoot ? 'user root;' : ''} worker_processes 2; pid ${folder}/pid; error_log stderr notice;
       events {}
       http {
         access_log off; ${temporary.map(name => `${name}_temp_path ${folder}/${name};`).join(' ')}
         server { listen 127.0.0.1:${port}; root ${folder}/html; location /large { limit_rate 2m; } }
       }`,
    );
    const words = [...options, '--', 'nginx', '-p', folder, '-e', 'stderr', '-c', join(folder, 'nginx.conf')];
    return { container: await serve(words), port };
  }

  it('serves, and shuts down on SIGTERM with 0', async () => {
    const { container, port } = await nginx([]);
    expect(await answer(() => fetchText(port, '/'), container)).toBe('served');
    container.kill('SIGTERM');
    const { status, stderr } = await container.ended;
    expect(stderr).toMatch(/signal 15 \(SIGTERM\) received.*, exiting.*\bexit\n/s);
    expect(status).toBe(0);
  });

  it('finishes what it serves when -r TERM:QUIT makes SIGTERM graceful', async () => {
    const { container, port } = await nginx(['-r', 'TERM:QUIT', '--single-child']);
    await answer(() => fetchText(port, '/'), container);
    // It is on its way when the first bytes have come; then the stop begins.
    const text = await fetchText(port, '/large', () => container.kill('SIGTERM'));
    expect(text).toHaveLength(3_000_000);
    const { status, stderr } = await container.ended;
    expect(stderr).toMatch(/signal 3 \(SIGQUIT\) received.*shutting down.*gracefully shutting down.*\bexit\n/s);
    expect(status).toBe(0);
  });
});

describeWith([whyNoNamespaces, missing('redis-server')], 'redis under sexton', () => {
  it('serves, and saves and says goodbye on SIGTERM with 0', async () => {
    const folder = temporaryFolder();
    const socket = join(folder, 'socket');
    const ask = (command: string) =>
      new Promise<string>((resolve, reject) => {
        const client = connect(socket, () => client.write(`${command}\r\n`));
        client.on('error', reject).once('data', data => {
          client.destroy();
          resolve(data.toString('latin1'));
        });
      });
    const words = ['--port', '0', '--unixsocket', socket, '--dir', folder, '--save', '3600 1'];
    const container = await serve(['--', 'redis-server', ...words]);
    expect(await answer(() => ask('PING'), container)).toBe('+PONG\r\n');
    expect(await ask('SET key value')).toBe('+OK\r\n');
    container.kill('SIGTERM');
    const { status, stdout } = await container.ended;
    expect(stdout).toMatch(/Received SIGTERM scheduling shutdown.*DB saved on disk.*bye bye/s);
    expect(status).toBe(0);
    expect(readFileSync(join(folder, 'dump.rdb'), 'latin1')).toMatch(/^REDIS.*key/s);
  });
});

describeWith(
  [whyNoNamespaces, whyNotRoot, missing('mariadbd'), missing('mariadb-install-db'), missing('mariadb')],
  'MariaDB under sexton',
  () => {
    it.each([
      ['its own change of user', [], ['--user=mysql']],
      ['--user', ['--user', 'mysql'], []],
    ])(
      'serves with %s, and shuts down completely on SIGTERM with 0',
      async (_, options, own) => {
        const folder = temporaryFolder();
        const data = join(folder, 'data');
        const socket = join(folder, 'socket');
        const [uid, gid] = ['-u', '-g'].map(which =>
          Number(execFileSync('id', [which, 'mysql'], { encoding: 'utf8' })),
        );
        chownSync(folder, uid!, gid!);
        const settings = ['--no-defaults', `--datadir=${data}`];
        execFileSync('mariadb-install-db', [...settings, '--user=mysql', '--skip-test-db'], { stdio: 'pipe' });
        const words = [
          `--socket=${socket}`,
          '--skip-networking',
          `--pid-file=${folder}/pid`,
          '--innodb-log-file-size=4M',
        ];
        const container = await serve([...options, '--', 'mariadbd', ...settings, ...words, ...own]);
        const ask = () =>
          new Promise<string>((resolve, reject) => {
            const query = [
              '--no-defaults',
              `--socket=${socket}`,
              '--user=root',
              '-NBe',
              'SELECT 1 + 1, CURRENT_USER()',
            ];
            execFile('mariadb', query, (error, stdout) => (error ? reject(error) : resolve(stdout)));
          });
        expect(await answer(ask, container)).toBe('2\troot@localhost\n');
        container.kill('SIGTERM');
        const { status, stderr } = await container.ended;
        expect(stderr).toMatch(/initiated by: unknown.*Shutdown complete/s);
        expect(status).toBe(0);
      },
      120_000,
    );
  },
);
