import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../c-fixture.ts';
import { describeWith, fixtures, missing, whyNoNamespaces } from '../harness.ts';
import { fetchText } from './http.ts';
import { answer, freePort, serve, withoutZombies } from './served.ts';
import { PROGRAMS } from './table.ts';

describeWith([whyNoNamespaces, missing('npm')], 'npm start under sexton', () => {
  it('is stopped with what it has started, which answers what has begun', async () => {
    const folder = temporaryFolder();
    const port = await freePort();
    const start = `node ${join(fixtures, 'programs', 'server.mjs')} ${port}`;
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'service', scripts: { start } }));
    const { container, endsWith } = await serve(['--wait', 'group', '--', 'npm', 'start', '--silent'], {
      cwd: folder,
      environment: {
        PATH: [dirname(process.execPath), process.env['PATH']].join(':'),
        HOME: folder,
        npm_config_update_notifier: 'false',
      },
    });
    expect(await answer(() => fetchText(port, '/'), container)).toBe('begun finished');
    await withoutZombies(container);
    expect(await fetchText(port, '/', () => container.kill('SIGTERM'))).toBe('begun finished');
    await endsWith(PROGRAMS.npm.status);
  }, 60_000);
});
