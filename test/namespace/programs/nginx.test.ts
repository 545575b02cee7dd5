import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../c-fixture.ts';
import { childrenOf, descendant, describeWith, isRoot, missing, until, whyNoNamespaces } from '../harness.ts';
import { fetchText } from './http.ts';
import { answer, freePort, serve, withoutZombies } from './served.ts';
import { PROGRAMS } from './table.ts';

const CLIENTS = 8;
const RELOADS = 3;

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
    const served = await serve(words);
    expect(await answer(() => fetchText(port, '/'), served.container)).toBe('served');
    return { ...served, port };
  }

  it('serves, and shuts down on SIGTERM with 0', async () => {
    const { container, endsWith } = await nginx([]);
    container.kill('SIGTERM');
    const { stderr } = await endsWith(0);
    expect(stderr).toMatch(/signal 15 \(SIGTERM\) received.*, exiting.*\bexit\n/s);
  });

  it('under load is reloaded, and stops gracefully', async () => {
    const { container, endsWith, port } = await nginx(['--rewrite', 'TERM:QUIT', '--single-child']);
    const load = clients(port);
    const first = await until(() => descendant(container.pid, /^nginx: master/));
    for (let reload = 0; reload < RELOADS; reload++) {
      const [before, answers] = [childrenOf(first), load.answers];
      container.kill('SIGHUP');
      // Other workers have taken over, and serve.
      await until(() => childrenOf(first).length === 2 && !childrenOf(first).some(pid => before.includes(pid)));
      await until(() => load.answers > answers + CLIENTS);
    }
    expect(load.failures).toEqual([]);
    await withoutZombies(container);
    // It is on its way when the first bytes have come; then the stop begins.
    const text = await fetchText(port, '/large', () => {
      load.stop();
      container.kill('SIGTERM');
    });
    expect(text).toHaveLength(3_000_000);
    const { stderr } = await endsWith(PROGRAMS.nginx.status);
    expect(stderr).toMatch(/signal 3 \(SIGQUIT\) received.*shutting down.*gracefully shutting down.*\bexit\n/s);
    await load.ended;
  });
});

/** Each asks again as soon as it has its answer. From `stop` on they may be refused. */
function clients(port: number) {
  const failures: unknown[] = [];
  let isStopping = false;
  const load = {
    answers: 0,
    failures,
    stop() {
      isStopping = true;
    },
    ended: Promise.all(Array.from({ length: CLIENTS }, client)),
  };
  async function client(): Promise<void> {
    while (!isStopping)
      try {
        if ((await fetchText(port, '/')) !== 'served') throw new Error('another answer');
        load.answers++;
      } catch (error) {
        if (!isStopping) failures.push(error);
        return;
      }
  }
  return load;
}
