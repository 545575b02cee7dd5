import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { compile, temporaryFolder } from './c-fixture.ts';
import {
  type Container,
  childrenOf,
  describeWith,
  isRoot,
  missing,
  type Options,
  type Outcome,
  run,
  start,
  until,
  whyNoNamespaces,
} from './harness.ts';

/** Runs `one` for every item, a few at a time. */
async function forEach<T>(items: readonly T[], one: (item: T) => Promise<void>): Promise<void> {
  const rest = [...items];
  await Promise.all(
    Array.from({ length: 6 }, async () => {
      for (let item = rest.shift(); item !== undefined; item = rest.shift()) await one(item);
    }),
  );
}

function silent(status: number, stdout = ''): Outcome {
  return { status, stdout, stderr: '' };
}

describeWith([whyNoNamespaces], 'the exit status', () => {
  it("is the program's: the ends of every range, and all that mean something to a shell or to us", async () => {
    const codes = [0, 1, 2, 3, 7, 8, 63, 64, 78, 100, ...range(124, 131), 137, 143, 159, 160, 191, 192, 254, 255];
    await forEach(codes, async code => {
      expect(await run(['sh', '-c', `exit ${code}`])).toEqual(silent(code));
    });
  }, 120_000);

  it('is 128 + n when the program dies of signal n', async () => {
    // All that end a process by default; of the realtime signals the first, the last and one between.
    const deadly = [...range(1, 16), ...range(24, 27), ...range(29, 31), 34, 35, 50, 64];
    await forEach(deadly, async signal => {
      expect(await run(['sh', '-c', `ulimit -c 0; kill -${signal} $$`])).toEqual(silent(128 + signal));
    });
  }, 120_000);

  it("does not depend on what flows through: stdin and stdout are the program's, byte for byte", async () => {
    const input = 'line of text\n'.repeat(100_000);
    const { status, stdout, stderr } = await run(['sh', '-c', 'cat; exit 3'], { input });
    expect({ status, stderr }).toEqual({ status: 3, stderr: '' });
    expect(stdout === input).toBe(true);
  });

  it('comes from a program whose stdin, stdout and stderr are as blocking as we got them', async () => {
    const show = ['sh', '-c', 'for fd in 0 1 2; do grep flags /proc/self/fdinfo/$fd; done'];
    // Through pipes on all three, which Node likes to make non-blocking for everybody who shares them.
    const wrapper = ['sh', '-c', ': | { { "$@"; } 2>&3 | cat; } 3>&1 | cat', 'sh'];
    const { stdout } = await run(show, { wrapper });
    const flags = [...stdout.matchAll(/flags:\t(\d+)/g)].map(match => Number.parseInt(match[1]!, 8));
    expect(flags.map(flag => flag & 0o4000)).toEqual([0, 0, 0]);
  });

  it.each([
    ['143', 'kill -TERM $$', 0],
    ['143:7', 'kill -TERM $$', 7],
    ['7:9', 'exit 7', 9],
    ['0:3', 'exit 0', 3],
    ['7', 'exit 8', 8],
    ['255', 'exit 255', 0],
  ])('can be reported as another: --remap-exit %s after `%s` is %i', async (remap, script, status) => {
    expect(await run(['--remap-exit', remap, 'sh', '-c', script])).toEqual(silent(status));
  });

  it('is remapped once, by the last word on it, wherever that was said', async () => {
    expect((await run(['-e', '1:2', '-e', '2:3', 'sh', '-c', 'exit 1'])).status).toBe(2);
    expect((await run(['-e', '1:2', '-e', '1:3', 'sh', '-c', 'exit 1'])).status).toBe(3);
    const environment = { PATH: process.env['PATH']!, SEXTON_REMAP_EXIT: '143,7:8,1:5' };
    expect((await run(['-e', '1:6', 'sh', '-c', 'exit 1'], { environment })).status).toBe(6);
    expect((await run(['-e', '1:6', 'sh', '-c', 'exit 7'], { environment })).status).toBe(8);
    expect((await run(['sh', '-c', 'kill $$'], { environment })).status).toBe(0);
  });

  it('comes with nothing on stdout or stderr of our own', async () => {
    expect(await run(['sh', '-c', 'echo out; echo err >&2; exit 3'])).toEqual({
      status: 3,
      stdout: 'out\n',
      stderr: 'err\n',
    });
  });

  function range(first: number, last: number): number[] {
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  }
});

