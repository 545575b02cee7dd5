/** What docs/security.md says holds, where no other test shows it. */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { compile, temporaryFolder, whyNoCompiler } from './c-fixture.ts';
import {
  type Container,
  childrenOf,
  describeWith,
  isRoot,
  run,
  start,
  statusOf,
  until,
  whyNoNamespaces,
} from './harness.ts';

const USER = '4001:4002';

let container: Container | undefined;
afterEach(async () => {
  await container?.end();
  container = undefined;
});

describeWith([whyNoNamespaces, whyNoCompiler], 'a signal that claims to come from PID 1 itself', () => {
  it('neither ends it, nor takes a stop with it that comes at the same time', async () => {
    const folder = temporaryFolder();
    const [forge, recorder] = [compile('forge', folder), compile('recorder', folder)];
    container = await start(['--', forge, 'stopped', '6', '15', '--', recorder, 'main']);
    const { pid } = container;
    await container.says(/main ready/);
    await container.listening();
    container.kill('SIGSTOP');
    // Of SIGTERM one waits in the kernel: the first.
    await until(() => (BigInt(`0x${statusOf(pid)!['ShdPnd']}`) & (1n << 14n)) !== 0n);
    container.kill('SIGTERM');
    container.kill('SIGCONT');
    // In any order: a fault signal may have gone to another thread of Node.
    for (const line of [/^main 6$/m, /^main 15$/m]) await container.says(line);
  });
});

describeWith([whyNoNamespaces], 'the record of the launcher', () => {
  it('is open neither in the program nor, once it runs, in its init', async () => {
    container = await start(['--', 'sh', '-c', 'echo ready; exec sleep 1000']);
    await container.says(/ready/);
    await container.listening();
    const [program] = childrenOf(container.pid);
    const holdsRecord = (pid: number): boolean => openIn(pid).some(link => link.includes('sexton-record'));
    expect(openIn(program!).length).toBeGreaterThan(2);
    expect(holdsRecord(program!)).toBe(false);
    const { pid } = container;
    await until(() => openIn(pid).length > 2 && !holdsRecord(pid));
  });
});

function openIn(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).flatMap(descriptor => {
    try {
      return [readlinkSync(join(folder, descriptor))];
    } catch {
      return []; // closed meanwhile
    }
  });
}

describeWith([whyNoNamespaces], 'the control socket', () => {
  const get = 'GET /status HTTP/1.1\\r\\n\\r\\n';
  const ask = (path: string) =>
    `const s = require("net").connect("${path}"); s.on("error", e => console.log(e.code)); s.on("data", d => console.log(String(d).slice(9, 12))); s.write("${get}")`;

  it.skipIf(!isRoot)('answers its owner, and refuses every other user', async () => {
    const path = join(temporaryFolder(), 'control');
    container = await start(['--control', path, '--user', USER, '--', 'sh', '-c', 'echo ready; exec sleep 1000']);
    await until(() => existsSync(path));
    const { uid, mode } = lstatSync(path);
    expect({ uid, mode: mode & 0o777 }).toEqual({ uid: 0, mode: 0o600 });
    const words = [process.execPath, '-e', ask(path)];
    const asRoot = spawnSync(words[0]!, words.slice(1), { encoding: 'utf8' });
    expect(asRoot.stdout).toBe('200\n');
    const other = spawnSync(words[0]!, words.slice(1), { encoding: 'utf8', uid: 4001, gid: 4002, cwd: '/' });
    expect(other.stdout).toBe('EACCES\n');
  });

  it('is bound under a umask that leaves it to its owner, so that it never is anybody else\u2019s', async () => {
    const path = join(temporaryFolder(), 'control');
    container = await start(['--control', path, '--', 'sleep', '1000'], {
      wrapper: ['sh', '-c', 'umask 0; exec "$@"', 'sh'],
    });
    await until(() => existsSync(path));
    // It is shared by all threads, and nothing changes it again.
    expect(statusOf(container.pid)!['Umask']).toBe('0177');
  });

  it.each(['a link to nothing', 'a link to a socket'])('is not put where %s is', async what => {
    const folder = temporaryFolder();
    const [path, target] = [join(folder, 'control'), join(folder, 'target')];
    const server = createServer();
    if (what === 'a link to a socket') await new Promise<void>(listening => server.listen(target, listening));
    symlinkSync(target, path);
    container = await start(['--control', path, '--', 'sh', '-c', 'echo ready; exec sleep 1000']);
    await container.says(/--control .*: it exists and is no socket/, 'stderr');
    expect(lstatSync(path).isSymbolicLink()).toBe(true);
    expect(existsSync(target)).toBe(server.listening);
    server.close();
  });
});

