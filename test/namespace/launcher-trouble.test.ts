/** The launcher where something is missing or short: the program must not suffer for Node. */
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { compile, temporaryFolder, whyNoCompiler } from './c-fixture.ts';
import { describeWith, isRoot, missing, node, root, run, start, until, whyNoNamespaces } from './harness.ts';
import { Terminal } from './terminal.ts';

const launcher = join(root, 'prebuilds', `linux-${process.arch}`, 'sexton');
const init = [launcher];
const lanes = [
  ['fast lane', { SEXTON_NODE: node }],
  ['slow lane', { SEXTON_NODE: node, SEXTON_FAST_LANE: '0' }],
] as const;
const PIDS = '/sys/fs/cgroup/pids';
const whyNoPids =
  isRoot && existsSync(join(PIDS, 'cgroup.procs')) ? undefined : 'no pids cgroup (version 1) to write to';

/** A file to be executed in place of Node. */
function script(text: string): string {
  const path = join(temporaryFolder(), 'script');
  writeFileSync(path, text);
  chmodSync(path, 0o755);
  return path;
}

/** A copy of the package in which nothing calls native code: koffi cannot be loaded, though it is there. */
function withoutFfi(): string {
  const folder = temporaryFolder();
  for (const part of ['dist', 'prebuilds']) cpSync(join(root, part), join(folder, part), { recursive: true });
  mkdirSync(join(folder, 'node_modules', 'koffi'), { recursive: true });
  writeFileSync(join(folder, 'node_modules', 'koffi', 'package.json'), '{ "name": "koffi", "main": "missing.js" }');
  const bundle = join(folder, 'dist', 'sexton.cjs');
  writeFileSync(bundle, `process.getBuiltinModule = () => undefined;\n${readFileSync(bundle, 'utf8')}`);
  return join(folder, 'prebuilds', `linux-${process.arch}`, 'sexton');
}

describeWith([whyNoNamespaces, whyNoCompiler], 'the launcher', () => {
  it.each(lanes)('starts the program once where no file may be written: %s', async (_, environment) => {
    const wrapper = ['sh', '-c', 'ulimit -f 0; exec "$@"', 'sh'];
    const { stdout, stderr, status } = await run(['sh', '-c', 'echo once; ls /proc/self/fd | wc -l'], {
      init,
      environment,
      wrapper,
    });
    const bare = await run(['sh', '-c', 'ls /proc/self/fd | wc -l'], { init: [], wrapper });
    expect({ stdout, stderr, status }).toEqual({ stdout: `once\n${bare.stdout}`, stderr: '', status: 0 });
  });

  it.each(lanes)(
    'works with a soft limit of four descriptors, and gives it to the program: %s',
    async (_, environment) => {
      const wrapper = ['sh', '-c', 'ulimit -Sn 4; exec "$@"', 'sh'];
      const outcome = await run(['sh', '-c', 'ulimit -Sn'], { init, environment, wrapper });
      expect(outcome).toEqual({ status: 0, stdout: '4\n', stderr: '' });
    },
  );

  it.each(lanes)('is not led astray by libraries that are meant for the program: %s', async (_, environment) => {
    const folder = temporaryFolder();
    const program = compile('probe', folder);
    for (const library of ['libstdc++.so.6', 'libm.so.6', 'libdl.so.2'])
      writeFileSync(join(folder, library), 'no library');
    const words = ['--', launcher, '--', program];
    const variables = Object.entries({ ...environment, LD_LIBRARY_PATH: folder }).map(
      ([name, value]) => `${name}=${value}`,
    );
    const outcome = await run(words, {
      init: [compile('world', folder), ...variables.flatMap(variable => ['--env', variable])],
    });
    expect(outcome).toMatchObject({ status: 0, stderr: '' });
    expect(outcome.stdout).toContain(`variable LD_LIBRARY_PATH=${folder}\n`);
  });

  it.each(lanes)('says so when a script in place of Node does not exec it: %s', async (_, environment) => {
    const outcome = await run(['sleep', '60'], {
      init,
      environment: { ...environment, SEXTON_NODE: script(`#!/bin/sh\n${node} "$@"\n`) },
    });
    expect(outcome).toEqual({
      status: 125,
      stdout: '',
      stderr:
        "sexton: the launcher's record cannot be read: Node has another pid; a script in place of Node has to exec it\n",
    });
  });

  it('works by a script that does', async () => {
    const outcome = await run(['sh', '-c', 'exit 4'], {
      init,
      environment: { SEXTON_NODE: script(`#!/bin/sh\nexec ${node} "$@"\n`) },
    });
    expect(outcome).toEqual({ status: 4, stdout: '', stderr: '' });
  });

  it.each([false, true])(
    'ends the program, and waits for it, when sexton fails beside it (nested: %s)',
    async nested => {
      const program = 'trap "sleep 0.2; echo cleaned up; exit 0" TERM; echo begin; sleep 60 & wait';
      const outcome = await run(['--', 'sh', '-c', program], {
        init: [withoutFfi()],
        environment: { SEXTON_NODE: node },
        nested,
      });
      expect(outcome.stdout).toBe('begin\ncleaned up\n');
      expect(outcome.stderr).toMatch(
        /^(Terminated\n)?sexton: the native part for linux-\w+ does not load: [^\n]+\n(Terminated\n)?$/,
      );
      expect(outcome.status).toBe(125);
    },
  );

  it.each([
    ['sexton', [], 125, 'sexton: --parent-death-signal: the parent has died already'],
    ['tini', ['--as', 'tini'], 1, '[FATAL tini (N)] the parent has died already'],
  ] as const)('notices a parent that dies while Node boots, as %s', async (_, as, status, line) => {
    const dying = script(
      `#!/bin/sh\nkill -KILL $PPID\nwhile grep -q "^PPid:[^0-9]*$PPID$" /proc/$$/status; do :; done\nexec ${node} "$@"\n`,
    );
    const middle = `sh -c 'SEXTON_NODE=${dying} "$@" & wait' sh "$@" & exec sleep 1000`;
    const inner = [launcher, ...as, '-p', 'SIGTERM', '--', 'sh', '-c', 'echo started'];
    const container = await start(['-w', '--', 'sh', '-c', middle, 'sh', ...inner], {
      init,
      environment: { SEXTON_NODE: node },
    });
    try {
      await container.says(new RegExp(`\\(sexton\\).* ${status}\\b`), 'stderr');
      expect(container.stderr.replace(/\(\d+\)\]/, '(N)]')).toContain(line);
      expect(container.stdout).toBe('');
    } finally {
      await container.end();
    }
  });

  it('passes signals on to a program that does not end at once, when Node cannot be executed', async () => {
    const program = 'trap "echo interrupted; exit 0" INT; echo ready; while :; do sleep 0.1; done';
    const container = await start(['--', 'sh', '-c', program], {
      init,
      environment: { SEXTON_NODE: script('\x7fELF is all that this has of a program') },
      wrapper: ['env', '--ignore-signal=TERM'],
    });
    await container.says(/ready/);
    container.kill('SIGINT');
    expect(await container.ended).toMatchObject({ status: 125, stdout: 'ready\ninterrupted\n' });
  });
});

