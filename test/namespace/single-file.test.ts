/** The single file: what it does where nothing else is, and what it cannot do. SEXTON_TEST_ENTRY=sea. */
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { compile, temporaryFolder, whyNoCompiler } from './c-fixture.ts';
import {
  type Container,
  childrenOf,
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

const whyNotThis = isSingleFile ? undefined : 'SEXTON_TEST_ENTRY is not sea';
const whyNotBuilt = existsSync(singleFile) ? undefined : 'not built: npm run build:sea';
const whyNotRoot = isRoot ? undefined : 'takes root';
const whyNot = [whyNotThis, whyNotBuilt, whyNoNamespaces];

const NOEXEC = '/proc/sys/vm/memfd_noexec';
const whyNoSysctl = existsSync(NOEXEC) ? undefined : `no ${NOEXEC}`;
const FOLDERS = ['/tmp', '/var/tmp', '/dev/shm', '/run'];

let container: Container | undefined;
afterEach(() => container?.end());

/** Runs the shell commands in the namespace before the rest is executed there: `init`, out of what they mount. */
function after(...commands: string[]): readonly string[] {
  const all = [`mount --bind ${dirname(singleFile)} /mnt`, ...commands];
  return ['unshare', '--mount', 'sh', '-ec', `${all.join('\n')}\nexec "$@"`, 'sh'];
}
const init = ['/mnt/sexton'];

/** Memory may not be executed from (the sysctl is the PID namespace's own), and the folders are mounted like that. */
function withoutMemfd(mountOptions: string): readonly string[] {
  const mounts = FOLDERS.filter(folder => existsSync(folder)).map(
    folder => `mount -t tmpfs -o ${mountOptions} none ${folder}`,
  );
  return after(`echo 2 > ${NOEXEC}`, ...mounts);
}

const WORKS = { status: 3, stdout: 'started\n', stderr: '' };
const program = ['--', 'sh', '-c', 'echo started; kill $$ 2>/dev/null & wait; exit 3'];
const plain = ['sh', '-c', 'echo started; exit 3'];

describeWith(whyNot, 'the single file', () => {
  it('is static, and runs by whatever name', async () => {
    expect(spawnSync('readelf', ['-lW', singleFile], { encoding: 'utf8' }).stdout).not.toMatch(/INTERP|DYNAMIC/);
    const link = join(temporaryFolder(), 'anything');
    symlinkSync(singleFile, link);
    expect(await run(plain, { init: [link] })).toEqual(WORKS);
  });

  it('has the licenses of all that is in it beside it, and says so', async () => {
    const licenses = readFileSync(join(dirname(singleFile), 'LICENSES'), 'utf8');
    const own = readFileSync(join(root, 'LICENSE'), 'utf8');
    expect(licenses).toContain(own.trim());
    // The text, where that Node has it beside it; else where it is.
    expect(licenses).toMatch(
      /^==== Node\.js [\d.]+ ====\n\n(Node\.js is licensed|https:\/\/github\.com\/nodejs\/node\/blob\/v[\d.]+\/LICENSE$)/m,
    );
    const { status, stdout } = await run(['--license'], { init: [singleFile] });
    expect({ status, own: stdout.startsWith(own) }).toEqual({ status: 0, own: true });
    expect(stdout.slice(own.length)).toMatch(/commander(, koffi)? and Node\.js in it.*\bLICENSES\b/s);
    // Node 26 needs no koffi.
    for (const path of ['commander/LICENSE', ...(stdout.includes('koffi') ? ['koffi/LICENSE.txt'] : [])])
      expect(licenses).toContain(readFileSync(join(root, 'node_modules', path), 'utf8').trim());
  });

  it('passes NODE_OPTIONS on, and does not obey it', async () => {
    const environment = { NODE_OPTIONS: '--require=/nonexistent', NODE_EXTRA_CA_CERTS: '/nonexistent' };
    for (const words of [[], ['-v']])
      expect(
        await run([...words, '--', 'sh', '-c', 'echo $NODE_OPTIONS $NODE_EXTRA_CA_CERTS'], { environment }),
      ).toMatchObject({
        status: 0,
        stdout: '--require=/nonexistent /nonexistent\n',
      });
    expect((await run(['-V'], { environment })).stdout).toMatch(/^sexton \d/);
  });

  it("reads its own options, and none of Node's", async () => {
    expect(await run(['-e', '7:9', 'sh', '-c', 'exit 7'])).toMatchObject({ status: 9 });
    expect((await run(['--help'])).stdout).toMatch(/^Usage: sexton/);
    expect(await run(['--inspect', 'true'])).toMatchObject({ status: 125, stdout: '' });
    const words = ['--inspect', '-e', '--help', '--', '--node-options=x'];
    expect((await run(['printf', '%s,', ...words])).stdout).toBe(`${words.join(',')},`);
  });

  it('leaves no descriptor open but those of Node, and its name is sexton', async () => {
    container = await start(['-v', 'sh', '-c', 'echo ready; sleep 60']);
    await container.says(/ready/);
    const { pid } = container;
    const links = () => childrenOf(pid) && spawnSync('ls', ['-l', `/proc/${pid}/fd`], { encoding: 'utf8' }).stdout;
    await until(() => !/memfd|sexton/.test(links()));
    expect(readFileSync(`/proc/${pid}/comm`, 'latin1')).toBe('sexton\n');
    expect(readFileSync(`/proc/${pid}/cmdline`, 'latin1')).toMatch(/^sexton/);
    expect(readlinkSync(`/proc/${pid}/exe`)).toBe(singleFile);
  });

  it('says what is wrong with a file that was cut short', async () => {
    const short = join(temporaryFolder(), 'sexton');
    const beginning = Buffer.alloc(4 * 1024 * 1024);
    const fd = openSync(singleFile, 'r');
    readSync(fd, beginning);
    closeSync(fd);
    writeFileSync(short, beginning, { mode: 0o755 });
    expect(await run(plain, { init: [short] })).toEqual({
      status: 125,
      stdout: '',
      stderr: 'sexton: the Node in this file: it was cut short: fetch or build the file again\n',
    });
  });

  const script = join(root, 'scripts', 'build-sea.js');

  it('is not built by options that there are not', () => {
    expect(spawnSync(process.execPath, [script, '--nod', 'x'], { encoding: 'utf8' })).toMatchObject({
      status: 1,
      stderr: "build:sea: Unknown option '--nod'; there are --node PATH and --out DIR\n",
    });
  });

  it('is not built without a word where npm cannot be reached', () => {
    const folder = join(temporaryFolder(), 'node');
    const getNode = spawnSync('sh', [join(root, 'scripts', 'get-node.sh'), '24.21.0', folder], {
      encoding: 'utf8',
      env: { ...process.env, npm_config_registry: 'http://127.0.0.1:1', npm_config_fetch_retries: '0' },
    });
    expect(getNode.status).toBe(1);
    expect(getNode.stderr).toMatch(/^cannot get node-linux-\w+@24\.21\.0 from npm\n$/);
    expect(existsSync(folder)).toBe(false);
  });

  const nodeOf = process.env['SEXTON_TEST_NODE'] ? ['--node', node] : [];

  it('is built to the same bytes again', { timeout: 120_000 }, () => {
    const folder = temporaryFolder();
    const strict = ['-c', 'umask 077; exec "$@"', 'sh'];
    const build = spawnSync('sh', [...strict, process.execPath, script, '--out', folder, ...nodeOf], {
      encoding: 'utf8',
    });
    expect(build.status, build.stderr).toBe(0);
    expect(statSync(join(folder, 'sexton')).mode & 0o777).toBe(0o755);
    expect(spawnSync('cmp', [singleFile, join(folder, 'sexton')], { encoding: 'utf8' })).toMatchObject({
      status: 0,
      stdout: '',
    });
  });
});

describeWith([...whyNot, whyNotRoot, whyNoSysctl], 'the single file, where memory may not be executed from', () => {
  it('puts its native part into a directory that may be, under no name', async () => {
    const wrapper = withoutMemfd('mode=1777');
    expect(await run(plain, { wrapper, init })).toEqual(WORKS);
    expect(await run(['sh', '-c', `ls -A ${FOLDERS.join(' ')} | grep -c sexton`], { wrapper, init })).toMatchObject({
      stdout: '0\n',
    });
  });

  it('says in one line what it would need where there is none', async () => {
    const outcome = {
      status: 125,
      stdout: '',
      stderr:
        'sexton: its native part: cannot be loaded: allow memfd_create(2), or a TMPDIR that can be written to and executed from\n',
    };
    for (const options of ['noexec', 'ro'])
      expect(await run(program, { wrapper: withoutMemfd(options), init })).toEqual(outcome);
  });
});

describeWith([...whyNot, whyNoCompiler], 'the single file, where no file can be without a name', () => {
  it('takes the name away at once', async () => {
    const folder = temporaryFolder();
    const wrapper = [compile('no-nameless-files', folder)];
    const words = ['sh', '-c', 'ls -A; echo started; exit 3'];
    const cwd = temporaryFolder();
    expect(await run(words, { wrapper, cwd, environment: { TMPDIR: cwd } })).toEqual(WORKS);
  });
});

describeWith(
  [...whyNot, whyNotRoot, missing('setcap'), missing('setpriv')],
  'the single file with file capabilities',
  () => {
    it('runs though the dynamic linker preloads nothing', async () => {
      const capable = join(temporaryFolder(), 'sexton');
      copyFileSync(singleFile, capable);
      expect(spawnSync('setcap', ['cap_kill=ep', capable]).status).toBe(0);
      const wrapper = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'];
      const words = ['sh', '-c', 'env | grep -c -e SEXTON_ -e LD_; echo started; exit 3'];
      const environment = { SEXTON_LIBRARY: 'passed on' };
      for (const options of [[], ['-q'], ['--']])
        expect(await run([...options, ...words], { wrapper, init: [capable], environment })).toMatchObject({
          status: 3,
          stderr: '',
          stdout: '1\nstarted\n',
        });
    });
  },
);

describeWith([...whyNot, missing('prlimit')], 'the single file in a limited address space', () => {
  it('says so where Node does not even fit in', async () => {
    expect(await run(plain, { wrapper: ['prlimit', `--as=${64 * 1024 * 1024}`] })).toEqual({
      status: 125,
      stdout: '',
      stderr: 'sexton: the Node in this file: cannot be mapped: too little memory\n',
    });
  });

  it('takes none between the segments of Node', async () => {
    container = await start(['-v', 'sh', '-c', 'echo ready; sleep 60']);
    await container.says(/ready/);
    const maps = readFileSync(`/proc/${container.pid}/maps`, 'latin1');
    expect(maps.split('\n').filter(line => / ---p 00000000 00:00 0 *$/.test(line) && line.startsWith('0'))).toEqual([]);
  });
});

describeWith([...whyNot, whyNotRoot], 'the single file without /proc', () => {
  it('gives its files names that another container has not', async () => {
    const folder = temporaryFolder();
    const wrapper = after('mount -t tmpfs none /proc', `mount --bind ${folder} /tmp`);
    const outcomes = await Promise.all([1, 2, 3].map(() => run(plain, { wrapper, init })));
    expect(outcomes).toEqual([WORKS, WORKS, WORKS]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('removes the files that it must give a name', async () => {
    const wrapper = after('mount -t tmpfs none /proc', 'mount -t tmpfs none /tmp');
    expect(await run(['-v', 'sh', '-c', 'ls -A /tmp; echo started; exit 3'], { wrapper, init })).toMatchObject({
      status: 3,
      stdout: 'started\n',
    });
  });
});

describeWith([...whyNot, whyNotRoot, whyNoCompiler], 'the single file in an image of nothing else', () => {
  const image = temporaryFolder();
  const probe = compile('brief', temporaryFolder());

  /** As Alpine's link to musl's. */
  function addAnotherLinker(linker: string): void {
    mkdirSync(join(image, dirname(linker)), { recursive: true });
    const words = ['-shared', '-nostdlib', '-Wl,-soname,libc.musl-x86_64.so.1', '-Wl,-e,begin', '-x', 'c', '-', '-o'];
    expect(spawnSync('gcc', [...words, join(image, linker)], { input: 'void begin(void) {}' }).status).toBe(0);
  }

  function findLibrary(name: string): string {
    const found = readdirSync(image, { recursive: true, encoding: 'utf8' }).find(path => path.endsWith(`/${name}`));
    return join(image, found!);
  }

  /** What `ldd` names, in its place. */
  function addLibraries(): void {
    const inside = join(dirname(singleFile), 'parts', 'node');
    const { stdout } = spawnSync('ldd', [inside], { encoding: 'utf8' });
    for (const [path] of stdout.matchAll(/\/\S+/g)) {
      mkdirSync(join(image, dirname(path)), { recursive: true });
      cpSync(path, join(image, path), { dereference: true });
    }
  }

  it('says that it needs glibc, and then needs that and no writable directory', async () => {
    for (const folder of ['proc', 'bin']) mkdirSync(join(image, folder), { recursive: true });
    copyFileSync(singleFile, join(image, 'bin', 'sexton'));
    copyFileSync(probe, join(image, 'bin', 'brief'));
    copyFileSync(compile('probe', temporaryFolder()), join(image, 'bin', 'probe'));
    const wrapper = after(
      `mount --bind ${image} ${image}`,
      `mount -t proc none ${image}/proc`,
      `mount -o remount,bind,ro ${image}`,
      `set -- chroot ${image} "$@"`,
    );
    const inside = { wrapper, init: ['/bin/sexton'] };
    const without = await run(['--', '/bin/brief'], inside);
    expect(without).toMatchObject({ status: 125, stdout: '' });
    expect(without.stderr).toMatch(
      /^sexton: \/lib\S*\/ld-linux\S+: not found: this file needs glibc and libstdc\+\+; /,
    );
    const [, linker = ''] = /^sexton: ([^:]+)/.exec(without.stderr)!;
    addAnotherLinker(linker);
    const withAnother = await run(['--', '/bin/brief'], inside);
    expect(withAnother).toMatchObject({ status: 125, stdout: '' });
    expect(withAnother.stderr).toMatch(/: is not glibc's: this file needs glibc and libstdc\+\+; .*\n$/);
    addLibraries();
    for (const words of [[], ['-q'], ['--as', 'tini']])
      expect(await run([...words, '--', '/bin/brief'], inside)).toMatchObject({ status: 9, stderr: '' });
    rmSync(findLibrary('libgcc_s.so.1'));
    // Not as PID 1, with which the program would end: had it been started, it would be heard.
    const incomplete = await run(['--', '/bin/probe', '--probe'], { ...inside, nested: true });
    expect(incomplete).toMatchObject({ status: 127, stdout: '' });
    expect(incomplete.stderr).toContain('libgcc_s.so.1');
  });
});

describeWith(whyNot, 'the single file as sextonctl', () => {
  function called(...words: string[]) {
    const folder = temporaryFolder();
    const link = join(folder, 'sextonctl');
    symlinkSync(singleFile, link);
    return spawnSync(link, words, {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], NODE_OPTIONS: '--require=/nonexistent', NODE_REPL_EXTERNAL_MODULE: 'x' },
    });
  }

  it('explains, and fails as it does', () => {
    expect(called('explain', '137')).toMatchObject({ status: 0, stderr: '' });
    expect(called('explain', '137').stdout).toMatch(/^137: 128 \+ 9/);
    expect(called('nonsense')).toMatchObject({ status: 125, stdout: '' });
  });

  it('asks the sexton that runs', async () => {
    const socket = join(temporaryFolder(), 'sexton.sock');
    container = await start(['--control', socket, 'sh', '-c', 'echo ready; sleep 60']);
    await container.says(/ready/);
    await until(() => existsSync(socket));
    expect(called('status', '--control', socket).stdout).toMatch(/^ {2}program +\d+ running +sh -c/m);
  });

  it('is ended by a signal, as any program', () => {
    const folder = temporaryFolder();
    symlinkSync(singleFile, join(folder, 'sextonctl'));
    const { signal } = spawnSync(join(folder, 'sextonctl'), ['zombies'], { timeout: 200, killSignal: 'SIGTERM' });
    expect(signal).toBe('SIGTERM');
  });

  it('installs itself, again too, but over nobody else', async () => {
    const folder = temporaryFolder();
    for (let time = 0; time < 2; time++) {
      const { status, stdout, stderr } = called('install', folder, 'tini');
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(stdout).toBe(
        `${folder}/sexton: a copy of ${singleFile}\n${folder}/sextonctl -> sexton\n${folder}/tini -> sexton\n`,
      );
    }
    expect((await run(['--version'], { init: [join(folder, 'tini')] })).stdout).toMatch(/^tini version/);
    expect(await run(plain, { init: [join(folder, 'sexton')] })).toEqual(WORKS);
    writeFileSync(join(folder, 'dumb-init'), 'another');
    expect(called('install', folder, 'dumb-init')).toMatchObject({ status: 125 });
  });
});
