/** Bugs that other inits have had: numbers 1 to 36, each with what goes wrong. Those of terminals are elsewhere. */
import { readdirSync, readFileSync, readlinkSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { compile, temporaryFolder } from './c-fixture.ts';
import {
  type Container,
  childrenOf,
  descendant,
  describeWith,
  missing,
  run,
  sexton,
  start,
  statusOf,
  until,
  whyNoNamespaces,
} from './harness.ts';

describeWith([whyNoNamespaces, missing('gcc')], 'historical bugs', () => {
  const folder = temporaryFolder();
  const recorder = compile('recorder', folder);
  let container: Container | undefined;
  afterEach(() => container?.end());

  async function startRecorder(options: readonly string[], more: Parameters<typeof start>[1] = {}): Promise<Container> {
    container = await start([...options, '--', recorder, 'main'], more);
    await container.says(/main ready/);
    return container;
  }

  async function passes(signal: NodeJS.Signals, line: RegExp): Promise<void> {
    container!.kill(signal);
    await container!.says(line);
  }

  it('6: an init without any child still reacts to signals', async () => {
    container = await start(['--pause']);
    await container.listening();
    await until(() => childrenOf(container!.pid).length === 0);
    container.kill('SIGTERM');
    expect((await container.ended).status).toBe(0);
  });

  it('10: a closed stdin, stdout or stderr is no obstacle', async () => {
    const closed = (redirection: string) => ({ wrapper: ['sh', '-c', `exec "$@" ${redirection}`, 'sh'] });
    expect(await run(['sh', '-c', 'echo out; exit 3'], closed('<&-'))).toEqual({
      status: 3,
      stdout: 'out\n',
      stderr: '',
    });
    expect(await run(['sh', '-c', 'echo err >&2; exit 4'], closed('>&-'))).toEqual({
      status: 4,
      stdout: '',
      stderr: 'err\n',
    });
    expect(await run(['-vvv', 'sh', '-c', 'echo out; exit 5'], closed('2>&-'))).toEqual({
      status: 5,
      stdout: 'out\n',
      stderr: '',
    });
    expect((await run(['-vvv', 'sh', '-c', 'exit 6'], closed('<&- >&- 2>&-'))).status).toBe(6);
    expect((await run(['/no/such/program'], closed('<&- >&- 2>&-'))).status).toBe(127);
  });

  it('12: a target that has just died ends nothing', async () => {
    // The group is empty of living processes as soon as the program is a zombie.
    for (let count = 0; count < 10; count++) {
      container = await start(['-vv', 'sh', '-c', 'echo ready; read x; exit 4'], { input: '' });
      await container.says(/ready/).catch(() => {});
      try {
        for (let times = 0; times < 50; times++) container.kill('SIGWINCH');
      } catch {
        // Gone with its program.
      }
      expect((await container.ended).status).toBe(4);
    }
  }, 90_000);

  it('13: a signal that comes between listening and the start of the program reaches it', async () => {
    for (let count = 0; count < 10; count++) {
      container = await start(['sleep', '1000']);
      await container.listening();
      container.kill('SIGTERM');
      expect(await container.ended).toEqual({ status: 143, stdout: '', stderr: '' });
    }
  });

  it('14: the program starts with no signal blocked and none ignored', async () => {
    const { stdout } = await run(['cat', '/proc/self/status']);
    expect(stdout.match(/^(SigPnd|ShdPnd|SigBlk|SigIgn|SigCgt):\t.*$/gm)).toEqual(
      ['SigPnd', 'ShdPnd', 'SigBlk', 'SigIgn', 'SigCgt'].map(name => `${name}:\t${'0'.repeat(16)}`),
    );
  });

  it('14: SIGPIPE ends the program, SIGTTIN and SIGTTOU stop it', async () => {
    expect((await run(['sh', '-c', 'kill -PIPE $$; exit 3'])).status).toBe(128 + 13);
    for (const signal of ['TTIN', 'TTOU']) {
      container = await start(['sh', '-c', `kill -${signal} $$; exit 3`]);
      await until(() => statusOf(descendant(container!.pid, /^sh -c kill/) ?? 0)?.['State']?.startsWith('T'));
      container.kill('SIGCONT');
      expect((await container.ended).status).toBe(3);
    }
  });

  it('16: SIGTSTP stops the program but not the init, and SIGCONT wakes it', async () => {
    container = await start(['sh', '-c', 'echo ready; while :; do sleep 1000 & wait; done', 'the program']);
    await container.says(/ready/);
    const program = (await until(() => descendant(container!.pid, /the program/)))!;
    container.kill('SIGTSTP');
    await until(() => statusOf(program)?.['State']?.startsWith('T'));
    container.kill('SIGCONT');
    await until(() => statusOf(program)?.['State']?.startsWith('S'));
    container.kill('SIGTERM');
    expect((await container.ended).status).toBe(143);
  });

  it('19: the pid of the program is not signalled any more once it was reaped', async () => {
    const script = '"$0" sibling setsid & exec "$0" main tidy=0';
    container = await start(['-v', '-c', '--wait', 'all', '--', 'sh', '-c', script, recorder]);
    const [, program] = await container.says(/^main ready (\d+)/m);
    await container.says(/^sibling ready/m);
    container.kill('SIGTERM');
    await container.says(/^sibling 15$/m);
    container.kill('SIGTERM');
    await container.says(/sibling 15\n(.*\n)*sibling 15/);
    await container.says(/to everything/, 'stderr');
    const targets = [...container.stderr.matchAll(/forwarded SIGTERM .* to (.*)/g)].map(match => match[1]);
    expect(targets).toEqual([`process ${program}`, 'everything']);
  });

  it('20: the init does not hold the directory that it was started in, and the program has it', async () => {
    container = await start(['sh', '-c', 'pwd; exec sleep 1000'], { cwd: folder });
    await container.says(/\n/);
    expect(container.stdout).toBe(`${realpathSync(folder)}\n`);
    await until(() => readlinkSync(`/proc/${container!.pid}/cwd`) === '/');
  });

  it('21: the program keeps the descriptors that it was given, and the init closes them', async () => {
    const file = join(folder, 'opened');
    writeFileSync(file, 'text\n');
    const open = 'exec 3<"$0" 7>>"$0" 9<"$0"; exec "$@"';
    container = await start(['sh', '-c', 'cat <&3; echo more >&7; cat <&9; echo done; exec sleep 1000'], {
      wrapper: ['sh', '-c', open, file],
    });
    await container.says(/done/);
    expect(container.stdout).toBe('text\ntext\nmore\ndone\n');
    const { pid } = container;
    await until(() => !linksOf(pid).includes(file));
    const program = (await until(() => descendant(pid, /^sleep/)))!;
    expect(linksOf(program).filter(link => link === file)).toHaveLength(3);
  });

  it('21: the program gets the descriptors that it would get without us, and no other', async () => {
    container = await start([], { init: ['sleep', '1000'] });
    const alone = (await until(() => commandIs(container!.pid, 'sleep') && linksOf(container!.pid))).length;
    await container.end();
    container = await start(['sleep', '1000']);
    const program = (await until(() => descendant(container!.pid, /^sleep/)))!;
    expect(linksOf(program)).toHaveLength(alone);
  });

  it('21: a pipe that the program was given ends with the program', async () => {
    const wrapper = ['sh', '-c', 'mkfifo "$0"; exec 4<>"$0" 5<"$0" 6>"$0" 4<&-; exec "$@"', join(folder, 'fifo')];
    const { status, stdout } = await run(['sh', '-c', 'echo through >&6; exec 6>&-; cat <&5; exit 2'], { wrapper });
    expect({ status, stdout }).toEqual({ status: 2, stdout: 'through\n' });
  });

  it('21: LISTEN_PID becomes the pid of the program, if it was ours', async () => {
    const show = ['sh', '-c', 'echo "$$ $LISTEN_PID $LISTEN_FDS"'];
    const wrapper = (pid: string) => ['sh', '-c', `LISTEN_FDS=2 LISTEN_PID=${pid} exec "$@"`, 'sh'];
    expect((await run(show, { wrapper: wrapper('$$') })).stdout).toMatch(/^(\d+) \1 2\n$/);
    expect((await run(show, { wrapper: wrapper('77') })).stdout).toMatch(/^\d+ 77 2\n$/);
  });

  it('22: --help, -h, --version and --license answer on stdout and leave with 0', async () => {
    const answers = await Promise.all(
      [['--help'], ['-h'], ['--version'], ['-V'], ['-l'], ['-vh']].map(words => run(words)),
    );
    for (const { status, stdout, stderr } of answers) {
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(stdout).toMatch(/\n$/);
    }
    expect(answers[2]!.stdout).toMatch(/^sexton \d+\.\d+\.\d+\S*\n$/);
  });

  it("23: the program's own words stay its own, whatever they look like", async () => {
    const show = ['sh', '-c', 'printf "<%s>" "$0" "$@"'];
    const words = ['-v', '--help', '--', '-c', '', '--stop-timeout=x', '-'];
    for (const options of [[], ['--'], ['-q'], ['-q', '--']]) {
      const { status, stdout, stderr } = await run([...options, ...show, ...words]);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(stdout).toBe(words.map(word => `<${word}>`).join(''));
    }
    const missingProgram = await run(['-q', '--', '--', 'true']);
    expect(missingProgram).toEqual({ status: 127, stdout: '', stderr: 'sexton: --: No such file or directory\n' });
  });

  it('24: the parent-death signal goes to the init, which passes it on', async () => {
    // The outer sexton is PID 1; between it and the inner one is the parent that dies.
    const script = 'sh -c \'"$@" & exec sleep 1001\' sh "$@" & exec sleep 1002';
    const inner = [...sexton, '-v', '--parent-death-signal', 'USR1', '--', recorder, 'main'];
    container = await start(['--', 'sh', '-c', script, 'sh', ...inner]);
    await container.says(/main ready/);
    process.kill((await until(() => descendant(container!.pid, /^sleep 1001$/)))!, 'SIGKILL');
    await container.says(/^main 10$/m);
    await container.says(/forwarded SIGUSR1/, 'stderr');
  });

  it('28: nothing is looked for in PATH but the program', async () => {
    const { status, stdout } = await run(['-w', '--wait', 'all', '/bin/sh', '-c', 'echo "$PATH"; exit 3'], {
      wrapper: ['env', 'PATH=/no/such'],
    });
    expect({ status, stdout }).toEqual({ status: 3, stdout: '/no/such\n' });
  });

  it('31: nobody reading stderr ends nothing, and does not keep the init busy', async () => {
    const { pid } = await startRecorder(['-vvv']);
    container!.closeStderr();
    await passes('SIGHUP', /^main 1$/m);
    await passes('SIGUSR1', /^main 10$/m);
    const before = processorTicks(pid);
    await new Promise(resolve => setTimeout(resolve, 500));
    expect(processorTicks(pid) - before).toBeLessThan(10);
    await passes('SIGUSR2', /^main 12$/m);
    // SIGPIPE from outside is passed on; ours, from writing to stderr, is not.
    expect(container!.stdout).not.toMatch(/^main 13$/m);
    await passes('SIGPIPE', /^main 13$/m);
    process.kill((await until(() => descendant(pid, /recorder main/)))!, 'SIGKILL');
    expect((await container!.ended).status).toBe(137);
  });

  it('31: a full disk behind stderr ends nothing', async () => {
    const wrapper = ['sh', '-c', 'exec 2>/dev/full "$@"', 'sh'];
    expect((await run(['-vvv', 'sh', '-c', 'sh -c : ; exit 3'], { wrapper })).status).toBe(3);
    expect((await run(['/no/such/program'], { wrapper })).status).toBe(127);
  });

  it('33: SIGCHLD that was inherited as ignored makes nobody wait for ever', async () => {
    const wrapper = ['sh', '-c', 'trap "" CHLD; exec "$@"', 'sh'];
    expect(await run(['sh', '-c', '(exit 1) & exit 3'], { wrapper })).toEqual({ status: 3, stdout: '', stderr: '' });
    expect(await run(['-s', 'sh', '-c', 'exit 3'], { wrapper, nested: true })).toEqual({
      status: 3,
      stdout: '',
      stderr: '',
    });
  });

  it('33: signals that were inherited as blocked or ignored reach the program all the same', async () => {
    await startRecorder([], { wrapper: ['sh', '-c', 'trap "" HUP INT TERM USR1; exec "$@"', 'sh'] });
    await passes('SIGHUP', /^main 1$/m);
    await passes('SIGTERM', /^main 15$/m);
  });

  it.concurrent('32: no thread of the init wakes up while nothing happens', async ({ expect }) => {
    const resting = await start(['sh', '-c', 'echo ready; exec sleep 1000']);
    await resting.says(/ready/);
    const { pid } = resting;
    // Node's threads take a moment to settle after the start; then ten seconds without a single switch.
    let counted = switches(pid);
    let since = performance.now();
    await until(() => {
      const now = switches(pid);
      if (now !== counted) since = performance.now();
      counted = now;
      return performance.now() - since > 10_000;
    });
    expect(counted).not.toBe('');
    await resting.end();
  }, 60_000);

  function linksOf(pid: number): string[] {
    return readdirSync(`/proc/${pid}/fd`).flatMap(fd => {
      try {
        return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
      } catch {
        return [];
      }
    });
  }

  function commandIs(pid: number, name: string): boolean {
    return statusOf(pid)?.['Name'] === name;
  }

  function switches(pid: number): string {
    return readdirSync(`/proc/${pid}/task`)
      .map(thread => `${thread} ${statusOf(Number(thread))?.['voluntary_ctxt_switches']}`)
      .join(', ');
  }

  /** User and system time, in 1/100 s. */
  function processorTicks(pid: number): number {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return Number(fields[11]) + Number(fields[12]);
  }
});
