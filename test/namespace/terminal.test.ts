import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { compile, temporaryFolder, whyNoCompiler } from './c-fixture.ts';
import { childrenOf, describeWith, missing, sexton, statusOf, until, whyNoNamespaces } from './harness.ts';
import { CTRL_C, CTRL_D, CTRL_Q, CTRL_S, CTRL_Z, jobOf, Terminal } from './terminal.ts';

const bash = ['bash', '--norc', '--noprofile', '--noediting', '-i'];

/** CPU time that a process has used so far, in ticks of 10 ms. */
function ticks(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

describeWith([whyNoNamespaces, whyNoCompiler, missing('bash')], 'PID 1 on a terminal', () => {
  it.each([
    ['in its own process group', []],
    ['in its own session', ['--setsid']],
  ])('gives an interactive shell %s its job control', async (_, options) => {
    const terminal = new Terminal([...sexton, ...options, '--', ...bash], { namespace: true });
    terminal.type('echo "flags [$-]"\n');
    const [, flags] = await terminal.says(/flags \[(\w+)\]/);
    expect(flags).toContain('m');
    terminal.type('sleep 1000\n');
    const [shell] = childrenOf(await terminal.leader());
    const sleep = await until(() => childrenOf(shell!)[0]);
    // Before its exec it would take no notice of Ctrl-Z, as its shell does.
    await until(() => jobOf(sleep)?.foreground === sleep && statusOf(sleep)?.['Name'] === 'sleep');
    terminal.type(CTRL_Z);
    await terminal.says(/Stopped/);
    await until(() => jobOf(sleep)?.foreground === shell);
    terminal.type('fg\n');
    await until(() => jobOf(sleep)?.foreground === sleep);
    terminal.type(CTRL_C);
    await until(() => jobOf(shell!)?.foreground === shell);
    terminal.type('exit 3\n');
    expect(await terminal.ended).toMatchObject({ status: 3 });
    expect(terminal.stdout).not.toMatch(/process group|job control|sexton/);
  });

  it.each([
    ['in its own process group', []],
    ['in its own session', ['--setsid']],
  ])('lets Ctrl-C reach the program %s, once', async (_, options) => {
    const program = 'trap "echo interrupted" INT; echo ready; while read line; do echo "got $line"; done; exit 4';
    const terminal = new Terminal([...sexton, ...options, '--', 'bash', '-c', program], { namespace: true });
    await terminal.says(/ready/);
    terminal.type(CTRL_C);
    await terminal.says(/interrupted/);
    terminal.type(`one\n${CTRL_D}`);
    expect(await terminal.ended).toMatchObject({ status: 4 });
    expect(terminal.stdout.match(/interrupted/g)).toHaveLength(1);
    expect(terminal.stdout).toContain('got one');
  });

  it('leaves with 130 when Ctrl-C ends the program', async () => {
    const terminal = new Terminal([...sexton, 'sh', '-c', 'echo ready; exec sleep 1000'], { namespace: true });
    await terminal.says(/ready/);
    terminal.type(CTRL_C);
    expect(await terminal.ended).toMatchObject({ status: 130 });
  });

  it('leaves with 129 when the terminal is hung up', async () => {
    const terminal = new Terminal([...sexton, 'sh', '-c', 'echo ready; exec sleep 1000'], { namespace: true });
    await terminal.says(/ready/);
    terminal.hangUp();
    expect(await terminal.ended).toMatchObject({ status: 129 });
  });

  it('makes the program of --setsid leader of a session that has the terminal', async () => {
    const terminal = new Terminal([...sexton, '--setsid', 'sh', '-c', 'echo ready; exec cat'], { namespace: true });
    await terminal.says(/ready/);
    const [program] = childrenOf(await terminal.leader());
    expect(jobOf(program!)).toMatchObject({ group: program, session: program, foreground: program });
    terminal.type(`typed\n${CTRL_D}`);
    expect(await terminal.ended).toMatchObject({ status: 0, stdout: 'ready\ntyped\n' });
  });

  it('lets a program whose stdin is no terminal read /dev/tty', async () => {
    const program = 'read a; echo ready; read b </dev/tty; echo "$a and $b"';
    const file = join(temporaryFolder(), 'stdin');
    writeFileSync(file, 'stdin\n');
    const terminal = new Terminal(
      ['sh', '-c', 'file=$1; shift; exec "$@" <"$file"', 'sh', file, ...sexton, 'sh', '-c', program],
      { namespace: true },
    );
    await terminal.says(/ready/);
    terminal.type('typed\n');
    expect(await terminal.ended).toMatchObject({ status: 0, stdout: 'ready\nstdin and typed\n' });
  });

  it('writes its log from the background of a terminal that stops writers (tostop), at rest afterwards', async () => {
    const program = 'trap "echo got" USR1; echo ready; while :; do sleep 0.1 & wait; done';
    const terminal = new Terminal(
      ['sh', '-c', 'stty tostop; exec "$@"', 'sh', ...sexton, '-vvv', 'bash', '-c', program],
      { namespace: true },
    );
    await terminal.says(/ready/);
    const init = await terminal.leader();
    for (let count = 1; count <= 3; count++) {
      process.kill(init, 'SIGUSR1');
      await terminal.says(new RegExp(`(got.*?){${count}}`, 's'));
    }
    // A line may be dropped while another writes to the terminal, but not every line.
    await until(() => {
      if (/forwarded SIGUSR1/.test(terminal.stdout)) return true;
      process.kill(init, 'SIGUSR1');
      return false;
    });
    await until(() => jobOf(init)?.state === 'S');
    const before = ticks(init);
    await new Promise(resolve => setTimeout(resolve, 300));
    expect(jobOf(init)?.state).toBe('S');
    expect(ticks(init) - before).toBeLessThan(5);
    process.kill(init, 'SIGKILL');
  });
});

describeWith([whyNoNamespaces, whyNoCompiler], 'PID 1 as session leader on a terminal', () => {
  let told: string;
  beforeAll(() => {
    told = compile('told', temporaryFolder());
  });

  // dumb-init 1.0 let the SIGHUP and SIGCONT that follow TIOCNOTTY through to the program, now and then.
  it('never lets the program of --setsid feel that the terminal changed hands, in 200 starts', async () => {
    for (let done = 0; done < 200; done += 8) {
      const started = Array.from(
        { length: 8 },
        () => new Terminal([...sexton, '--setsid', '-v', told], { namespace: true }),
      );
      for (const { ended } of started) {
        const { status, stdout } = await ended;
        expect(stdout).toContain('told: nothing else');
        expect(stdout).not.toMatch(/SIGHUP|SIGCONT/);
        expect(status).toBe(0);
      }
    }
  }, 180_000);
});

describeWith([whyNoNamespaces, whyNoCompiler], 'a terminal that nobody reads', () => {
  it('does not hold up signals and the end of the program at -vvv', async () => {
    const file = join(temporaryFolder(), 'said');
    writeFileSync(file, '');
    // Short sleeps: bash may take a signal between its fork and its wait, and then looks at it when the child ends.
    const program =
      'trap "echo got >>$0" USR1; trap "exit 5" TERM; echo ready >>$0; while :; do sleep 0.1 & wait; done';
    const terminal = new Terminal([...sexton, '-vvv', 'bash', '-c', program, file], { unread: true, namespace: true });
    const said = () => readFileSync(file, 'utf8');
    await until(() => said().includes('ready'));
    const init = await terminal.leader();
    // A pty holds 20 KiB; a line has more than 60 bytes.
    for (let count = 1; count <= 400; count++) {
      process.kill(init, 'SIGUSR1');
      await until(() => said().split('got').length > count);
    }
    process.kill(init, 'SIGTERM');
    await until(() => !jobOf(init) || jobOf(init)?.state === 'Z');
    terminal.look();
    expect(await terminal.ended).toMatchObject({ status: 5 });
  });

  it.each([12, 13, 14, 15, 16, 17, 18, 19, 20])(
    'does not hold up a long line when it holds %i KiB already',
    async full => {
      const show = 'dd if=/dev/zero of=/dev/tty oflag=nonblock bs=64 count=$1 2>/dev/null; shift; exec "$@"';
      const words = ['sh', '-c', show, 'sh', String(full * 16), ...sexton, `/${'long/'.repeat(700)}`];
      const terminal = new Terminal(words, { unread: true, namespace: true });
      const init = await terminal.leader();
      await until(() => !jobOf(init) || jobOf(init)?.state === 'Z');
      terminal.look();
      expect(await terminal.ended).toMatchObject({ status: 127 });
    },
  );

  it('and that is stopped with Ctrl-S holds up nothing but what it shows', async () => {
    const file = join(temporaryFolder(), 'said');
    writeFileSync(file, '');
    const program = 'trap "echo got >>$0" USR1; trap "exit 5" TERM; echo ready; while :; do sleep 0.1 & wait; done';
    const terminal = new Terminal([...sexton, '-vvv', 'bash', '-c', program, file], { namespace: true });
    await terminal.says(/ready/);
    const init = await terminal.leader();
    terminal.type(CTRL_S);
    for (let count = 1; count <= 10; count++) {
      process.kill(init, 'SIGUSR1');
      await until(() => readFileSync(file, 'utf8').split('got').length > count);
    }
    process.kill(init, 'SIGTERM');
    await until(() => !jobOf(init) || jobOf(init)?.state === 'Z');
    terminal.type(CTRL_Q);
    expect(await terminal.ended).toMatchObject({ status: 5 });
  });
});
