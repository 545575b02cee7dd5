import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  readSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { compile, temporaryFolder, whyNoCompiler } from './c-fixture.ts';
import {
  type Container,
  childrenOf,
  describeWith,
  isRoot,
  missing,
  node,
  type Options,
  root,
  run,
  sexton,
  start,
  statusOf,
  until,
  whyNoNamespaces,
} from './harness.ts';

const whyNotRoot = isRoot ? undefined : 'takes root';
const NOBODY = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'];

/** Runs the shell commands in the namespace before the rest is executed there. */
function after(commands: string): readonly string[] {
  return ['sh', '-ec', `${commands}\nexec "$@"`, 'sh'];
}

const started: Container[] = [];

async function begin(words: readonly string[], options?: Options): Promise<Container> {
  const container = await start(words, options);
  started.push(container);
  return container;
}

afterEach(async () => {
  await Promise.all(started.splice(0).map(container => container.end()));
});

/** A program that says what reaches it, and has an orphan reaped. */
const PROBE = `
  trap 'echo "got USR1"' USR1
  trap 'echo "got TERM"; exit 7' TERM
  (sh -c 'exit 3' &)
  echo ready
  while :; do sleep 30 >/dev/null 2>&1 & wait; done`;

/** Whatever the world is like: signals arrive, orphans are reaped, the status is the program's. */
async function worksIn(options: Options, words: readonly string[] = []): Promise<void> {
  // A shell cannot trap what it was started with ignored; env can give it the default back.
  const container = await begin([...words, '--', 'env', '--default-signal', 'sh', '-c', PROBE], options);
  await container.says(/ready/);
  container.kill('SIGUSR1');
  await container.says(/got USR1/);
  const { pid } = container;
  await until(() => childrenOf(pid).every(child => !statusOf(child)?.['State']?.startsWith('Z')));
  container.kill('SIGTERM');
  expect(await container.ended).toMatchObject({ status: 7, stderr: '' });
}

describeWith([whyNoNamespaces], 'in a world', () => {
  it('without environment, the program has none either', async () => {
    const ffi = process.env['SEXTON_TEST_FFI'];
    const wrapper = ['env', '-i', ...(ffi ? [`SEXTON_FFI=${ffi}`] : [])];
    expect(await run(['cat', '/proc/self/environ'], { wrapper })).toEqual({ status: 0, stdout: '', stderr: '' });
    await worksIn({ wrapper });
  });

  it('without /proc, it does all that it does elsewhere', async () => {
    const wrapper = after('mount -t tmpfs none /proc; if test -e /proc/self; then exit 99; fi');
    await worksIn({ wrapper });
    expect(await run(['printf', '%s\n', 'one', 'zwei €'], { wrapper })).toMatchObject({ stdout: 'one\nzwei €\n' });
    expect(await run(['-w', '-v', '--wait', 'all', 'sh', '-c', 'exit 3'], { wrapper })).toMatchObject({ status: 3 });
  });

  it('with the /proc of another namespace, names are not taken from there', async () => {
    const wrapper = ['unshare', '--pid', '--fork', '--kill-child'];
    const { status, stderr } = await run(['-w', 'sh', '-c', '(sh -c "exit 3" &); sleep 0.2; exit 5'], { wrapper });
    expect(status).toBe(5);
    expect(stderr).toMatch(/reaped orphan \d+: exited with 3/);
  });

  it("with variables that make Node's modules talk, it says nothing", async () => {
    const { stderr, stdout } = await run(['printenv', 'DEBUG'], { environment: { DEBUG: '*' } });
    expect({ stderr, stdout }).toEqual({ stderr: '', stdout: '*\n' });
  });

  it('with SIGCHLD ignored by whoever started it, it still reaps and leaves', async () => {
    await worksIn({ wrapper: ['env', '--ignore-signal=CHLD'] });
    await worksIn({ wrapper: ['env', '--ignore-signal=CHLD'], nested: true });
  });

  it('where every signal is ignored by whoever started it, they are still forwarded', async () => {
    await worksIn({ wrapper: ['env', '--ignore-signal'] });
  });

  it('is called sexton', async () => {
    const container = await begin(['sh', '-c', 'echo ready; read x </dev/null; exec sleep 30']);
    await container.says(/ready/);
    await until(() => statusOf(container.pid)?.['Name'] === 'sexton');
    // In the fast lane, PID 1 may be in the middle of an exec: then it has no command line for a moment.
    await until(() => /^sexton( |\0)/.test(readFileSync(`/proc/${container.pid}/cmdline`, 'latin1')));
  });
});

