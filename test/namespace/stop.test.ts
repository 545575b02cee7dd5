import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { compile, temporaryFolder } from './c-fixture.ts';
import {
  type Container,
  childrenOf,
  descendant,
  describeWith,
  missing,
  start,
  until,
  whyNoNamespaces,
} from './harness.ts';

describeWith([whyNoNamespaces, missing('gcc')], 'a stop', () => {
  const recorder = compile('recorder', temporaryFolder());
  let container: Container;
  afterEach(() => container.end());

  /** main, which ignores every signal unless told otherwise, ready. */
  async function startRecorder(options: readonly string[], ...words: string[]): Promise<void> {
    container = await start([...options, '--', recorder, 'main', ...words]);
    await container.says(/main ready/);
  }

  async function passes(signal: NodeJS.Signals, line: RegExp): Promise<void> {
    container.kill(signal);
    await container.says(line);
  }

  it('of an idle program takes less than 100 ms', async () => {
    const durations: number[] = [];
    // The best of a few, since the machine may be busy with something else.
    while (durations.length < 10 && !durations.some(duration => duration < 100)) {
      await startRecorder(['--stop-timeout', '10s', '--wait', 'all'], 'tidy=0', 'status=3');
      const begin = performance.now();
      container.kill('SIGTERM');
      expect(await container.ended).toMatchObject({ status: 3, stderr: '' });
      durations.push(performance.now() - begin);
    }
    expect(Math.min(...durations)).toBeLessThan(100);
  });

  it('is held back for --stop-delay while other signals pass, until a second stop signal', async () => {
    await startRecorder(['-v', '--stop-delay', '1h']);
    container.kill('SIGTERM');
    await container.says(/^sexton: holding SIGTERM from outside the container back for 1 h$/m, 'stderr');
    await passes('SIGHUP', /^main 1$/m);
    await passes('SIGINT', /^main 2$/m);
    expect(container.stdout).not.toMatch(/^main 15$/m);
    await passes('SIGTERM', /^main 15$/m);
    // The first went with the second, and a third is no longer held back.
    await passes('SIGTERM', /^main 15\nmain 15$/m);
    await passes('SIGUSR1', /^main 10$/m);
    expect(container.stdout).toMatch(/ready \d+\nmain 1\nmain 2\nmain 15\nmain 15\nmain 10\n$/);
  });

  it('is passed on at the end of --stop-delay', async () => {
    await startRecorder(['--stop-delay', '300ms', '-r', 'TERM:QUIT']);
    const begin = performance.now();
    await passes('SIGTERM', /^main 3$/m);
    expect(performance.now() - begin).toBeGreaterThan(295);
    await passes('SIGHUP', /^main 1$/m);
    expect(container.stdout).toMatch(/ready \d+\nmain 3\nmain 1\n$/);
  });

  it('is over at once when the program ends while its signal is held back', async () => {
    await startRecorder(['--stop-delay', '1h', '-r', 'HUP:TERM'], 'tidy=0', 'status=4');
    container.kill('SIGTERM');
    container.kill('SIGHUP');
    expect(await container.ended).toMatchObject({ status: 4, stderr: '' });
  });

  it.each(['group', 'all'])('is waited for by a process whose main thread alone has ended: --wait %s', async wait => {
    const mainless = compile('mainless', temporaryFolder());
    const script = '"$0" 1500 & while grep -q "^State:.[^Z]" /proc/$!/status; do sleep 0.01; done; exit 3';
    container = await start(['--wait', wait, '--', 'sh', '-c', script, mainless]);
    expect(await container.ended).toEqual({ status: 3, stdout: 'ready\nworked\n', stderr: '' });
  });

  it.skipIf(missing('prlimit')).each(['group', 'all'])(
    'is waited for where /proc can be listed, but nothing in it be read: --wait %s',
    async wait => {
      const isToEnd = join(temporaryFolder(), 'is-to-end');
      // So PID 1 has one descriptor left.
      const script = `"$0" member tidy=800 & until [ -e "$1" ]; do sleep 0.05; done
      n=0; while [ -L /proc/1/fd/$n ]; do n=$((n + 1)); done
      prlimit --pid 1 --nofile=$((n + 1)): || exit 9; exit 3`;
      container = await start(['--wait', wait, '--', 'sh', '-c', script, recorder, isToEnd]);
      await container.says(/^member ready/m);
      // On the way to its rest it has another open, which would be left too.
      await container.resting();
      writeFileSync(isToEnd, '');
      const { status, stdout } = await container.ended;
      expect(status).toBe(3);
      expect(stdout).toMatch(/^member tidied$/m);
    },
  );

  it('begins with the signal of --stop-signal, and with no other', async () => {
    await startRecorder(['--stop-signal', 'QUIT', '--stop-delay', '1h', '-v']);
    await passes('SIGTERM', /^main 15$/m);
    container.kill('SIGQUIT');
    await container.says(/holding SIGQUIT/, 'stderr');
    await passes('SIGQUIT', /^main 3$/m);
  });

  it('begins with the signal that was received, whatever it is rewritten to', async () => {
    await startRecorder([
      '--stop-signal',
      'RTMIN+3',
      '-r',
      'RTMIN+3:TERM',
      '-r',
      'HUP:RTMIN+3',
      '--stop-delay',
      '100ms',
    ]);
    await passes('SIGHUP', /^main 37$/m);
    container.kill(37);
    await container.says(/^main 15$/m);
  });

  it('kills what has not gone by --stop-timeout, and names it first', async () => {
    container = await start(['--stop-timeout', '200ms', '--', 'sh', '-c', '"$0" member & exec "$0" main', recorder]);
    await container.says(/main ready/);
    await container.says(/member ready/);
    const begin = performance.now();
    container.kill('SIGTERM');
    const { status, stdout, stderr } = await container.ended;
    expect(performance.now() - begin).toBeGreaterThan(195);
    expect(status).toBe(137);
    expect(stdout).toMatch(/^main 15$/m);
    expect(stdout).toMatch(/^member 15$/m);
    expect(stderr).toMatch(
      /^sexton: warning: \d+ \(recorder\), \d+ \(recorder\) are still alive 200 ms after the stop signal: sending SIGKILL\n$/,
    );
  });

  it('kills without a word with --quiet', async () => {
    await startRecorder(['-q', '--stop-timeout', '50ms']);
    container.kill('SIGTERM');
    expect(await container.ended).toMatchObject({ status: 137, stderr: '' });
  });

  it('counts --stop-timeout from when the signal was passed on, and only then', async () => {
    await startRecorder(['--stop-delay', '1h', '--stop-timeout', '1ms']);
    container.kill('SIGTERM');
    for (let count = 0; count < 10; count++) {
      container.kill('SIGHUP');
      await container.says(new RegExp(`(main 1\n){${count + 1}}`));
    }
    container.kill('SIGTERM');
    expect((await container.ended).status).toBe(137);
  });

  it('does not begin with another signal: nothing is killed after SIGINT', async () => {
    await startRecorder(['--stop-timeout', '1ms']);
    await passes('SIGINT', /^main 2$/m);
    for (let count = 0; count < 10; count++) {
      container.kill('SIGHUP');
      await container.says(new RegExp(`(main 1\n){${count + 1}}`));
    }
    expect(container.stderr).toBe('');
  });

  it('kills only the program with --scope child, and everything with --scope all', async () => {
    container = await start([
      ...['-c', '--stop-timeout', '50ms', '--wait', 'group', '--wait-timeout', '1h', '--'],
      ...['sh', '-c', '"$0" member tidy=0 & exec "$0" main', recorder],
    ]);
    await container.says(/main ready/);
    await container.says(/member ready/);
    container.kill('SIGTERM');
    const outcome = await container.ended;
    expect(outcome.status).toBe(137);
    expect(outcome.stderr).toMatch(/^sexton: warning: \d+ \(recorder\) is still alive 50 ms after/);
    expect(outcome.stdout).toMatch(/^member tidied$/m);

    container = await start([
      ...['--scope', 'all', '--stop-timeout', '50ms', '--'],
      ...['sh', '-c', '"$0" escapee setsid & exec "$0" main', recorder],
    ]);
    await container.says(/main ready/);
    await container.says(/escapee ready/);
    container.kill('SIGTERM');
    expect((await container.ended).stderr).toMatch(/^sexton: warning: \d+ \(recorder\), \d+ \(recorder\) are still/);
  });

  it('kills a program that is stopped', async () => {
    await startRecorder(['--stop-timeout', '50ms', '-r', 'USR1:STOP']);
    container.kill('SIGUSR1');
    container.kill('SIGTERM');
    expect((await container.ended).status).toBe(137);
  });
});

