import { readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder, whyNoCompiler } from './c-fixture.ts';
import { childrenOf, describeWith, isRoot, missing, sexton, until } from './harness.ts';
import { CTRL_C, CTRL_D, CTRL_Z, jobOf, Terminal } from './terminal.ts';

/** Says when it is continued, and reads nothing. */
const WAITER = `sh -c 'trap "echo continued" CONT; echo "rea""dy"; while :; do sleep 30 & wait; done'`;

/** An interactive bash, and its pid once it has the terminal. */
async function shell(): Promise<{ terminal: Terminal; bash: number }> {
  const terminal = new Terminal(['bash', '--norc', '--noprofile', '--noediting', '-i'], { environment: { PS1: '' } });
  terminal.type('PS1=; echo "he""re"\n');
  await terminal.says(/^here/m);
  return { terminal, bash: await terminal.leader() };
}

/** The shell still reads what is typed, and leaves well: nothing took the terminal from it, or stopped it. */
async function leaveWell(terminal: Terminal): Promise<void> {
  terminal.type('echo "us""able"; exit 0\n');
  await terminal.says(/usable/);
  terminal.type('exit 0\n'); // once more, should there be stopped jobs
  expect(await terminal.ended).toMatchObject({ status: 0 });
}

describeWith([whyNoCompiler, missing('bash')], 'under an interactive shell', () => {
  it('a background job steals nothing', async () => {
    const { terminal, bash } = await shell();
    terminal.type(`sexton ${WAITER} &\n`);
    await terminal.says(/^ready/m);
    expect(jobOf(bash)?.foreground).toBe(bash);
    terminal.type('kill %1; wait %1; echo "status=$?"\n');
    await terminal.says(/status=143/);
    await leaveWell(terminal);
  });

  it('the terminal is given back, so that what comes after sexton in a script reads it', async () => {
    const { terminal } = await shell();
    terminal.type(`sh -c 'sexton true; echo "rea""dy"; read x; echo "got $x"'\n`);
    await terminal.says(/^ready/m);
    terminal.type('typed\n');
    await terminal.says(/^got typed/m);
    await leaveWell(terminal);
  });

  it('the terminal is given back by a program that could not be started', async () => {
    const { terminal } = await shell();
    terminal.type(`sh -c 'sexton /nonexistent; echo "rea""dy"; read x; echo "got $x"'\n`);
    await terminal.says(/^ready/m);
    terminal.type('typed\n');
    await terminal.says(/^got typed/m);
    await leaveWell(terminal);
  });

  it('in the place of dumb-init, which takes SIGTTOU, it writes in the background in spite of tostop', async () => {
    const { terminal } = await shell();
    const link = join(temporaryFolder(), 'dumb-init');
    symlinkSync(sexton.at(-1)!, link);
    terminal.type(`stty tostop; ${[...sexton.slice(0, -1), link].join(' ')} -v sleep 0.1 &\n`);
    await terminal.says(/^\[dumb-init\] Child exited with status 0\. Goodbye\./m);
    await leaveWell(terminal);
  });

  it('a background job that is PID 1 of a namespace steals nothing', async () => {
    const { terminal, bash } = await shell();
    terminal.type(`unshare --pid --fork --kill-child sexton ${WAITER} &\n`);
    await terminal.says(/^ready/m);
    expect(jobOf(bash)?.foreground).toBe(bash);
    terminal.type('kill -KILL %1; wait %1; echo "do""ne"\n');
    await terminal.says(/done/);
    await leaveWell(terminal);
  });

  it.each([
    ['', 'sexton cat'],
    [' through a shell as npm puts one between', "sh -c 'sexton cat; :'"],
    [' whose orphans are inspected', 'sexton -w cat'],
    [' in a pipeline', 'echo piped | sexton cat - /dev/tty'],
  ])('Ctrl-Z stops the whole job%s, and fg continues it with the terminal', async (_, job) => {
    const { terminal, bash } = await shell();
    terminal.type(`${job}\n`);
    const program = await until(() => descendant(bash, 'cat'));
    terminal.type('one\n');
    await terminal.says(/^one$/m);
    terminal.type(CTRL_Z);
    await terminal.says(/Stopped/);
    await until(() => jobOf(bash)?.foreground === bash);
    expect(jobOf(program)?.state).toBe('T');
    terminal.type('fg\n');
    await until(() => jobOf(program)?.foreground === jobOf(program)?.group);
    terminal.type('two\n');
    await terminal.says(/^two$/m);
    terminal.type(CTRL_Z);
    await until(() => jobOf(bash)?.foreground === bash);
    terminal.type('fg\n');
    await until(() => jobOf(program)?.foreground === jobOf(program)?.group);
    terminal.type(`three\n${CTRL_D}`);
    await terminal.says(/^three$/m);
    await until(() => jobOf(bash)?.foreground === bash);
    await leaveWell(terminal);
  });

  it('bg continues it without the terminal, and fg then gives Ctrl-C to it', async () => {
    const { terminal, bash } = await shell();
    terminal.type(`sexton ${WAITER}\n`);
    await terminal.says(/^ready/m);
    terminal.type(CTRL_Z);
    await terminal.says(/Stopped/);
    terminal.type('bg\n');
    await terminal.says(/^continued/m);
    expect(jobOf(bash)?.foreground).toBe(bash);
    terminal.type('fg; echo "status=$?"\n');
    await until(() => jobOf(bash)?.foreground !== bash);
    terminal.type(CTRL_C);
    await terminal.says(/^status=130/m);
    await leaveWell(terminal);
  });

  it('a background job brought to the front reads the terminal at once', async () => {
    const { terminal, bash } = await shell();
    terminal.type(`sexton ${WAITER.replace('sleep 30 & wait', 'read line; echo "got $line"')} &\n`);
    // It reads, and so is stopped, and sexton with it.
    const program = await until(() => descendant(descendant(bash, 'sexton'), 'sh'));
    await until(() => jobOf(program)?.state === 'T');
    // A shell that has not heard of it yet would send no SIGCONT.
    terminal.type('until [[ $(jobs) == *Stopped* ]]; do sleep 0.01; done; echo "he""ard"\n');
    await terminal.says(/^heard/m);
    terminal.type('fg\n');
    await until(() => jobOf(program)?.foreground === jobOf(program)?.group);
    terminal.type('typed\n');
    await terminal.says(/^got typed/m);
    terminal.type(CTRL_C);
    await until(() => jobOf(bash)?.foreground === bash);
    await leaveWell(terminal);
  });

  it('a running background job that is brought to the front gets the terminal when it reads', async () => {
    const { terminal, bash } = await shell();
    const program = `sh -c 'trap "go=1" USR1; echo "rea""dy"; while [ -z "$go" ]; do sleep 0.1; done; read line; echo "got $line"'`;
    terminal.type(`sexton ${program} &\n`);
    await terminal.says(/^ready/m);
    const job = childrenOf(bash)[0]!;
    terminal.type('fg\n');
    await until(() => jobOf(bash)?.foreground === jobOf(job)?.group);
    process.kill(job, 'SIGUSR1');
    const reader = childrenOf(job)[0]!;
    await until(() => jobOf(reader)?.foreground === jobOf(reader)?.group);
    terminal.type('typed\n');
    await terminal.says(/^got typed/m);
    expect(terminal.stdout).not.toMatch(/Stopped/);
    await leaveWell(terminal);
  });

  it('Ctrl-C ends the program with 130, and not the script around it', async () => {
    const { terminal } = await shell();
    terminal.type(`sh -c 'sexton sh -c "echo rea\\"\\"dy; exec sleep 1000"; echo "status=$?"'\n`);
    await terminal.says(/^ready/m);
    terminal.type(CTRL_C);
    await terminal.says(/^status=130/m);
    await leaveWell(terminal);
  });

  it('the program reads /dev/tty while its stdin is a pipe', async () => {
    const { terminal } = await shell();
    terminal.type(`echo piped | sexton sh -c 'read a; echo "rea""dy"; read b </dev/tty; echo "$a and $b"'\n`);
    await terminal.says(/^ready/m);
    terminal.type('typed\n');
    await terminal.says(/^piped and typed/m);
    await leaveWell(terminal);
  });

  it('a program with a session of its own leaves the shell its terminal', async () => {
    const { terminal, bash } = await shell();
    terminal.type(`sexton --setsid ${WAITER}\n`);
    await terminal.says(/^ready/m);
    terminal.type(CTRL_C);
    await until(() => jobOf(bash)?.foreground === bash && childrenOf(bash).length === 0);
    await leaveWell(terminal);
  });
});

