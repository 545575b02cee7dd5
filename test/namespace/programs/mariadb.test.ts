import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../c-fixture.ts';
import { describeWith, isRoot, missing, whyNoNamespaces } from '../harness.ts';
import { answer, serve, withoutZombies } from './served.ts';
import { PROGRAMS } from './table.ts';

const CLIENTS = 4;
const whyNotRoot = isRoot ? undefined : 'takes root';

describeWith(
  [whyNoNamespaces, whyNotRoot, missing('mariadbd'), missing('mariadb-install-db'), missing('mariadb')],
  'MariaDB under sexton',
  () => {
    async function mariadb(options: readonly string[], own: readonly string[]) {
      const folder = temporaryFolder();
      const socket = join(folder, 'socket');
      const [uid, gid] = ['-u', '-g'].map(which => Number(execFileSync('id', [which, 'mysql'], { encoding: 'utf8' })));
      chownSync(folder, uid!, gid!);
      const settings = ['--no-defaults', `--datadir=${join(folder, 'data')}`];
      execFileSync('mariadb-install-db', [...settings, '--user=mysql', '--skip-test-db'], { stdio: 'pipe' });
      const words = [
        `--socket=${socket}`,
        '--skip-networking',
        `--pid-file=${folder}/pid`,
        '--innodb-log-file-size=4M',
      ];
      const served = await serve([...options, '--', 'mariadbd', ...settings, ...words, ...own]);
      const client = ['--no-defaults', `--socket=${socket}`, '--user=root', '-NB'];
      const ask = (query: string) =>
        new Promise<string>((resolve, reject) => {
          execFile('mariadb', [...client, '-e', query], (error, stdout) => (error ? reject(error) : resolve(stdout)));
        });
      expect(await answer(() => ask('SELECT 1 + 1, CURRENT_USER()'), served.container)).toBe('2\troot@localhost\n');
      return { ...served, ask, client };
    }

    it('serves with its own change of user, and shuts down completely on SIGTERM with 0', async () => {
      const { container, endsWith } = await mariadb([], ['--user=mysql']);
      container.kill('SIGTERM');
      const { stderr } = await endsWith(0);
      expect(stderr).toMatch(/initiated by: unknown.*Shutdown complete/s);
    }, 120_000);

    it('in the middle of queries shuts down completely, as a user by --user', async () => {
      const { container, endsWith, ask, client } = await mariadb(['--user', 'mysql'], []);
      await ask('CREATE DATABASE soak; CREATE TABLE soak.numbers (number INT AUTO_INCREMENT PRIMARY KEY)');
      const query = 'INSERT INTO soak.numbers VALUES (NULL); SELECT MAX(number) FROM soak.numbers;';
      const clients = Array.from({ length: CLIENTS }, () =>
        spawn('sh', ['-c', 'yes "$0" | mariadb "$@" --unbuffered', query, ...client], { stdio: 'pipe' }),
      );
      const refusals = clients.map(({ stderr }) => text(stderr));
      const ends = clients.map(one => once(one, 'exit'));
      await Promise.all(clients.map(({ stdout }) => once(stdout, 'data')));
      for (const { stdout } of clients) stdout.resume();
      await withoutZombies(container);
      container.kill('SIGTERM');
      const { stderr } = await endsWith(PROGRAMS.mariadb.status);
      expect(stderr).toMatch(/initiated by: unknown.*Shutdown complete/s);
      // They were asking to the last.
      for (const refusal of await Promise.all(refusals))
        expect(refusal).toMatch(/shutdown|Lost connection|gone away|killed/i);
      await Promise.all(ends);
    }, 120_000);
  },
);
