/** The launcher against the bare program: nothing of Node may show, and no signal may be lost. On both lanes. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compile, temporaryFolder, whyNoCompiler } from './c-fixture.ts';
import {
  describeWith,
  isRoot,
  isSingleFile,
  missing,
  node,
  root,
  run,
  singleFile,
  start,
  until,
  whyNoNamespaces,
} from './harness.ts';

const launcher = isSingleFile ? singleFile : join(root, 'prebuilds', `linux-${process.arch}`, 'sexton');
const lanes = [
  ['fast lane', { SEXTON_NODE: node }],
  ['slow lane', { SEXTON_NODE: node, SEXTON_FAST_LANE: '0' }],
] as const;
const whyNotRoot = isRoot ? undefined : 'not root';

describeWith([whyNoNamespaces, whyNoCompiler], 'the launcher', () => {
  const folder = temporaryFolder();
  const probe = compile('probe', folder);
  const world = compile('world', folder);

  const worlds: Readonly<Record<string, readonly string[]>> = {
    'a plain world': [],
    'odd bytes in variables': [
      '--env',
      'hex:4fff3d01c3',
      '--env',
      'my.dotted-name=x',
      '--env',
      '=weird',
      '--env',
      'NOEQ',
    ],
    'duplicate and empty variables': ['--env', 'A=1', '--env', 'B=', '--env', 'A=2', '--env', 'B='],
    'ignored and blocked signals': [
      '--ignore',
      '2',
      '--ignore',
      '1',
      '--ignore',
      '17',
      '--ignore',
      '60',
      '--block',
      '15',
      '--block',
      '40',
    ],
    'a low limit of descriptors': ['--nofile', '512:1024'],
    'inherited descriptors': ['--open', '3', '--open', '5', '--open', '6', '--open', '100'],
    'stdin closed': ['--close', '0'],
    'stdin and stderr closed': ['--close', '0', '--close', '2'],
    'variables that are meant for Node': [
      ...['NODE_OPTIONS=--require=/nonexistent.js', 'NODE_EXTRA_CA_CERTS=/nonexistent', 'NODE_CHANNEL_FD=abc'],
      ...['NODE_V8_COVERAGE=/nonexistent/coverage', 'OPENSSL_CONF=/nonexistent.cnf', 'LD_PRELOAD=/nonexistent.so'],
    ].flatMap(variable => ['--env', variable]),
    'variables that look like ours': ['--env', 'SEXTON_PORT=tcp://10.0.0.1:80', '--env', 'SEXTON_RECORD=3'],
  };

  for (const [lane, environment] of lanes) {
    describe(lane, () => {
      it.each(Object.keys(worlds))('gives the program all that it would have without: %s', async name => {
        const settings = worlds[name]!;
        const own = Object.entries(environment).flatMap(([key, value]) => ['--env', `${key}=${value}`]);
        const words = ['--', probe, 'a', 'hex:61ff0a', '', '--b'];
        const bare = await run(words, { init: [world, '--env', 'PATH=/bin', ...settings] });
        const ours = await run(['--', launcher, ...words], {
          init: [world, ...own, '--env', 'PATH=/bin', ...settings],
        });
        expect(bare.stdout).toContain('argument a\\xff');
        expect(ours).toEqual(bare);
      });

      it('rewrites LISTEN_PID for the program when it named the launcher, and only then', async () => {
        const print = 'echo $$ $LISTEN_PID $LISTEN_FDS';
        const ours = await run(['--', 'sh', '-c', print], {
          init: [launcher],
          environment: { ...environment, LISTEN_PID: '1', LISTEN_FDS: '1' },
        });
        expect(ours.stdout).toMatch(/^(\d+) \1 1\n$/);
        const other = await run(['--', 'sh', '-c', print], {
          init: [launcher],
          environment: { ...environment, LISTEN_PID: '77' },
        });
        expect(other.stdout).toMatch(/^\d+ 77\n$/);
      });

      it('starts the program as the real thing would, by PATH, by path and by the shell', async () => {
        const script = join(folder, `script ${lane}`);
        writeFileSync(script, 'echo script $0 $1');
        chmodSync(script, 0o755);
        const init = [launcher];
        expect((await run([script, 'x'], { init, environment })).stdout).toBe(`script ${script} x\n`);
        expect(await run(['nosuch'], { init, environment })).toEqual({
          status: 127,
          stdout: '',
          stderr: 'sexton: nosuch: No such file or directory\n',
        });
        expect(await run(['/etc/passwd'], { init, environment })).toEqual({
          status: 126,
          stdout: '',
          stderr: 'sexton: /etc/passwd: Permission denied: it has no execute bit: chmod +x\n',
        });
      });

      it('is found through symlinks, in a package whose path has a space and a colon', async () => {
        const place = join(temporaryFolder(), 'a b:c');
        mkdirSync(place);
        for (const part of ['dist', 'prebuilds']) cpSync(join(root, part), join(place, part), { recursive: true });
        symlinkSync(join(root, 'node_modules'), join(place, 'node_modules'));
        const link = join(place, 'link');
        symlinkSync(`prebuilds/linux-${process.arch}/sexton`, link);
        const second = join(place, 'sexton');
        symlinkSync(link, second);
        const container = await start(['--', 'sh', '-c', 'trap "exit 9" TERM; echo ready; sleep 60 & wait'], {
          init: [second],
          environment,
        });
        await container.says(/ready/);
        container.kill('SIGTERM');
        expect(await container.ended).toMatchObject({ status: 9, stderr: '' });
      });

      it('keeps neither the descriptors nor the directory that it gave the program', async () => {
        const own = Object.entries(environment).flatMap(([key, value]) => ['--env', `${key}=${value}`]);
        const container = await start(['--', launcher, '--', 'sh', '-c', 'exec 5<&-; pwd; sleep 60'], {
          init: [world, '--open', '5', '--open', '100', ...own, '--env', 'PATH=/bin'],
          cwd: folder,
        });
        await container.says(new RegExp(folder));
        await until(() => readlinkSync(`/proc/${container.pid}/cwd`) === '/');
        const links = readdirSync(`/proc/${container.pid}/fd`).map(fd =>
          readlinkSync(`/proc/${container.pid}/fd/${fd}`),
        );
        expect(links).not.toContain('/etc/passwd');
        expect(links.join()).not.toContain('sexton-record');
        await container.end();
      });

      it('passes through what the program prints when NODE_CHANNEL_FD makes it a child of a Node', async () => {
        const program =
          'process.send("ready"); process.on("message", text => { process.send(text); process.disconnect(); })';
        const parent = `
          const { spawn } = require('node:child_process');
          const child = spawn(${JSON.stringify(launcher)}, ['--', process.execPath, '-e', ${JSON.stringify(program)}],
            { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
          child.on('message', text => { console.log(text); if (text === 'ready') child.send('ping'); });
          child.on('exit', code => console.log('exit', code));`;
        const { stdout } = spawnSync(node, ['-e', parent], {
          encoding: 'utf8',
          env: { PATH: process.env['PATH'], ...environment },
        });
        expect(stdout).toBe('ready\nping\nexit 0\n');
      });
    });
  }

  it('does not take the fast lane under another name', async () => {
    const tini = join(folder, 'other');
    symlinkSync(launcher, tini);
    const { stdout } = await run(['--', 'sh', '-c', 'echo $$'], { init: [tini], environment: { SEXTON_NODE: node } });
    // Node has threads before it spawns: in the fast lane the program would be process 2.
    expect(Number(stdout)).toBeGreaterThan(2);
  });
});

const whyNoPackage = isSingleFile ? 'the single file has its own Node' : undefined;

describeWith([whyNoNamespaces, whyNoCompiler, whyNoPackage], 'the launcher of a package', () => {
  const folder = temporaryFolder();
  const world = compile('world', folder);

  it('says in one line what is wrong with Node, and leaves with 125', async () => {
    const broken = join(folder, 'broken-node');
    writeFileSync(broken, '\x7fELF nothing');
    chmodSync(broken, 0o755);
    for (const lane of ['0', '1']) {
      const ended = await run(['--', 'sleep', '60'], {
        init: [launcher],
        environment: { SEXTON_NODE: broken, SEXTON_FAST_LANE: lane },
      });
      expect(ended).toEqual({
        status: 125,
        stdout: '',
        stderr: `sexton: ${broken}: cannot be executed as Node: Exec format error\n`,
      });
    }
    expect(await run(['true'], { init: [launcher], environment: { SEXTON_NODE: '/nonexistent' } })).toEqual({
      status: 125,
      stdout: '',
      stderr: 'sexton: SEXTON_NODE: /nonexistent: is not an executable file\n',
    });
    expect(await run(['true'], { init: [world, '--env', 'PATH=/nonexistent', '--', launcher] })).toEqual({
      status: 125,
      stdout: '',
      stderr: 'sexton: node: not found: set SEXTON_NODE, put it beside the package or into PATH\n',
    });
    expect(
      await run(['--', launcher, 'true'], { init: [world, '--nofile', '16:16', '--env', `SEXTON_NODE=${node}`] }),
    ).toMatchObject({
      status: 125,
      stderr: 'sexton: the limit of open files: is too low for Node: raise ulimit -n to 64 or more\n',
    });
  });

  it('is small, and static', () => {
    expect(statSync(launcher).size).toBeLessThanOrEqual(64 * 1024);
    expect(spawnSync('readelf', ['-lW', launcher], { encoding: 'utf8' }).stdout).not.toMatch(/INTERP|DYNAMIC/);
  });
});

describeWith([whyNoNamespaces, whyNoCompiler, whyNotRoot], 'signals while Node boots', () => {
  const signalAt = compile('signal-at', temporaryFolder());

  it.each(lanes)(
    'are all delivered, at every millisecond of the first hundred: %s',
    (_lane, environment) => {
      const lost: number[] = [];
      for (let millisecond = 0; millisecond < 100; millisecond++) {
        const { status } = spawnSync(signalAt, ['15', String(1000 * millisecond), launcher, '--', 'sleep', '60'], {
          env: { PATH: process.env['PATH'], ...environment },
        });
        if (status !== 143) lost.push(millisecond);
      }
      expect(lost).toEqual([]);
      // Two hundred starts, one after the other: on a busy machine that takes its time.
    },
    180_000,
  );

  it.each(lanes)('come with every kind of number, and SIGUSR1 opens no debugger: %s', (_lane, environment) => {
    for (const signal of [1, 2, 3, 10, 12, 34, 40, 64]) {
      for (const microsecond of [0, 200, 1000, 5000, 15_000, 30_000]) {
        const { status, stderr } = spawnSync(
          signalAt,
          [String(signal), String(microsecond), launcher, '--', 'sleep', '60'],
          {
            env: { PATH: process.env['PATH'], ...environment },
            encoding: 'utf8',
          },
        );
        expect({ signal, microsecond, status, stderr }).toEqual({
          signal,
          microsecond,
          status: 128 + signal,
          stderr: '',
        });
      }
    }
  });

  it('do not end it by claiming to be its own clock', async () => {
    const forge = compile('forge', temporaryFolder());
    const environment = { SEXTON_NODE: node };
    const words = ['--', forge, 'early', '14', '--', 'sleep', '1'];
    expect(await run(words, { init: [launcher], environment })).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  it('are passed on in the order of the kernel, the lowest number first, with their sender', () => {
    const world = compile('world', temporaryFolder());
    const ignoring = ['--ignore', '1', '--ignore', '10', '--env', 'PATH=/bin', '--env', `SEXTON_NODE=${node}`, '--'];
    const words = [...ignoring, signalAt, '15,10,1', '0', launcher, '-v', '--', 'sleep', '60'];
    let outcome = spawnSync(world, words, { encoding: 'utf8' });
    // 96: too late for all three, as a busy machine may make it; they have to be pending together.
    for (let attempt = 1; outcome.status === 96 && attempt < 100; attempt++)
      outcome = spawnSync(world, words, { encoding: 'utf8' });
    const { status, stderr } = outcome;
    expect(stderr.replace(/process group \d+|program \(\d+\)/g, 'program').replace(/ after .*/, '')).toBe(
      [
        'sexton: forwarded SIGHUP from outside the container to program',
        'sexton: forwarded SIGUSR1 from outside the container to program',
        'sexton: forwarded SIGTERM from outside the container to program',
        'sexton: the program was killed by SIGTERM',
        '',
      ].join('\n'),
    );
    expect(status).toBe(143);
  });
});

