import { join } from 'node:path';
import { expect, it } from 'vitest';
import { childrenOf, descendant, describeWith, fixtures, node, until, whyNoNamespaces } from '../harness.ts';
import { fetchText } from './http.ts';
import { answer, freePort, serve, withoutZombies } from './served.ts';
import { PROGRAMS } from './table.ts';

const REQUESTS = 20;

describeWith([whyNoNamespaces], 'a service of several Node processes under sexton', () => {
  it('answers what has begun when it is stopped, and leaves nothing', async () => {
    const port = await freePort();
    const script = join(fixtures, 'programs', 'cluster.mjs');
    const { container, endsWith } = await serve(['--', node, script, String(port)]);
    expect(await answer(() => fetchText(port, '/'), container)).toBe('begun finished');

    const primary = (await until(() => descendant(container.pid, /cluster\.mjs/)))!;
    await container.says(/(listening \d+\n.*){2}/s);
    process.kill(childrenOf(primary)[0]!, 'SIGKILL');
    await container.says(/worker ended with SIGKILL\n(.*\n)*listening/);

    await withoutZombies(container);
    let begun = 0;
    const answers = Array.from({ length: REQUESTS }, () =>
      fetchText(port, '/', () => {
        begun++;
      }),
    );
    await until(() => begun === REQUESTS);
    container.kill('SIGTERM');
    for (const text of await Promise.all(answers)) expect(text).toBe('begun finished');
    const { stdout, report } = await endsWith(PROGRAMS.cluster.status);
    expect(stdout.match(/worker ended with 0\n/g)).toHaveLength(2);
    expect(report.orphans.commands).toContainEqual(expect.objectContaining({ name: 'sleep' }));
  });
});
