import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../c-fixture.ts';
import { describeWith, isRoot, missing, run, whyNoNamespaces } from '../harness.ts';
import { answer, serve, withoutZombies } from './served.ts';
import { PROGRAMS } from './table.ts';

/** Debian has the server's own commands beside each other's versions, and not in PATH. */
const bin: string | undefined = (() => {
  try {
    const versions = readdirSync('/usr/lib/postgresql').toSorted((a, b) => Number(b) - Number(a));
    return versions.map(version => `/usr/lib/postgresql/${version}/bin`).find(folder => !missing(`${folder}/initdb`));
  } catch {
    return undefined;
  }
})();
const whyNotHere = bin ? undefined : 'postgresql is not installed';
const whyNotRoot = isRoot ? undefined : 'takes root';

describeWith([whyNoNamespaces, whyNotRoot, whyNotHere], 'PostgreSQL under sexton', () => {
  it('in the middle of transactions, with a session that is open, makes a fast shutdown on SIGTERM', async () => {
    const folder = temporaryFolder();
    const data = join(folder, 'data');
    const [uid, gid] = ['-u', '-g'].map(which => Number(execFileSync('id', [which, 'postgres'], { encoding: 'utf8' })));
    chownSync(folder, uid!, gid!);
    const inPlace = { environment: { PATH: `${bin}:${process.env['PATH']}` }, cwd: folder };
    const made = await run(['--user', 'postgres', '--', 'initdb', '--no-sync', '--auth=trust', '-D', data], inPlace);
    expect(made, made.stderr).toMatchObject({ status: 0 });

    const settings = ['-c', 'listen_addresses=', '-c', 'fsync=off', '-k', folder];
    const options = ['--user', 'postgres', '--rewrite', 'TERM:INT', '--'];
    const { container, endsWith } = await serve([...options, 'postgres', '-D', data, ...settings], inPlace);
    const own = ['-h', folder, '-U', 'postgres'];
    const initialise = async () => execFileSync(`${bin}/pgbench`, [...own, '-i', '-q', 'postgres'], { stdio: 'pipe' });
    await answer(initialise, container);

    const clients: ChildProcess[] = [];
    const client = (program: string, ...words: string[]) => {
      const started = spawn(`${bin}/${program}`, [...own, ...words], { stdio: 'pipe' });
      clients.push(started);
      return started;
    };
    try {
      const load = client('pgbench', '-n', '-c', '4', '-T', '1000', '-P', '1', 'postgres');
      const session = client('psql', '-X', '-At', 'postgres');
      const said = text(session.stderr!);
      session.stdin!.write('SELECT 6 * 7;\n');
      expect(String(await once(session.stdout!, 'data'))).toBe('42\n');
      await answer(async () => {
        const [chunk] = await once(load.stderr!, 'data');
        if (!/progress: .* [1-9][0-9.]* tps/.test(String(chunk))) throw new Error('not yet');
      }, container);
      load.stderr!.resume();
      await withoutZombies(container);
      container.kill('SIGTERM');
      const { stderr, report } = await endsWith(PROGRAMS.postgresql.status);
      expect(stderr).toMatch(/received fast shutdown request.*database system is shut down/s);
      expect(report.signals).toMatchObject([{ signal: 'SIGTERM', sent: 'SIGINT', received: 1, forwarded: 1 }]);
      session.stdin!.end('SELECT 1;\n');
      expect(await said).toMatch(/terminating connection due to administrator command/);
    } finally {
      for (const one of clients) one.kill('SIGKILL');
    }
  }, 120_000);
});
