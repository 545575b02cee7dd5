/** Signals at rest, when the native part passes them on in the moment in which they come. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { compile, temporaryFolder } from './c-fixture.ts';
import { type Container, describeWith, missing, start, until, whyNoNamespaces } from './harness.ts';

describeWith([whyNoNamespaces, missing('gcc')], 'at rest a signal', () => {
  const folder = temporaryFolder();
  const recorder = compile('recorder', folder);
  const flood = compile('flood', folder);
  const signalThread = compile('signal-thread', folder);
  let container: Container;
  afterEach(() => container.end());

  async function startRecorder(options: readonly string[]): Promise<void> {
    container = await start([...options, '--', recorder, 'main']);
    await container.says(/main ready/);
    await container.resting();
  }

  /** It may have ended a moment ago. */
  function killIfThere(signal: NodeJS.Signals): void {
    try {
      container.kill(signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  const received = () => [...container.stdout.matchAll(/^main (\d+)$/gm)].map(([, signal]) => Number(signal));

  it.each([[[]], [['-v']], [['-c']], [['--scope', 'all']], [['--stop-timeout', '1h']]])(
    'reaches the program, each of them, with %j',
    async options => {
      await startRecorder(options);
      const signals = Array.from({ length: 64 }, (_, index) => index + 1).filter(
        signal => ![9, 17, 19, 21, 22, 32, 33].includes(signal),
      );
      for (const [index, signal] of signals.entries()) {
        container.kill(signal);
        await until(() => received().length === index + 1);
      }
      expect(received()).toEqual(signals);
    },
  );

  it('stays ignored, if it is SIGTTIN or SIGTTOU', async () => {
    await startRecorder(['-v']);
    for (const signal of ['SIGTTIN', 'SIGTTOU', 'SIGHUP'] as const) container.kill(signal);
    await container.says(/^main 1$/m);
    expect(received()).toEqual([1]);
  });

  it('that comes again and again holds no deadline up, be it a fault signal', async () => {
    await startRecorder(['--stop-timeout', '300ms']);
    container.kill('SIGTERM');
    let isOver = false;
    void container.ended.then(() => {
      isOver = true;
    });
    for (let times = 0; !isOver; times++) {
      if (times > 500) throw new Error('SIGKILL never came');
      killIfThere('SIGABRT');
      await new Promise(resolve => setTimeout(resolve, 50));
    }
    expect((await container.ended).status).toBe(137);
  });

  it('comes as another, or not at all, with --rewrite', async () => {
    await startRecorder(['-r', 'HUP:RTMIN+3', '-r', 'USR1:0']);
    for (const signal of ['SIGUSR1', 'SIGHUP'] as const) container.kill(signal);
    await container.says(/^main 37$/m);
    expect(received()).toEqual([37]);
  });

  it('is named at -v with its sender, and before the end of the program that it causes', async () => {
    container = await start(['-v', '--', 'sh', '-c', 'echo $$; exec sleep 1000']);
    const [, program] = await container.says(/^(\d+)$/m);
    await container.resting();
    container.kill('SIGTERM');
    const { status, stderr } = await container.ended;
    expect(status).toBe(143);
    expect(stderr.split('\n').slice(0, 2)).toEqual([
      `sexton: forwarded SIGTERM from outside the container to process group ${program}`,
      expect.stringMatching(
        /^sexton: the program \(\d+\) was killed by SIGTERM after .*: it came from outside the container;/,
      ),
    ]);
  });

  it.each([[[]], [['-v']]])(
    'is counted when it comes as a flood: every realtime signal arrives, with %j',
    async options => {
      const times = 5000;
      const go = join(folder, `go-${options.length}`);
      execFileSync('mkfifo', [go]);
      const script = `read go < ${go} && exec ${flood} ${times} 34 40 -- ${recorder} main count`;
      container = await start([...options, '--', 'sh', '-c', script]);
      await container.resting();
      writeFileSync(go, 'go\n');
      rmSync(go);
      await container.says(new RegExp(`counts 34:${times} 40:${times} end`));
    },
  );

  it('reaches the program when another thread of ours got it', async () => {
    await startRecorder([]);
    const tasks = `/proc/${container.pid}/task`;
    // The thread that opens Node's debugger has every signal blocked.
    const threads = readdirSync(tasks).filter(thread =>
      /^SigBlk:\t0{8}/m.test(readFileSync(`${tasks}/${thread}/status`, 'utf8')),
    );
    expect(threads.length).toBeGreaterThan(1);
    for (const [index, thread] of threads.entries()) {
      execFileSync(signalThread, [String(container.pid), thread, String(34 + index)]);
      await container.says(new RegExp(`^main ${34 + index}$`, 'm'));
    }
  });
});