describeWith([whyNoNamespaces, missing('gcc')], 'the wait for what the program leaves behind', () => {
  const recorder = compile('recorder', temporaryFolder());
  const neglect = compile('neglect', temporaryFolder());
  let container: Container;
  afterEach(() => container.end());

  /** A program that ends with 5 on SIGTERM, beside one that needs 300 ms to tidy up then. */
  async function startWith(options: readonly string[], sibling: string, ...words: string[]): Promise<void> {
    const script = `"$0" ${sibling} & exec "$0" main tidy=0 status=5`;
    container = await start([...options, ...words, '--', 'sh', '-c', script, recorder]);
    await container.says(/^main ready/m);
    await container.says(/^sibling ready/m);
  }

  it('is none by default: the container ends with the program', async () => {
    await startWith([], 'sibling tidy=300');
    container.kill('SIGTERM');
    const { status, stdout, stderr } = await container.ended;
    expect({ status, stderr }).toEqual({ status: 5, stderr: '' });
    expect(stdout).not.toContain('sibling tidied');
  });

  it('is none with -g: signals for the group are no wait for the group', async () => {
    await startWith(['-g', '--wait', 'main'], 'sibling tidy=300');
    container.kill('SIGTERM');
    const { status, stdout } = await container.ended;
    expect(status).toBe(5);
    expect(stdout).not.toContain('sibling tidied');
  });

  it.each(['group', 'all'])('with --wait %s lets a member of the group tidy up, and keeps the status', async wait => {
    await startWith(['--wait', wait], 'sibling tidy=300');
    container.kill('SIGTERM');
    const { status, stdout, stderr } = await container.ended;
    expect({ status, stderr }).toEqual({ status: 5, stderr: '' });
    expect(stdout).toContain('sibling tidied');
  });

  it.each(['group', 'all'])('with --wait %s sends SIGTERM when the program ends by itself', async wait => {
    await startWith(['-v', '-c', '-r', 'USR1:TERM', '--wait', wait], 'sibling');
    container.kill('SIGUSR1');
    await container.says(/^sibling 15$/m);
    await container.says(
      /^sexton: \d+ \(recorder\) is still alive after the program's end: sent SIGTERM, waiting$/m,
      'stderr',
    );
    process.kill((await until(() => descendant(container.pid, /recorder sibling/)))!, 'SIGKILL');
    expect((await container.ended).status).toBe(5);
  });

  it('with --wait all reaches what left the group, with --wait group not', async () => {
    await startWith(['--wait', 'all'], 'sibling setsid tidy=100');
    container.kill('SIGTERM');
    expect((await container.ended).stdout).toMatch(/^sibling 15\nsibling tidied$/m);

    await startWith(['--wait', 'group'], 'sibling setsid tidy=0');
    container.kill('SIGTERM');
    const { status, stdout } = await container.ended;
    expect(status).toBe(5);
    expect(stdout).not.toContain('sibling 15');
  });

  it.each(['group', 'all'])('with --wait %s ends at --wait-timeout with SIGKILL and names', async wait => {
    await startWith(['--wait', wait, '--wait-timeout', '200ms'], 'sibling');
    const begin = performance.now();
    container.kill('SIGTERM');
    const { status, stderr } = await container.ended;
    expect(performance.now() - begin).toBeGreaterThan(195);
    expect(status).toBe(5);
    expect(stderr).toMatch(
      /^sexton: warning: \d+ \(recorder\) is still alive 200 ms after the program's end: sending SIGKILL\n$/,
    );
  });

  it.each(['group', 'all'])('with --wait %s passes further signals to those who remain', async wait => {
    await startWith(['-v', '--wait', wait], 'sibling');
    container.kill('SIGTERM');
    await container.says(/is still alive after the program's end/, 'stderr');
    container.kill('SIGUSR1');
    await container.says(/^sibling 10$/m);
    const line =
      wait === 'all' ? /forwarded SIGUSR1 .* to everything$/m : /forwarded SIGUSR1 .* to process group \d+$/m;
    await container.says(line, 'stderr');
    process.kill((await until(() => descendant(container.pid, /recorder sibling/)))!, 'SIGKILL');
    expect((await container.ended).status).toBe(5);
  });

  it.each(['group', 'all'])('with --wait %s is over at once when nobody is left', async wait => {
    container = await start(['--wait', wait, '--wait-timeout', '1h', '--', 'sh', '-c', 'exit 6']);
    expect(await container.ended).toEqual({ status: 6, stdout: '', stderr: '' });
  });

  it('does not count a zombie as alive that nobody can reap', async () => {
    container = await start(['--wait', 'group', '--', neglect]);
    await container.says(/ready/);
    container.kill('SIGTERM');
    expect(await container.ended).toEqual({ status: 143, stdout: 'ready\n', stderr: '' });
  });

  it('reaps meanwhile', async () => {
    await startWith(['--wait', 'all', '-v'], 'sibling & sleep 1000');
    container.kill('SIGTERM');
    await container.says(/still alive after the program's end/, 'stderr');
    await until(() => childrenOf(container.pid).length === 1);
    process.kill(childrenOf(container.pid)[0]!, 'SIGKILL');
    expect((await container.ended).status).toBe(5);
  });

  it('comes after a stop with its own time limits', async () => {
    await startWith(['--stop-timeout', '1h', '--wait', 'group', '--wait-timeout', '50ms', '-e', '5:0'], 'sibling');
    container.kill('SIGTERM');
    const { status, stderr } = await container.ended;
    expect(status).toBe(0);
    expect(stderr).toMatch(/is still alive 50 ms after the program's end/);
  });
});
