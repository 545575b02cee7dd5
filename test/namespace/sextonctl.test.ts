import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { compile, temporaryFolder, whyNoCompiler } from './c-fixture.ts';
import {
  type Container,
  descendant,
  describeWith,
  isRoot,
  missing,
  node,
  type Outcome,
  root,
  start,
  until,
  whyNoNamespaces,
} from './harness.ts';

const sextonctl: readonly string[] = [node, join(root, 'bin', 'sextonctl.js')];

/** Runs sextonctl, in the namespaces of a container if one is given. */
function control(words: readonly string[], container?: Container): Promise<Outcome> {
  const enter = container
    ? ['nsenter', '--target', String(container.pid), ...(isRoot ? [] : ['--user', '--preserve-credentials'])]
    : [];
  const [command, ...rest] = [...enter, ...(container ? ['--pid', '--mount'] : []), ...sextonctl, ...words];
  const child = spawn(command!, rest, { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env['PATH'] } });
  const outcome: Outcome = { status: -1, stdout: '', stderr: '' };
  child.stdout.on('data', text => {
    outcome.stdout += text;
  });
  child.stderr.on('data', text => {
    outcome.stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', status => resolve({ ...outcome, status: status! }));
  });
}

async function culprits(container?: Container): Promise<Record<string, unknown>[]> {
  const { stdout } = await control(['zombies', '--json'], container);
  return JSON.parse(stdout).culprits;
}

interface Cgroup {
  path: string;
  id: string;
}

/** A cgroup as Docker would make it; the reason, where none can be made. */
function makeCgroup(): Cgroup | string {
  const top = ['/sys/fs/cgroup/pids', '/sys/fs/cgroup'].find(folder => existsSync(join(folder, 'cgroup.procs')));
  const id = randomBytes(32).toString('hex');
  const path = join(top ?? '/nonexistent', `sexton-test-${process.pid}`, 'docker', id);
  try {
    mkdirSync(path, { recursive: true });
    return { path, id };
  } catch (error) {
    const reason = ` (no cgroup can be made here: ${(error as Error).message})`;
    process.stderr.write(`skipped: sextonctl zombies, by container:${reason}\n`);
    return reason;
  }
}

function removeCgroup({ path }: Cgroup): void {
  for (const folder of [path, dirname(path), dirname(dirname(path))]) rmdirSync(folder);
}

let container: Container;
afterEach(() => container?.end());