describeWith([whyNoNamespaces, missing('pkill')], 'where somebody kills every node', () => {
  it('sexton survives, by name and by command line', async () => {
    const program = 'trap "echo hit" TERM; pkill -x node; pkill -f "^[^ ]*node"; echo done; exit 4';
    expect(await run(['sh', '-c', program])).toEqual({ status: 4, stdout: 'done\n', stderr: '' });
  });
});

describeWith([whyNoNamespaces, whyNotRoot, missing('setpriv')], 'in a hardened world', () => {
  /** The package as it is installed, where everybody may read it. */
  let installed: readonly string[];

  beforeAll(() => {
    const folder = temporaryFolder();
    for (const part of ['bin', 'dist', 'prebuilds', 'package.json'])
      cpSync(join(root, part), join(folder, part), { recursive: true });
    const needed = ['koffi', '@koromix', 'ffi-napi', 'ref-napi', 'node-gyp-build', 'debug', 'ms', 'ref-struct-di'];
    for (const name of [...needed, 'get-uv-event-loop-napi-h', 'get-symbol-from-current-process-h'])
      if (existsSync(join(root, 'node_modules', name)))
        cpSync(join(root, 'node_modules', name), join(folder, 'node_modules', name), { recursive: true });
    execFileSync('chmod', ['-R', 'a+rX', folder]);
    installed = [node, join(folder, 'bin', 'sexton.js')];
  });

  const READ_ONLY = `
    cut -d' ' -f2 /proc/self/mounts | sort -u | while read -r mount; do
      case $mount in /proc*|/sys*|/dev/pts*) ;; *) mount -o remount,bind,ro "$mount" 2>/dev/null || : ;; esac
    done
    if touch /touched /tmp/touched 2>/dev/null; then exit 99; fi`;

  it('as an ordinary user', async () => {
    await worksIn({ wrapper: NOBODY, init: installed });
  });

  it('on a read-only root', async () => {
    await worksIn({ wrapper: after(READ_ONLY), init: installed });
  });

  it('as an ordinary user without environment on a read-only root, with no capability left and no /proc', async () => {
    const ffi = process.env['SEXTON_TEST_FFI'];
    const wrapper = [
      ...after(`${READ_ONLY}\nmount -t tmpfs none /proc`),
      ...[...NOBODY, '--bounding-set', '-all', '--inh-caps', '-all', '--no-new-privs'],
      ...['env', '-i', ...(ffi ? [`SEXTON_FFI=${ffi}`] : [])],
    ];
    await worksIn({ wrapper, init: installed });
  });

  it('where no process may be made, it says so and leaves with 125', async () => {
    const user = ['setpriv', '--reuid', '54321', '--regid', '54321', '--clear-groups'];
    const probe = await begin(['sh', '-c', 'echo ready; exec sleep 30'], { wrapper: user, init: installed });
    await probe.says(/ready/);
    // Its threads are what a Node needs to boot; with one less allowed than it and the program are, the fork is refused.
    const threads = statusOf(probe.pid)?.['Threads'];
    process.kill(probe.pid, 'SIGKILL');
    await probe.ended;
    const wrapper = [...user, 'prlimit', `--nproc=${threads}`];
    expect(await run(['true'], { wrapper, init: installed })).toEqual({
      status: 125,
      stdout: '',
      stderr: "sexton: cannot start 'true': fork: Resource temporarily unavailable\n",
    });
  });

  describe('--user', () => {
    const wrapper = after(`
      printf '%s\\n' root:x:0:0::/root: alice:x:4001:4002::/home/alice: 4005:x:4006:4006::/odd: >$0.passwd
      printf '%s\\n' root:x:0: users:x:4002: web:x:4003:bob,alice other:x:4004:alice,bob >$0.group
      mount --bind $0.passwd /etc/passwd; mount --bind $0.group /etc/group`);
    const SHOW = 'echo "$(id -u) $(id -g) $(id -G | tr " " "\\n" | sort | xargs) $HOME"';

    function asUser(user: string): readonly string[] {
      const [shell, option, commands] = wrapper;
      return [shell!, option!, commands!, join(temporaryFolder(), user)];
    }

    it.each([
      ['alice', '4001 4002 4002 4003 4004 /home/alice'],
      ['4001', '4001 4002 4002 4003 4004 /home/alice'],
      ['alice:web', '4001 4003 4003 /home/alice'],
      ['alice:9999', '4001 9999 9999 /home/alice'],
      ['12345', '12345 0 0 /'],
      ['12345:web', '12345 4003 4003 /'],
      ['12345:54321', '12345 54321 54321 /'],
      ['4005', '4006 4006 4006 /odd'],
      ['root', '0 0 0 /root'],
    ])('%s gives the ids, the groups and the home of /etc/passwd and /etc/group', async (user, shown) => {
      expect(await run(['--user', user, 'sh', '-c', SHOW], { wrapper: asUser(user) })).toEqual({
        status: 0,
        stdout: `${shown}\n`,
        stderr: '',
      });
    });

    it.each([
      ['mallory', "user 'mallory' is not in /etc/passwd; a number needs no entry"],
      ['alice:mallory', "group 'mallory' is not in /etc/group; a number needs no entry"],
      ['4294967295', "user '4294967295' is not in /etc/passwd; a number needs no entry"],
    ])('%s is refused with 125 where there is no such entry', async (user, reason) => {
      expect(await run(['--user', user, 'true'], { wrapper: asUser(user) })).toEqual({
        status: 125,
        stdout: '',
        stderr: `sexton: --user: ${reason}\n`,
      });
    });

    it('leaves no way back to root, and no capability', async () => {
      const program =
        'grep -E "^(Uid|Gid|Cap(Inh|Prm|Eff|Amb)):" /proc/self/status; setpriv --reuid 0 id -u 2>&1 | grep -c "not permitted"';
      const { stdout } = await run(['--user', 'alice', 'sh', '-c', program], { wrapper: asUser('alice') });
      expect(stdout.replaceAll('\t', ' ')).toBe(
        `Uid: 4001 4001 4001 4001\nGid: 4002 4002 4002 4002\n${['Inh', 'Prm', 'Eff', 'Amb'].map(set => `Cap${set}: 0000000000000000\n`).join('')}1\n`,
      );
    });

    it('keeps what --env says about HOME', async () => {
      const words = ['--user', 'alice', '--env', 'HOME=/else', 'sh', '-c', 'echo $HOME'];
      expect(await run(words, { wrapper: asUser('alice') })).toMatchObject({ stdout: '/else\n' });
    });

    it('still gets its signals', async () => {
      await worksIn({ wrapper: asUser('alice') }, ['--user', 'alice']);
    });

    it('takes root, and says so', async () => {
      expect(await run(['--user', '4001', 'true'], { wrapper: NOBODY, init: installed })).toEqual({
        status: 125,
        stdout: '',
        stderr: "sexton: --user: cannot become '4001': setgroups: Operation not permitted; that takes root\n",
      });
    });
  });
});