describeWith([whyNoNamespaces], 'a program that cannot be executed', () => {
  const folder = temporaryFolder();
  const at = (name: string) => join(folder, name);
  const searching = (path: string, cwd?: string): Options => ({
    wrapper: ['env', `PATH=${path}`],
    ...(cwd === undefined ? {} : { cwd }),
  });

  beforeAll(() => {
    writeFileSync(at('plain'), 'text', { mode: 0o644 });
    writeFileSync(at('lost'), '#!/no/such/interpreter\n', { mode: 0o755 });
    writeFileSync(at('script'), 'echo "$0: $# words: $1, $2"; exit 6\n', { mode: 0o755 });
    symlinkSync('loop', at('loop'));
    for (const name of ['forbidden', 'empty', 'good']) mkdirSync(at(name));
    writeFileSync(at('forbidden/tool'), '#!/bin/sh\necho wrong\n', { mode: 0o644 });
    writeFileSync(at('good/tool'), '#!/bin/sh\necho "$0 $1"\n', { mode: 0o755 });
  });

  async function expectFailure(status: number, program: string, reason: string, options?: Options): Promise<void> {
    const stderr = `sexton: ${program}: ${reason}\n`;
    expect(await run(['--', program, 'word'], options)).toEqual({ status, stdout: '', stderr });
  }

  it('is 127 when it is in no folder of PATH', () =>
    expectFailure(127, 'no-such-program', 'No such file or directory'));
  it('is 127 when its path leads nowhere', () => expectFailure(127, '/no/such/program', 'No such file or directory'));
  it('is 127 when its name is empty', () => expectFailure(127, '', 'No such file or directory'));
  it('is 127 when its interpreter is missing', () =>
    expectFailure(
      127,
      at('lost'),
      "No such file or directory: it is there, but its interpreter '/no/such/interpreter' is not",
    ));
  it('is 126 when nobody may execute it', () =>
    expectFailure(126, at('plain'), 'Permission denied: it has no execute bit: chmod +x'));
  it('is 126 when it is a directory', () => expectFailure(126, folder, 'Permission denied: it is a directory'));
  it('is 126 when a file stands where a directory should', () =>
    expectFailure(126, at('plain/tool'), 'Not a directory'));
  it('is 126 when links lead in a circle', () => expectFailure(126, at('loop'), 'Too many levels of symbolic links'));
  it('is 126 when its name is too long', () => expectFailure(126, `/${'x'.repeat(300)}`, 'File name too long'));

  it('is 126 when somebody is writing to it', async () => {
    copyFileSync('/bin/sh', at('busy'));
    const writer = openSync(at('busy'), 'r+');
    await expectFailure(126, at('busy'), 'Text file busy');
    closeSync(writer);
  });

  it('is named on one line, whatever is in its name', async () => {
    const { status, stderr } = await run(['--', 'no\nsuch\x1bprogram']);
    expect({ status, stderr }).toEqual({
      status: 127,
      stderr: 'sexton: no\\x0asuch\\x1bprogram: No such file or directory\n',
    });
  });

  it('is run by /bin/sh with its arguments when it is a script without #!', async () => {
    expect(await run(['--', at('script'), 'a b', '-c'])).toEqual(silent(6, `${at('script')}: 2 words: a b, -c\n`));
  });

  it('is passed over in PATH, and remembered as forbidden', async () => {
    const [forbidden, empty, good] = ['forbidden', 'empty', 'good'].map(at);
    expect(await run(['tool', 'x'], searching(`${empty}:${forbidden}:${good}`))).toEqual(silent(0, `${good}/tool x\n`));
    await expectFailure(126, 'tool', 'Permission denied', searching(`${forbidden}:${empty}:/no/such`));
    await expectFailure(127, 'tool', 'No such file or directory', searching(`${empty}:/no/such`));
  });

  it('is looked for in the current directory where an element of PATH is empty', async () => {
    for (const path of ['', ':/no/such', '/no/such:', '/no/such::/neither'])
      expect(await run(['tool', 'x'], searching(path, at('good')))).toEqual(silent(0, 'tool x\n'));
    await expectFailure(127, 'tool', 'No such file or directory', searching('/no/such', at('good')));
  });

  it('is looked for in /bin and /usr/bin without PATH', async () => {
    expect(await run(['sh', '-c', 'exit 5'], { wrapper: ['env', '-u', 'PATH'] })).toEqual(silent(5));
    await expectFailure(127, 'tool', 'No such file or directory', { wrapper: ['env', '-u', 'PATH'], cwd: at('good') });
  });

  it('is found by a relative path, from where we were started', async () => {
    expect(await run(['./tool', 'x'], { cwd: at('good') })).toEqual(silent(0, './tool x\n'));
    expect(await run(['good/tool', 'x'], { cwd: folder })).toEqual(silent(0, 'good/tool x\n'));
  });

  it('is looked for in the directory of --chdir, as a shell would after cd', async () => {
    expect(await run(['--chdir', at('good'), './tool', 'x'], { cwd: '/' })).toEqual(silent(0, './tool x\n'));
  });
});

