import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../c-fixture.ts';
import { describeWith, missing, whyNoNamespaces } from '../harness.ts';
import { answer, serve, withoutZombies } from './served.ts';
import { PROGRAMS } from './table.ts';

describeWith([whyNoNamespaces, missing('redis-server'), missing('redis-benchmark')], 'redis under sexton', () => {
  it('under load saves, and says goodbye on SIGTERM with 0', async () => {
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
    const { container, endsWith } = await serve(['--', 'redis-server', ...words]);
    expect(await answer(() => ask('PING'), container)).toBe('+PONG\r\n');
    expect(await ask('SET mine value')).toBe('+OK\r\n');
    // -l: without end. It writes a thousand keys.
    const load = spawn('redis-benchmark', ['-s', socket, '-l', '-q', '-t', 'set', '-r', '1000'], { stdio: 'ignore' });
    try {
      await answer(async () => {
        if (!/^:[0-9]{3,}/.test(await ask('DBSIZE'))) throw new Error('not yet');
      }, container);
      // A child of its own that saves, and is waited for by it.
      expect(await ask('BGSAVE')).toMatch(/^\+Background saving started/);
      await withoutZombies(container);
      container.kill('SIGTERM');
      const { stdout } = await endsWith(PROGRAMS.redis.status);
      expect(stdout).toMatch(/Received SIGTERM scheduling shutdown.*DB saved on disk.*bye bye/s);
      expect(readFileSync(join(folder, 'dump.rdb'), 'latin1')).toMatch(/^REDIS.*mine/s);
    } finally {
      const gone = load.exitCode ?? load.signalCode ?? once(load, 'exit');
      load.kill('SIGKILL');
      await gone;
    }
  });
});