/** The first process below that runs this command. */
function descendant(pid: number | undefined, name: string): number | undefined {
  for (const child of pid === undefined ? [] : childrenOf(pid)) {
    const found = processName(child) === `${name}\n` ? child : descendant(child, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

function processName(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8');
  } catch {
    return undefined;
  }
}

describeWith([whyNoCompiler], 'without a shell that could continue it', () => {
  it('Ctrl-Z stops nothing, as it would not without an init', async () => {
    const terminal = new Terminal([...sexton, '--', 'sh', '-c', 'echo "rea""dy"; exec cat']);
    await terminal.says(/^ready/m);
    const leader = await terminal.leader();
    await until(() => descendant(leader, 'cat'));
    terminal.type('one\n');
    await terminal.says(/^one/m);
    terminal.type(CTRL_Z);
    terminal.type('two\n');
    await terminal.says(/^two/m);
    expect(jobOf(leader)?.state).not.toBe('T');
    terminal.type(CTRL_D);
    expect(await terminal.ended).toMatchObject({ status: 0 });
  });
});

describeWith(
  [whyNoCompiler, missing('bash'), isRoot ? undefined : 'takes root'],
  'as PID 1 of a namespace that the shell is not in',
  () => {
    it('the program gets the terminal with fg, not with bg', async () => {
      const { terminal, bash } = await shell();
      const program = `bash -c 'echo "rea""dy"; read x; echo "got $x"; read x; echo "and $x"'`;
      terminal.type(`unshare --pid --fork --mount-proc sexton -- ${program} &\n`);
      await terminal.says(/^ready/m);
      const init = await until(() => childrenOf(childrenOf(bash)[0]!)[0]);
      const stopped = await until(() => childrenOf(init)[0]);
      await until(() => jobOf(stopped)?.state === 'T');
      terminal.type('kill -CONT -$!; echo "sti""ll"\n');
      await terminal.says(/^still/m);
      await until(() => jobOf(stopped)?.state === 'T');
      terminal.type('fg\n');
      // The program may want it at this very moment, and have it at once.
      const holders = [jobOf(init)?.group, stopped];
      await until(() => holders.includes(jobOf(bash)?.foreground));
      process.kill(init, 'SIGCONT'); // the shell saw no stop, and sends none
      await until(() => jobOf(stopped)?.foreground === stopped);
      terminal.type('one\n');
      await terminal.says(/^got one/m);
      terminal.type('two\n');
      await terminal.says(/^and two/m);
      await leaveWell(terminal);
    });

    it('a terminal that the program does not want stays with the script', async () => {
      const { terminal } = await shell();
      terminal.type(`sh -c 'unshare --pid --fork --mount-proc sexton true; echo "rea""dy"; read x; echo "got $x"'\n`);
      await terminal.says(/^ready/m);
      terminal.type('typed\n');
      await terminal.says(/^got typed/m);
      await leaveWell(terminal);
    });
  },
);