describeWith(
  [whyNoNamespaces, whyNoCompiler, whyNotRoot, missing('setcap'), missing('setpriv')],
  'a Node with file capabilities',
  () => {
    it.each(lanes)('changes nothing for the program, though it cannot be preloaded: %s', async (_lane, environment) => {
      const folder = temporaryFolder();
      const probe = compile('probe', folder);
      for (const part of ['dist', 'prebuilds']) cpSync(join(root, part), join(folder, part), { recursive: true });
      const packages = join(folder, 'node_modules');
      mkdirSync(packages);
      for (const part of ['koffi', '@koromix'])
        cpSync(join(root, 'node_modules', part), join(packages, part), { recursive: true });
      const capable = join(folder, 'capable-node');
      copyFileSync(node, capable);
      expect(spawnSync('setcap', ['cap_net_bind_service=ep', capable]).status).toBe(0);
      const user = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'];
      const init = [...user, compile('world', folder), '--env', 'A=1'];
      const bare = await run(['--', probe, '--probe'], { init });
      const variables = Object.entries({ ...environment, SEXTON_NODE: capable }).map(
        ([name, value]) => `${name}=${value}`,
      );
      const copy = join(folder, 'prebuilds', `linux-${process.arch}`, 'sexton');
      const ours = await run(['--', copy, '--', probe, '--probe'], {
        init: [...init, ...variables.flatMap(variable => ['--env', variable])],
      });
      expect(ours).toEqual(bare);
    });
  },
);