describeWith([whyNoNamespaces], '--chdir and --env', () => {
  it('start the program in that directory, while sexton holds none', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'below'));
    const container = await begin(['--chdir', 'below', 'sh', '-c', 'pwd; exec sleep 30'], { cwd: folder });
    expect((await container.says(/(.*)\n/))[1]).toBe(join(folder, 'below'));
    // It lets go as soon as the program has it.
    if (isRoot) await until(() => readlinkSync(`/proc/${container.pid}/cwd`) === '/');
  });

  it('say what is wrong with a directory', async () => {
    expect(await run(['--chdir', '/nowhere', 'true'])).toEqual({
      status: 125,
      stdout: '',
      stderr: "sexton: --chdir: cannot change to '/nowhere': No such file or directory\n",
    });
  });

  it('find a program of a relative name below the new directory', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'here'), '#!/bin/sh\necho found\n', { mode: 0o755 });
    expect(await run(['--chdir', folder, './here'])).toMatchObject({ status: 0, stdout: 'found\n' });
  });

  it('set variables in place, at the end, empty and with = in the value', async () => {
    const words = ['-E', 'A=1', '--env', 'B=', '-E', 'C=x=y', '-E', 'NEW=€', 'cat', '/proc/self/environ'];
    const { stdout } = await run(words, { environment: { A: '0', B: '0', C: '0' } });
    expect(stdout.split('\0').slice(1)).toEqual(['A=1', 'B=', 'C=x=y', 'NEW=€', '']);
  });
});