describeWith([whyNoNamespaces, whyNoCompiler, missing('nsenter')], 'sextonctl zombies', () => {
  let program: string;
  beforeAll(() => {
    program = compile('zombies', temporaryFolder());
  });

  describe('where a program under sexton holds 200', () => {
    let outside: number;
    beforeEach(async () => {
      container = await start(['--', program, '200']);
      await container.says(/^ready$/m);
      outside = descendant(container.pid, /zombies 200$/)!;
    });

    it('names it, inside the container', async () => {
      const [found, ...others] = await culprits(container);
      expect(others).toEqual([]);
      expect(found).toMatchObject({
        name: 'zombies',
        command: `${program} 200`,
        zombies: 200,
        commands: [{ name: 'zombies', zombies: 200 }],
        remedy: 'mend-parent',
      });
      expect(found!['pid']).toBe(found!['inner_pid']);
      expect(found!['pids']).toHaveLength(20);
    });

    it('tells people, in 80 columns and without colour', async () => {
      const { stdout, stderr, status } = await control(['zombies'], container);
      expect([status, stderr]).toEqual([0, '']);
      expect(stdout).toMatch(/^200 zombies of 1 parent that does not wait$/m);
      expect(stdout).toContain('No init can reap these while it lives');
      for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
      expect(stdout).not.toContain('\x1b');
    });

    it('lists every one with --all', async () => {
      const { stdout } = await control(['zombies', '--all'], container);
      expect(stdout.match(/^ *\d+ +\d+s {2}zombies {2}\d+ \(zombies\)$/gm)).toHaveLength(200);
    });

    it('finds it from outside as well, and tells its pid inside', async () => {
      const [inside] = await culprits(container);
      const found = (await culprits()).find(({ pid }) => pid === outside);
      expect(found).toMatchObject({ name: 'zombies', zombies: 200, inner_pid: inside!['pid'] });
    });

    it('says that a stopped one has to go on first', async () => {
      process.kill(outside, 'SIGSTOP');
      await until(() => / T /.test(readFileSync(`/proc/${outside}/stat`, 'latin1')));
      expect(await culprits(container)).toMatchObject([{ remedy: 'continue-parent' }]);
    });
  });

  const cgroup = makeCgroup();
  it.skipIf(typeof cgroup === 'string')(
    `groups by container, as the cgroup names it${typeof cgroup === 'string' ? cgroup : ''}`,
    async () => {
      const { path, id } = cgroup as Cgroup;
      const enter = ['sh', '-c', 'echo 0 > "$0/cgroup.procs"; exec "$@"', path];
      container = await start(['--', program, '2'], { wrapper: enter });
      await container.says(/^ready$/m);
      const outside = descendant(container.pid, /zombies 2$/);
      const found = (await culprits()).find(({ pid }) => pid === outside);
      expect(found).toMatchObject({ zombies: 2, container: { runtime: 'docker', id } });
      const { stdout } = await control(['zombies']);
      expect(stdout).toMatch(new RegExp(`^docker ${id.slice(0, 12)}$`, 'm'));
    },
  );
  afterAll(() => {
    if (typeof cgroup !== 'string') removeCgroup(cgroup);
  });

  it('says that an init would help where the parent is PID 1 itself', async () => {
    container = await start(['3'], { init: [program] });
    await container.says(/^ready$/m);
    expect(await culprits(container)).toMatchObject([{ pid: 1, zombies: 3, remedy: 'use-init' }]);
  });

  it('does not show those that are being reaped, unless asked for all', async () => {
    container = await start(['--', program, 'brief']);
    await container.says(/^ready$/m);
    expect(await culprits(container)).toEqual([]);
    // A look at /proc takes its time: while it lasts, one zombie may go behind it and the next come before it.
    for (;;) {
      const { stdout } = await control(['zombies', '--all'], container);
      expect(stdout).toMatch(/^No zombies that stay/);
      if (/zombies {2}\d+ \(zombies\), has just ended$/m.test(stdout)) break;
    }
  });

  it('says so in one line where there are none', async () => {
    container = await start(['--', 'sh', '-c', 'echo ready; exec sleep 60']);
    await container.says(/^ready$/m);
    const outcome = await control(['zombies'], container);
    expect(outcome).toEqual({
      status: 0,
      stdout: 'No zombies that stay: every parent waits for its children.\n',
      stderr: '',
    });
  });
});

describe('sextonctl', () => {
  it.each([
    [[], 'no command given'],
    [['reap'], "'reap' is not a command"],
    [['zombies', '--everything'], "unknown option '--everything'"],
    [['zombies', 'all'], 'too many arguments'],
    [['explain'], "missing required argument 'code'"],
    [['explain', '300'], "'300' is not an exit status"],
    [['status', '--control', '/nonexistent/sexton.sock'], 'start sexton with --control /nonexistent/sexton.sock'],
  ])('%j fails with 125 and one line', async (words, problem) => {
    const { status, stdout, stderr } = await control(words);
    expect([status, stdout]).toEqual([125, '']);
    expect(stderr).toMatch(/^sextonctl: [^\n]+\n$/);
    expect(stderr).toContain(problem);
  });

  it.each([[['--help']], [['-h']], [['help']], [['zombies', '--help']], [['help', 'explain']]])(
    '%j is help',
    async words => {
      const { status, stdout, stderr } = await control(words);
      expect([status, stderr]).toEqual([0, '']);
      expect(stdout).toMatch(/^Usage: sextonctl/);
      for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    },
  );

  it('does not mind a reader that has enough', async () => {
    const words = ['-o', 'pipefail', '-c', '"$@" | true', 'bash', ...sextonctl, 'explain', '137'];
    const child = spawn('bash', words, { stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', text => {
      stderr += text;
    });
    const status = await new Promise(resolve => child.on('close', resolve));
    expect([status, stderr]).toEqual([0, '']);
  });
});
