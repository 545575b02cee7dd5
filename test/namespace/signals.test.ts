import { chmodSync, copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { compile, temporaryFolder } from './c-fixture.ts';
import {
  type Container,
  descendant,
  describeWith,
  fixtures,
  isFastLane,
  isRoot,
  missing,
  node,
  nodeEntry,
  run,
  start,
  until,
  whyNoNamespaces,
} from './harness.ts';

const SIGHUP = 1;
const SIGUSR1 = 10;
const SIGUSR2 = 12;
const SIGTERM = 15;
const SIGCHLD = 17;
const SIGCONT = 18;
const SIGTSTP = 20;
const SIGTTIN = 21;
const SIGTTOU = 22;
const SIGWINCH = 28;
const FAULTS = [4, 5, 6, 7, 8, 11, 31];
const FORWARDED = [...Array(65).keys()].filter(
  signal => signal > 0 && ![9, SIGCHLD, 19, SIGTTIN, SIGTTOU, 32, 33].includes(signal),
);

/** How many signals a test may have waiting: beyond `ulimit -i` for one user, kill(2) silently sends none. */
const queueable: number = (() => {
  const limit = /^Max pending signals\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
  return limit === undefined ? Infinity : Math.floor(Number(limit) / 4);
})();

/** What the recorder of that name has said it got, in order. */
function received(container: Container, name = 'main'): number[] {
  return [...container.stdout.matchAll(new RegExp(`^${name} (\\d+)$`, 'gm'))].map(match => Number(match[1]));
}

describeWith([whyNoNamespaces, missing('gcc')], 'signals to PID 1', () => {
  const folder = temporaryFolder();
  const recorder = compile('recorder', folder);
  const flood = compile('flood', folder);
  const foreign = compile('foreign', folder);
  const forge = compile('forge', folder);
  let container: Container;
  afterEach(() => container.end());

  /** A recorder called main as the program, ready. */
  async function startRecorder(options: readonly string[], more: Parameters<typeof start>[1] = {}): Promise<void> {
    container = await start([...options, '--', recorder, 'main'], more);
    await container.says(/main ready/);
    await container.listening();
  }

  /** A recorder that counts, with a flood of signals to PID 1. */
  function flooded(times: number, signals: readonly number[]): string[] {
    return ['--', flood, String(times), ...signals.map(String), '--', recorder, 'main', 'count'];
  }

  async function passes(signal: number, as = signal): Promise<void> {
    const before = received(container).filter(one => one === as).length;
    container.kill(signal);
    await container.says(new RegExp(`(^main ${as}\n(.*\n)*?){${before + 1}}`, 'm'));
  }

  it('reach the program, every one of them that can', async () => {
    await startRecorder([]);
    for (const signal of FORWARDED) await passes(signal);
    expect(received(container)).toEqual(FORWARDED);
  });

  it('reach the program when a process in the container sends them, fault signals too', async () => {
    // Sent at once, a SIGTSTP makes the kernel forget a SIGCONT that waits.
    // In the fast lane the program may be there before Node, to whom fault signals are left while it boots.
    const early: readonly number[] = isFastLane ? FAULTS : [];
    const signals = FORWARDED.filter(signal => signal !== SIGCONT && !early.includes(signal));
    container = await start(flooded(1, signals));
    await container.says(new RegExp(`counts ${signals.map(signal => `${signal}:1`).join(' ')} end`));
  });

  it.each(['queue', 'io'])('reach it too when they claim to be of PID 1 itself or of the kernel: %s', async way => {
    const signals = FORWARDED.filter(signal => signal !== SIGCONT);
    container = await start(['--', forge, way, ...signals.map(String), '--', recorder, 'main', 'count']);
    await container.says(new RegExp(`counts ${signals.map(signal => `${signal}:1`).join(' ')} end`));
  });

  it('do not reach it when they are SIGCHLD, SIGTTIN or SIGTTOU', async () => {
    await startRecorder([]);
    for (const signal of [SIGCHLD, SIGTTIN, SIGTTOU]) container.kill(signal);
    await passes(SIGWINCH);
    expect(received(container)).toEqual([SIGWINCH]);
  });

  it('end nothing when they are 32 or 33, which belong to the C library', async () => {
    await startRecorder([]);
    for (const signal of [32, 33]) container.kill(signal);
    await passes(SIGHUP);
    expect(received(container)).toEqual([SIGHUP]);
  });

  it('do not end the init when they are fault signals from outside', async () => {
    await startRecorder(['-v']);
    for (const signal of [...FAULTS, SIGHUP]) await passes(signal);
    await container.says(/forwarded SIGHUP/, 'stderr');
    expect(
      container.stderr.match(/^sexton: forwarded SIG\w+ from outside the container to process group \d+$/gm),
    ).toHaveLength(FAULTS.length + 1);
  });

  it.each([
    ['sends itself SIGABRT', 'kill', 6],
    ['aborts', 'abort', 6],
    ['reads where nothing is', 'crash', 11],
    ['has no memory left for JavaScript', 'heap', 6],
  ])('end PID 1 alone, and are not forwarded, when it %s', async (_, fault, signal) => {
    const trigger = join(folder, 'trigger');
    await startRecorder([], {
      init: [node, '--max-old-space-size=32', '--require', join(fixtures, 'faults.cjs'), nodeEntry],
      environment: { PATH: process.env['PATH']!, FAULT: fault, TRIGGER: trigger },
    });
    writeFileSync(trigger, '');
    const { status } = await container.ended;
    rmSync(trigger);
    expect(status).toBe(128 + signal);
    expect(received(container)).toEqual([]);
  });

  it('leave WebAssembly its bounds checks, which are a SIGSEGV of PID 1', async () => {
    await startRecorder([], {
      init: [node, '--require', join(fixtures, 'faults.cjs'), nodeEntry],
      environment: { PATH: process.env['PATH']!, FAULT: 'wasm' },
    });
    await container.says(/^before: memory access out of bounds$/m);
    await container.says(/^after: memory access out of bounds$/m);
    await passes(11);
    await passes(SIGHUP);
    expect(received(container)).toEqual([11, SIGHUP]);
  });

  it('are counted when they come as a flood: every realtime signal arrives', async () => {
    const times = Math.min(20_000, queueable);
    container = await start(flooded(times, [34]));
    await container.says(new RegExp(`counts 34:${times} end`));
  });

  it('may become one when they are standard signals, as in the kernel, but none is forgotten', async () => {
    container = await start(flooded(2000, [1, 2, 10, 12, 15, 28, 64]));
    const match = await container.says(/counts 1:(\d+) 2:(\d+) 10:(\d+) 12:(\d+) 15:(\d+) 28:(\d+) 64:2000 end/);
    for (const count of match.slice(1)) expect(Number(count)).toBeLessThanOrEqual(2000);
  });

  it('are counted when more come than the pipe holds, while PID 1 cannot look', async context => {
    const realtime = 6000;
    if (queueable < realtime) return context.skip('ulimit -i is too low here');
    container = await start(['--', recorder, 'main', 'count']);
    await container.says(/main ready/);
    await container.listening();
    container.kill('SIGSTOP');
    // SIGCONT, and with it SIGTSTP, would wake it up too early.
    const standard = FORWARDED.filter(signal => signal < 32 && signal !== SIGCONT && signal !== SIGTSTP);
    for (let count = 0; count < realtime; count++) container.kill(40 + (count % 2));
    for (const signal of standard) container.kill(signal);
    container.kill('SIGCONT');
    const once = [...standard, SIGCONT].sort((a, b) => a - b).map(signal => `${signal}:1`);
    await container.says(new RegExp(`counts ${once.join(' ')} 40:${realtime / 2} 41:${realtime / 2} end`));
  });

  it('that cannot be delivered to a program of another user end nothing', async context => {
    if (!isRoot) return context.skip('a set-user-ID program takes root');
    const reason = missing('setpriv');
    if (reason) return context.skip(reason);
    const program = join(folder, 'set-user-id');
    copyFileSync(foreign, program);
    chmodSync(program, 0o4755);
    const wrapper = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
    if ((await run(['true'], { wrapper })).status !== 0) return context.skip('this Node is for root only');
    container = await start(['--', program], { wrapper });
    await container.says(/ready/);
    container.kill('SIGTERM');
    await container.says(
      /^sexton: warning: SIGTERM could not be sent to process group \d+: Operation not permitted$/m,
      'stderr',
    );
    container.kill('SIGHUP');
    await container.says(/^sexton: warning: SIGHUP could not be sent/m, 'stderr');
    process.kill((await until(() => descendant(container.pid, /set-user-id/)))!, 'SIGKILL');
    expect((await container.ended).status).toBe(137);
  });

  it('are named at -v with the process that sent them', async () => {
    container = await start([
      '-v',
      '--',
      'sh',
      '-c',
      'trap "echo got; exit 3" USR1; echo $$; kill -USR1 1; while :; do sleep 1; done',
    ]);
    const [, program] = await container.says(/^(\d+)$/m);
    expect((await container.ended).status).toBe(3);
    expect(container.stderr).toContain(`sexton: forwarded SIGUSR1 from ${program} (sh) to process group ${program}\n`);
    expect(container.stderr).toContain(`sexton: the program (${program}) exited with 3 after `);
  });

  it('are named at -v as coming from outside the container, and as what they became', async () => {
    await startRecorder(['-v', '-c', '-r', 'HUP:RTMIN+3', '-r', 'USR1:0']);
    const [, program] = await container.says(/main ready (\d+)/);
    await passes(SIGHUP, 37);
    await container.says(
      new RegExp(`^sexton: forwarded SIGHUP from outside the container as SIGRTMIN\\+3 to process ${program}$`, 'm'),
      'stderr',
    );
    container.kill('SIGUSR1');
    await container.says(/^sexton: did not forward SIGUSR1 from outside the container$/m, 'stderr');
    expect(container.stdout).toBe(`main ready ${program}\nmain 37\n`);
  });

  it('are JSON lines with --log-format json', async () => {
    await startRecorder(['-v', '--log-format', 'json']);
    const program = Number((await container.says(/main ready (\d+)/))[1]);
    await passes(SIGUSR2);
    await container.says(/\n/, 'stderr');
    expect(JSON.parse(container.stderr)).toEqual({
      level: 30,
      time: expect.any(Number),
      pid: 1,
      msg: `forwarded SIGUSR2 from outside the container to process group ${program}`,
      event: 'forwarded',
      signal: 'SIGUSR2',
      sender: 0,
      uid: expect.any(Number),
      sent: 'SIGUSR2',
      target: -program,
    });
  });

  it('come as others with --rewrite: by name, by number, realtime, dropped, the last word winning', async () => {
    const rewrites = ['TERM:QUIT', '1:2', 'sigrtmin+3:TERM', 'USR1:RTMAX', '12:0', 'WINCH:HUP', 'WINCH:URG', '6:8'];
    await startRecorder(rewrites.flatMap(rewrite => ['--rewrite', rewrite]));
    await passes(SIGTERM, 3);
    await passes(SIGHUP, 2);
    await passes(37, SIGTERM);
    await passes(SIGUSR1, 64);
    container.kill(SIGUSR2);
    await passes(SIGWINCH, 23);
    await passes(6, 8);
    await passes(34);
    expect(received(container)).toEqual([3, 2, SIGTERM, 64, 23, 8, 34]);
  });

  it('come as others by SEXTON_REWRITE, which the command line overrides', async () => {
    const environment = { PATH: process.env['PATH']!, SEXTON_REWRITE: 'TERM:QUIT,HUP:0,USR1:USR2' };
    await startRecorder(['-r', 'TERM:INT'], { environment });
    container.kill(SIGHUP);
    await passes(SIGTERM, 2);
    await passes(SIGUSR1, SIGUSR2);
    expect(received(container)).toEqual([2, SIGUSR2]);
  });

  it('cannot be rewritten to something that cannot be sent back: SIGSTOP stops the program, not the init', async () => {
    await startRecorder(['-r', 'TSTP:STOP']);
    container.kill('SIGTSTP');
    const program = (await until(() => descendant(container.pid, /recorder main/)))!;
    await until(() => /^State:\tT/m.test(readFileSync(`/proc/${program}/status`, 'utf8')));
    await passes(SIGCONT);
  });
});

describeWith([whyNoNamespaces, missing('gcc')], 'the scope of forwarding', () => {
  const recorder = compile('recorder', temporaryFolder());
  let container: Container;
  afterEach(() => container.end());

  /** main, a member of its process group, and one that left the group, all ready. */
  async function startThree(options: readonly string[], environment: Record<string, string> = {}): Promise<void> {
    const script = '"$0" member & "$0" escapee setsid & exec "$0" main';
    container = await start([...options, '--', 'sh', '-c', script, recorder], {
      environment: { PATH: process.env['PATH']!, ...environment },
    });
    for (const name of ['main', 'member', 'escapee']) await container.says(new RegExp(`^${name} ready`, 'm'));
  }

  /** Sends SIGUSR1 to PID 1, and then SIGUSR2 to each directly: what they got before that is all that they got. */
  async function reached(): Promise<string[]> {
    container.kill('SIGUSR1');
    await container.says(/^main 10$/m);
    const names = ['main', 'member', 'escapee'];
    for (const name of names) {
      process.kill((await until(() => descendant(container.pid, new RegExp(`recorder ${name}`))))!, 'SIGUSR2');
      await container.says(new RegExp(`^${name} 12$`, 'm'));
    }
    return names.filter(name => received(container, name).includes(10));
  }

  it("is the program's process group", async () => {
    await startThree([]);
    expect(await reached()).toEqual(['main', 'member']);
  });

  it('is the group with -g and --scope group', async () => {
    await startThree(['--scope', 'child', '-g']);
    expect(await reached()).toEqual(['main', 'member']);
  });

  it.each([['-c'], ['--single-child'], ['--scope=child']])('is the program alone with %s', async option => {
    await startThree([option]);
    expect(await reached()).toEqual(['main']);
  });

  it('is the program alone with SEXTON_SINGLE_CHILD=1', async () => {
    await startThree([], { SEXTON_SINGLE_CHILD: '1' });
    expect(await reached()).toEqual(['main']);
  });

  it('is everything with --scope all', async () => {
    await startThree(['-v', '--scope', 'all']);
    expect(await reached()).toEqual(['main', 'member', 'escapee']);
    await container.says(/^sexton: forwarded SIGUSR1 from outside the container to everything$/m, 'stderr');
  });

  it('is a session of its own with --setsid', async () => {
    await startThree(['--setsid']);
    const main = (await until(() => descendant(container.pid, /recorder main/)))!;
    const fields = readFileSync(`/proc/${main}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    // Session and group, seen from outside, are the program's pid.
    expect(fields.slice(2, 4)).toEqual([String(main), String(main)]);
    expect(await reached()).toEqual(['main', 'member']);
  });
});