describeWith([whyNoNamespaces], 'the termination log', () => {
  it.each([
    ['a symbolic', symlinkSync],
    ['a hard', linkSync],
  ])('is not written through %s link', async (_, makeLink) => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'victim'), 'kept');
    makeLink(join(folder, 'victim'), join(folder, 'log'));
    const { status } = await run([`--termination-log=${folder}/log`, '--', 'true']);
    expect(status).toBe(125);
    expect(readFileSync(join(folder, 'victim'), 'utf8')).toBe('kept');
  });

  it('that it makes is its owner\u2019s to write, whatever the umask', async () => {
    const path = join(temporaryFolder(), 'log');
    const wrapper = ['sh', '-c', 'umask 0; exec "$@"', 'sh'];
    expect((await run([`--termination-log=${path}`, '--', 'true'], { wrapper })).status).toBe(0);
    expect(lstatSync(path).mode & 0o777).toBe(0o644);
  });
});

describeWith([whyNoNamespaces], '--metrics without a host', () => {
  it('listens on 127.0.0.1 alone', async () => {
    const port = 20_000 + (process.pid % 10_000);
    container = await start(['--metrics', String(port), '--', 'sleep', '1000']);
    const hex = port.toString(16).toUpperCase().padStart(4, '0');
    const listens = () =>
      ['tcp', 'tcp6'].flatMap(table =>
        readFileSync(`/proc/net/${table}`, 'latin1')
          .split('\n')
          .map(line => line.trim().split(/ +/))
          .filter(([, address, , state]) => state === '0A' && address?.endsWith(`:${hex}`))
          .map(([, address]) => address),
      );
    expect(await until(() => listens().length > 0 && listens())).toEqual([`0100007F:${hex}`]);
  });
});

describeWith([whyNoNamespaces, whyNoCompiler], 'a process with a hostile name', () => {
  // TASK_COMM_LEN is 16 with the NUL.
  const NAME = '\n\x1b[31m\u202e") x';

  it.each(['text', 'json'])('forges no line and moves no cursor: %s', async format => {
    const renamed = compile('renamed', temporaryFolder());
    const words = ['-vvvv', '-w', '--report', '--log-format', format, '--', 'sh', '-c'];
    const outcome = await run([...words, '"$0" "$1" & sleep 0.3; kill -TERM $$', renamed, NAME]);
    expect(outcome.stderr).not.toMatch(/[^\P{C}\n]|\u202e/u);
    const lines = outcome.stderr.trimEnd().split('\n');
    for (const line of lines) {
      if (format === 'json') expect(JSON.parse(line)).toMatchObject({ pid: 1 });
      else expect(line).toMatch(/^sexton: /);
    }
    const shown = format === 'json' ? '\\n\\u001b[31m\\u202e' : '\\x0a\\x1b[31m\\xe2\\x80\\xae';
    expect(outcome.stderr).toContain(shown);
  });
});

describeWith([whyNoNamespaces], 'secrets of the program', () => {
  const SECRET = 'hunter2-in-the-environment';
  const ARGUMENT = 'hunter3-as-an-argument';

  it.each([ARGUMENT, `./nothing --password=${ARGUMENT}`, `nothing --password=${ARGUMENT}`])(
    'are in no line about a program that is not there: %s',
    async word => {
      const program = word === ARGUMENT ? ['nothing', ARGUMENT] : [word];
      const { status, stdout, stderr } = await run(['-vvvv', '--report', '--', ...program]);
      expect({ status, stdout }).toEqual({ status: 127, stdout: '' });
      expect(stderr).toContain('nothing');
      expect(stderr).not.toContain(ARGUMENT);
    },
  );

  it.each(['text', 'json'])('are in no line of the log, nor of the termination log: %s', async format => {
    const log = join(temporaryFolder(), 'termination');
    writeFileSync(log, '');
    const words = ['-vvvv', '-w', '--report', '--log-format', format, `--termination-log=${log}`, '--watch', '100ms'];
    const program = ['sh', '-c', 'sh -c "sleep 0.1 &"; sleep 0.4; kill -TERM $$', ARGUMENT];
    const { status, stdout, stderr } = await run([...words, '--', ...program], { environment: { SECRET } });
    expect({ status, stdout }).toEqual({ status: 143, stdout: '' });
    expect(stderr).toMatch(/report/);
    const said = stderr + readFileSync(log, 'utf8');
    expect(said).not.toContain(SECRET);
    expect(said).not.toContain(ARGUMENT);
  });
});