describeWith([whyNoNamespaces], 'sexton that cannot do its own part', () => {
  const folder = temporaryFolder();

  /** One line, and no program: its only act would be to leave a file. */
  async function expectRefusal(options: readonly string[], line: RegExp, more?: Options): Promise<void> {
    const { status, stdout, stderr } = await run([...options, '--', 'touch', join(folder, 'started')], more);
    expect({ status, stdout }).toEqual({ status: 125, stdout: '' });
    expect(stderr).toMatch(/^sexton: [^\n]+\n$/);
    expect(stderr).toMatch(line);
    expect(existsSync(join(folder, 'started'))).toBe(false);
  }

  it.each<[readonly string[], RegExp]>([
    [['--frobnicate'], /'--frobnicate'.*sexton --help/],
    [['--rewrite', 'KILL:TERM'], /--rewrite: SIGKILL never comes to be forwarded/],
    [['--stop-signal', 'CHLD'], /--stop-signal: SIGCHLD never comes to be forwarded/],
    [['--wait-timeout', '5s'], /--wait-timeout: nobody is waited for; say --wait group/],
    [['--user', 'root:root:root'], /--user: group 'root:root' is not in/],
    [['-Z'], /'-Z'.*sexton --help/],
    [['--rewrite', 'TERM:NONSENSE'], /--rewrite: 'NONSENSE' is not a signal: TERM, SIGTERM, 15 or RTMIN\+3/],
    [['--rewrite', 'TERM'], /--rewrite: 'TERM' is not FROM:TO/],
    [['--rewrite', '32:TERM'], /--rewrite: '32' is not a signal/],
    [['--rewrite', '1:2:3'], /--rewrite: '1:2:3' is not FROM:TO/],
    [['--stop-signal', 'NOPE'], /--stop-signal: 'NOPE' is not a signal/],
    [['--stop-signal', '0'], /--stop-signal: '0' is not a signal/],
    [['--parent-death-signal', '65'], /--parent-death-signal: '65' is not a signal/],
    [['--stop-timeout', 'soon'], /--stop-timeout: 'soon' is not a time: 500ms, 10s, 2m or plain seconds/],
    [['--stop-delay', '-1'], /--stop-delay/],
    [['--wait-timeout', '1d'], /--wait-timeout: '1d' is not a time/],
    [['--wait', 'everybody'], /--wait: 'everybody' is not one of main, group, all/],
    [['--scope', 'session'], /--scope: 'session' is not one of child, group, all/],
    [['--remap-exit', '256'], /--remap-exit: '256' is not CODE or CODE:TO, exit statuses from 0 to 255/],
    [['--log-format', 'xml'], /--log-format: 'xml' is not one of text, json/],
    [['--env', 'NOVALUE'], /--env: 'NOVALUE' is not KEY=VALUE/],
    [['--user', 'nobody-of-that-name'], /--user: user 'nobody-of-that-name' is not in \/etc\/passwd/],
    [['--user', '0:no-such-group'], /--user: group 'no-such-group' is not in \/etc\/group/],
    [['--chdir', '/no/such/folder'], /--chdir: cannot change to '\/no\/such\/folder': No such file or directory/],
    [['--pause'], /--pause runs no program, but 'touch' was given/],
  ])('leaves with 125, one line and no program: %j', (options, line) => expectRefusal(options, line));

  it('names the variable when the mistake is in the environment', async () => {
    const environment = { PATH: process.env['PATH']!, SEXTON_STOP_TIMEOUT: 'soon' };
    await expectRefusal([], /SEXTON_STOP_TIMEOUT: 'soon' is not a time/, { environment });
  });

  it('names SEXTON_FFI and what it may be', async () => {
    const environment = { PATH: process.env['PATH']!, SEXTON_FFI: 'nonsense' };
    await expectRefusal([], /SEXTON_FFI: 'nonsense' is not one of node-ffi, koffi, ffi-napi/, { environment });
  });

  it('says what it takes to become another user', async context => {
    if (!isRoot) return context.skip('needs root, to give it up');
    const reason = missing('setpriv');
    if (reason) return context.skip(reason);
    const wrapper = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
    if ((await run(['true'], { wrapper })).status !== 0) return context.skip('this Node is for root only');
    await expectRefusal(
      ['--user', '0'],
      /--user: cannot become '0': setgroups: Operation not permitted; that takes root/,
      { wrapper },
    );
  });

  it('refuses to signal everything where it is not PID 1', () =>
    expectRefusal(['--scope', 'all'], /--scope: 'all'.*not PID 1.*use group/, { nested: true }));

  it.each([[[]], [['--']], [['-v']]])('wants a program: sexton %j', async words => {
    const { status, stdout, stderr } = await run(words);
    expect({ status, stdout }).toEqual({ status: 125, stdout: '' });
    expect(stderr).toMatch(/^sexton: no program given; usage: sexton [^\n]+\n$/);
  });

  it('says so in JSON once that was asked for', async () => {
    const { status, stderr } = await run(['--log-format', 'json', '--', '/no/such/program']);
    expect(status).toBe(127);
    expect(JSON.parse(stderr)).toMatchObject({ level: 50, pid: 1, msg: '/no/such/program: No such file or directory' });
  });
});