describeWith([whyNoNamespaces, whyNoPids], 'the launcher in a small pids cgroup', () => {
  const group = join(PIDS, `sexton-${process.pid}`);
  mkdirSync(group, { recursive: true });
  afterAll(async () => {
    await until(() => {
      try {
        rmdirSync(group);
        return true;
      } catch {
        return false; // somebody is still ending in there
      }
    });
  });
  const wrapper = ['sh', '-c', `echo $$ > ${group}/cgroup.procs; exec "$@"`, 'sh'];

  it.each(lanes)('leaves Node what it needs when the program takes all that it can get: %s', async (_, environment) => {
    writeFileSync(join(group, 'pids.max'), '48');
    const greedy = 'i=0; while [ $i -lt 100 ]; do sleep 1 & i=$((i + 1)); done 2>/dev/null; exit 3';
    const { status } = await run(['--', 'sh', '-c', greedy], { init, environment, wrapper });
    // The shell itself gives up with 2 when it cannot fork; never 134 or 139, which would be Node's.
    expect([2, 3]).toContain(status);
  });

  it.each(lanes)('refuses where Node would hang: %s', async (_, environment) => {
    writeFileSync(join(group, 'pids.max'), '10');
    expect(await run(['true'], { init, environment, wrapper })).toEqual({
      status: 125,
      stdout: '',
      stderr: "sexton: the pids limit of the cgroup: is too low: sexton needs room for 16 more, for Node's threads\n",
    });
  });
});

describeWith(
  [whyNoNamespaces, missing('prlimit'), isRoot ? undefined : 'not root'],
  'the launcher of a limited user',
  () => {
    it.for(lanes)('refuses where Node would hang: %s', async ([, environment], context) => {
      const wrapper = ['setpriv', '--reuid=54321', '--clear-groups', 'prlimit', '--nproc=6'];
      if (spawnSync(wrapper[0]!, [...wrapper.slice(1, 3), node, '--version']).status !== 0)
        return context.skip('this Node is for root only');
      const { status, stderr } = await run(['true'], { init, environment, wrapper });
      expect({ status, stderr }).toEqual({
        status: 125,
        stderr: "sexton: ulimit -u: is too low: sexton needs room for 16 more, for Node's threads\n",
      });
    });
  },
);

describeWith([whyNoCompiler], 'the terminal', () => {
  it('is given back when Node cannot be executed beside the program', async () => {
    const broken = script('\x7fELF is all that this has of a program');
    const command = `SEXTON_NODE=${broken} ${launcher} sleep 0.3; echo "rea""dy"; read x; echo "got $x"`;
    const terminal = new Terminal(['sh', '-c', command]);
    await terminal.says(/^ready/m);
    terminal.type('typed\n');
    await terminal.says(/^got typed/m);
    await terminal.end();
  });
});