describeWith([whyNoNamespaces, whyNoCompiler], 'the program gets, byte for byte,', () => {
  let folder: string;
  let execve: string;
  beforeAll(() => {
    folder = temporaryFolder();
    execve = compile('execve', folder);
  });

  /** Starts sexton with exactly these bytes; returns the program's own as /proc shows them. */
  async function pass(words: readonly string[], environment: readonly string[]) {
    const ffi = process.env['SEXTON_TEST_FFI'];
    const show = 'od -An -v -tx1 /proc/$$/cmdline; echo; od -An -v -tx1 /proc/$$/environ; :';
    const command = [...sexton, '--', '/bin/sh', '-c', show, ...words];
    const strings = [String(command.length), ...command, ...environment, ...(ffi ? [`SEXTON_FFI=${ffi}`] : [])];
    const file = join(folder, 'strings');
    writeFileSync(file, `${strings.join('\0')}\0`, 'latin1');
    const { status, stdout, stderr } = await run([], { init: [execve, file] });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const [argv, environ] = stdout.split('\n\n').map(text => {
      const bytes = Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
      return bytes.toString('latin1').split('\0').slice(0, -1);
    });
    return { argv: argv?.slice(3), environ };
  }

  const everyByte = Array.from({ length: 255 }, (_, index) => String.fromCharCode(index + 1)).join('');

  it('odd arguments: every byte, empty ones, invalid UTF-8, what looks like an option', async () => {
    const words = ['', everyByte, '\xff\xfe', '\xc3', '\xe2\x82\xac', '--', '-v', '--help', '*', ' ', '\n', ''];
    expect((await pass(words, [])).argv).toEqual(words);
  });

  it('odd variables: dots, no name, no =, twice the same, empty, every byte, in their order', async () => {
    const environment = [
      ...['my.dotted-name=1', '=weird', 'NOEQ', 'TWICE=1', 'EMPTY=', 'TWICE=2', '', '=', 'Z=26', 'A=1'],
      ...[
        `BYTES=${everyByte}`,
        '\xff\xfe=\xfe',
        'LINE=a\nb',
        'lower=1',
        'NODE_ENV=production',
        'SEXTON_SERVICE_HOST=10.0.0.1',
      ],
    ];
    expect((await pass([], environment)).environ).toEqual(environment);
  });

  it('all but the variables of sexton itself', async () => {
    const environment = ['A=1', 'SEXTON_VERBOSE=0', 'B=2', 'SEXTON_VERBOSE=0', 'SEXTON_VERBOSE', 'C=3'];
    expect((await pass([], environment)).environ).toEqual(['A=1', 'B=2', 'SEXTON_VERBOSE', 'C=3']);
  });

  it('an argument of 100 KiB', async () => {
    const long = 'a\xffbcdefg'.repeat(12_800);
    expect((await pass([long], [])).argv).toEqual([long]);
  });

  it('1 MiB of arguments and variables', async () => {
    const words = Array.from({ length: 20_000 }, (_, index) => `argument ${index} \xe4`);
    const environment = Array.from({ length: 20_000 }, (_, index) => `VARIABLE_${index}=value \xe4`);
    expect(await pass(words, environment)).toEqual({ argv: words, environ: environment });
  });

  it('100,000 variables', { timeout: 120_000 }, async () => {
    // execve(2) counts the pointers too, and takes 2 MiB of all.
    const environment = Array.from({ length: 100_000 }, (_, index) => `V${index.toString(36)}=`);
    expect(await pass([], environment)).toEqual({ argv: [], environ: environment });
  });
});