describeWith([whyNoNamespaces, missing('gcc')], '--pause', () => {
  const orphans = compile('orphans', temporaryFolder());
  let container: Container;
  afterEach(() => container.end());

  it.each(['SIGTERM', 'SIGINT'] as const)('ends with 0 on %s', async signal => {
    container = await start(['--pause']);
    await container.listening();
    container.kill(signal);
    expect(await container.ended).toEqual(silent(0));
  });

  it('stays on any other signal', async () => {
    container = await start(['--pause', '-v']);
    await container.listening();
    for (const signal of ['SIGHUP', 'SIGUSR1', 'SIGQUIT', 'SIGTSTP', 'SIGABRT'] as const) {
      container.kill(signal);
      await container.says(new RegExp(`did not forward ${signal} from outside the container`), 'stderr');
    }
    container.kill('SIGTERM');
    expect((await container.ended).status).toBe(0);
  });

  it('reaps meanwhile', async () => {
    // The shell is replaced by sexton, which so inherits its children.
    container = await start(['--pause'], { wrapper: ['sh', '-c', '"$0" 20 & exec "$@"', orphans] });
    await container.says(/ready/);
    await container.listening();
    const pid = await until(() => childrenOf(container.pid).find(child => nameOf(child) === 'orphans'));
    await until(() => childrenOf(container.pid).length === 21);
    process.kill(pid, 'SIGUSR1');
    await until(() => childrenOf(container.pid).length === 1);
    process.kill(pid, 'SIGKILL');
    await until(() => childrenOf(container.pid).length === 0);
    container.kill('SIGTERM');
    expect((await container.ended).status).toBe(0);
  });

  function nameOf(pid: number): string {
    return readdirSync('/proc').includes(String(pid)) ? readFileSync(`/proc/${pid}/comm`, 'utf8').trim() : '';
  }
});
