import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { describeWith, missing, whyNoNamespaces } from '../harness.ts';
import { answer, freePort, serve, withoutZombies } from './served.ts';
import { PROGRAMS } from './table.ts';

/** JRMI, version 2, StreamProtocol; and what a server answers first. */
const GREETING = Buffer.from('4a524d4900024b', 'hex');
const ACKNOWLEDGED = 0x4e;
const DUMPS = 3;

describeWith([whyNoNamespaces, missing('rmiregistry')], 'Java under sexton', () => {
  it('tells of its threads on SIGQUIT, serves on, and ends on SIGTERM with 143', async () => {
    const port = await freePort();
    const { container, endsWith } = await serve(['--', 'rmiregistry', String(port)]);
    expect(await answer(() => greet(port), container)).toBe(ACKNOWLEDGED);
    for (let dump = 1; dump <= DUMPS; dump++) {
      container.kill('SIGQUIT');
      await container.says(new RegExp(`(Full thread dump OpenJDK[^]*"main"[^]*){${dump}}`));
      expect(await greet(port)).toBe(ACKNOWLEDGED);
    }
    await withoutZombies(container);
    container.kill('SIGTERM');
    const { report } = await endsWith(PROGRAMS.java.status);
    expect(report.signals).toMatchObject([
      { signal: 'SIGQUIT', received: DUMPS, forwarded: DUMPS },
      { signal: 'SIGTERM', received: 1, forwarded: 1 },
    ]);
  }, 60_000);
});

function greet(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const client = connect(port, '127.0.0.1', () => client.write(GREETING));
    client.on('error', reject).once('data', data => {
      client.destroy();
      resolve(data[0]!);
    });
  });
}