describeWith([whyNoNamespaces], 'standard streams', () => {
  const combinations = [0, 1, 2, 3, 4, 5, 6, 7].map(bits => [0, 1, 2].filter(fd => bits & (1 << fd)));

  it.each(combinations.map(closed => [closed.join(', ') || 'none', closed] as const))(
    'closed, %s: it works, and those that are open serve',
    async (_, closed) => {
      const close = closed.map(fd => (fd === 0 ? '<&-' : `${fd}>&-`)).join(' ');
      const wrapper = ['sh', '-c', `exec "$@" ${close}`, 'sh'];
      const program = 'read line; echo "out $line"; echo err >&2; exit 7';
      const outcome = await run(['-v', '--', 'sh', '-c', program], { wrapper, input: 'in\n' });
      expect(outcome.status).toBe(7);
      expect(outcome.stdout).toBe(closed.includes(1) ? '' : closed.includes(0) ? 'out \n' : 'out in\n');
      if (closed.includes(2)) expect(outcome.stderr).toBe('');
      else expect(outcome.stderr).toMatch(/^(sh: [^\n]*\n)?err\nsexton: the program \(\d+\) exited with 7 after .*\n$/);
    },
  );

  /** A pipe of the file system that nobody reads but the test: read(), and how much there was. */
  function pipe(): { path: string; fd: number } {
    const path = join(temporaryFolder(), 'pipe');
    execFileSync('mkfifo', ['-m', '666', path]);
    return { path, fd: openSync(path, constants.O_RDWR | constants.O_NONBLOCK) };
  }

  function fill(fd: number): void {
    for (const size of [4096, 1]) {
      try {
        for (;;) writeSync(fd, Buffer.alloc(size, '.'));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      }
    }
  }

  function drain(fd: number): string {
    const chunks: Buffer[] = [];
    const chunk = Buffer.alloc(65536);
    try {
      for (;;) chunks.push(Buffer.from(chunk.subarray(0, readSync(fd, chunk))));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
    return Buffer.concat(chunks).toString('latin1');
  }

  it('stderr full and blocking at -vvv: signals, orphans and the status do not wait for it', async () => {
    const { path, fd } = pipe();
    fill(fd);
    const container = await begin(['-vvv', '--', 'sh', '-c', PROBE], {
      wrapper: ['sh', '-c', 'pipe=$1; shift; exec "$@" 2>"$pipe"', 'sh', path],
    });
    await container.says(/ready/);
    for (let count = 1; count <= 50; count++) {
      container.kill('SIGUSR1');
      await container.says(new RegExp(`(got USR1\n){${count}}`, 's'));
    }
    const { pid } = container;
    await until(() => childrenOf(pid).every(child => !statusOf(child)?.['State']?.startsWith('Z')));
    drain(fd);
    container.kill('SIGUSR1');
    await container.says(/(got USR1\n){51}/);
    let said = '';
    await until(() => {
      said += drain(fd);
      return /forwarded SIGUSR1/.test(said);
    });
    expect(said).toMatch(/^sexton: warning: \d+ lines were lost, stderr was full\nsexton: forwarded SIGUSR1/);
    fill(fd);
    container.kill('SIGTERM');
    expect(await container.ended).toMatchObject({ status: 7 });
    closeSync(fd);
  });

  it('stderr without a reader at -vvv: EPIPE is survived', async () => {
    const { path, fd } = pipe();
    const container = await begin(['-vvv', '--', 'sh', '-c', PROBE], {
      wrapper: ['sh', '-c', 'pipe=$1; shift; exec "$@" 2>"$pipe"', 'sh', path],
    });
    await container.says(/ready/);
    closeSync(fd);
    container.kill('SIGUSR1');
    await container.says(/got USR1/);
    container.kill('SIGTERM');
    expect(await container.ended).toMatchObject({ status: 7 });
  });

  it.each([1, 2])('descriptor %i stays blocking: 3 MB arrive whole at a reader that comes late', async number => {
    const { path, fd } = pipe();
    const container = await begin(
      ['--', 'sh', '-c', `echo ready >&${3 - number}; exec head -c 3000000 /dev/zero >&${number}`],
      {
        wrapper: ['sh', '-c', `pipe=$1; shift; exec "$@" ${number}>"$pipe"`, 'sh', path],
      },
    );
    await container.says(/ready/, number === 1 ? 'stderr' : 'stdout');
    const { pid } = container;
    // Full: head waits for a reader, or has failed.
    const isWaiting = () =>
      childrenOf(pid).some(
        child => statusOf(child)?.['Name'] === 'head' && statusOf(child)?.['State']?.startsWith('S'),
      );
    let isOver = false;
    container.ended.then(() => {
      isOver = true;
    });
    await until(() => isWaiting() || isOver);
    let length = 0;
    await until(() => {
      length += drain(fd).length;
      return isOver;
    });
    length += drain(fd).length;
    expect(await container.ended).toMatchObject({ status: 0 });
    expect(length).toBe(3_000_000);
    closeSync(fd);
  });
});

describeWith([whyNoNamespaces], 'not as PID 1', () => {
  it('-p has its signal sent when the parent dies, and passes it on', async () => {
    const wrapper = ['sh', '-c', '"$@" & wait', 'sh'];
    const container = await begin(['-p', 'TERM', 'sh', '-c', PROBE], { nested: true, wrapper });
    await container.says(/ready/);
    container.kill('SIGKILL');
    await container.says(/got TERM/);
    await container.ended;
  });

  it('without -p the death of the parent changes nothing', async () => {
    const wrapper = ['sh', '-c', '"$@" & echo "init $!"; wait', 'sh'];
    const container = await begin(['sh', '-c', PROBE], { nested: true, wrapper });
    const init = Number((await container.says(/init (\d+)/))[1]);
    await container.says(/ready/);
    container.kill('SIGKILL');
    await until(() => statusOf(init)?.['PPid'] !== String(container.pid));
    process.kill(init, 'SIGUSR1');
    await container.says(/got USR1/);
    expect(container.stdout).not.toContain('got TERM');
    process.kill(init, 'SIGTERM');
    await container.ended;
  });

  const ORPHAN =
    '(sleep 30 & echo "orphan $!"); trap "exit 7" TERM; echo ready; while :; do sleep 30 >/dev/null 2>&1 & wait; done';

  it.each([[[]], [['-s']]])('adopts orphans and reaps them %s', async options => {
    const container = await begin([...options, 'sh', '-c', ORPHAN], { nested: true });
    await container.says(/ready/);
    const orphan = Number(/orphan (\d+)/.exec(container.stdout)![1]);
    await until(() => statusOf(orphan)?.['PPid'] === String(container.pid));
    process.kill(orphan, 'SIGKILL');
    await until(() => !statusOf(orphan));
    container.kill('SIGTERM');
    expect(await container.ended).toMatchObject({ status: 7 });
  });

  it('--no-subreaper leaves orphans to others', async () => {
    const container = await begin(['--no-subreaper', 'sh', '-c', ORPHAN], { nested: true });
    await container.says(/ready/);
    const orphan = Number(/orphan (\d+)/.exec(container.stdout)![1]);
    expect(statusOf(orphan)?.['PPid']).not.toBe(String(container.pid));
    process.kill(orphan, 'SIGKILL');
    container.kill('SIGTERM');
    expect(await container.ended).toMatchObject({ status: 7 });
  });
});
