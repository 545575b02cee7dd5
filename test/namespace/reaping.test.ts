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

function zombiesOf(pid: number): number[] {
  return childrenOf(pid).filter(child => statusOf(child)?.['State']?.startsWith('Z'));
}

describeWith([whyNoNamespaces, missing('gcc')], 'reaping', () => {
  const folder = temporaryFolder();
  const orphans = compile('orphans', folder);
  const together = compile('together', folder);
  const neglect = compile('neglect', folder);
  const brief = compile('brief', folder);
  let container: Container | undefined;
  afterEach(() => container?.end());

  it('takes every one of 5,000 orphans that end at once, while the program lives on', async () => {
    container = await start(['--', orphans, '5000']);
    await container.says(/ready/);
    const { pid } = container;
    await until(() => childrenOf(pid).length === 5001);
    container.kill('SIGUSR1');
    await container.says(/released/);
    await until(() => childrenOf(pid).length === 1);
    expect(zombiesOf(pid)).toEqual([]);
    container.kill('SIGTERM');
    // The orphans' own statuses, from 0 to 255, are nobody's.
    expect(await container.ended).toEqual({ status: 7, stdout: 'ready\nreleased\n', stderr: '' });
  });

  it('forwards signals in the middle of a storm of orphans', async () => {
    container = await start([
      '--',
      'sh',
      '-c',
      'trap "echo stopped; exit 3" TERM; echo ready; while :; do (sh -c : &); done',
    ]);
    await container.says(/ready/);
    container.kill('SIGTERM');
    expect((await container.ended).status).toBe(3);
  });

  it('never misses the end of the program when an orphan ends with it', async () => {
    for (let code = 0; code < 30; code++)
      expect(await run(['--', together, String(code)])).toEqual({ status: code, stdout: '', stderr: '' });
  }, 120_000);

  it('finds all that have ended behind a single SIGCHLD', async () => {
    container = await start(['--', orphans, '50']);
    await container.says(/ready/);
    const { pid } = container;
    // While PID 1 is stopped, the signals of all the children and of the program become one.
    container.kill('SIGSTOP');
    await until(() => statusOf(pid)?.['State']?.startsWith('T'));
    process.kill(main(), 'SIGUSR1');
    await container.says(/released/);
    process.kill(main(), 'SIGTERM');
    await until(() => zombiesOf(pid).length === 51);
    container.kill('SIGCONT');
    expect((await container.ended).status).toBe(7);
  });

  it('takes a program that ends within microseconds of its start', async () => {
    for (let count = 0; count < 10; count++)
      expect(await run(['--', brief])).toEqual({ status: 9, stdout: '', stderr: '' });
  }, 120_000);

  it('takes a daemon, which forks twice and leaves, and says nothing', async () => {
    container = await start(['sh', '-c', 'sh -c "sleep 1000 & echo \\$!"; exec sleep 1000']);
    await container.says(/\d+/);
    const daemon = await until(() => childrenOf(container!.pid).find(child => child !== main()));
    process.kill(daemon, 'SIGKILL');
    await until(() => childrenOf(container!.pid).length === 1);
    expect(statusOf(daemon)).toBeUndefined();
    container.kill('SIGTERM');
    expect(await container.ended).toMatchObject({ status: 143, stderr: '' });
  });

  it('takes a zombie as soon as the parent that neglected it is gone', async () => {
    container = await start(['--', neglect]);
    await container.says(/ready/);
    const parent = await until(() => childrenOf(main())[0]);
    expect(zombiesOf(parent)).toHaveLength(1);
    const zombie = childrenOf(parent)[0]!;
    process.kill(parent, 'SIGKILL');
    // The parent itself is the program's to reap, which does not.
    await until(() => statusOf(zombie) === undefined);
    expect(zombiesOf(container.pid)).toEqual([]);
  });

  it('names each orphan with -w, how it ended and how old it was, but not the program', async () => {
    container = await start(['--warn-on-reap', '--', orphans, '2']);
    await container.says(/ready/);
    const [, first, second] = await until(() => {
      const children = childrenOf(container!.pid);
      return children.length === 3 && children;
    });
    process.kill(first!, 'SIGKILL');
    await container.says(
      /^sexton: warning: reaped orphan \d+ \(orphans\): was killed by SIGKILL, [\d.]+ m?s old$/m,
      'stderr',
    );
    process.kill(second!, 45);
    await container.says(/^sexton: warning: reaped orphan \d+ \(orphans\): was killed by SIGRTMIN\+11, /m, 'stderr');
    container.kill('SIGTERM');
    const { status, stderr } = await container.ended;
    expect(status).toBe(7);
    expect(stderr.match(/\n/g)).toHaveLength(2);
  });

  it('reports each orphan of a storm with -w, or counts those for whose lines there was no room', async () => {
    container = await start(['-w', '--report', '--', orphans, '200']);
    await container.says(/ready/);
    container.kill('SIGUSR1');
    await container.says(/released/);
    await until(() => childrenOf(container!.pid).length === 1);
    container.kill('SIGTERM');
    const { stderr } = await container.ended;
    const codes = [...stderr.matchAll(/: exited with (\d+)(?:,|$)/gm)].map(match => Number(match[1]));
    const lost = Number(/^sexton: report: lines that nobody took from our log: (\d+)$/m.exec(stderr)?.[1] ?? 0);
    expect(new Set(codes).size).toBe(codes.length);
    expect(codes.length + lost).toBe(200);
    expect(codes.length).toBeGreaterThan(100);
  });

  it('names orphans as JSON too', async () => {
    container = await start(['-w', '--log-format', 'json', '--', orphans, '1']);
    await container.says(/ready/);
    container.kill('SIGUSR1');
    await container.says(/\n/, 'stderr');
    expect(JSON.parse(container.stderr)).toEqual({
      level: 40,
      time: expect.any(Number),
      pid: 1,
      msg: expect.stringMatching(/^reaped orphan \d+ \(orphans\): exited with 0, /),
      event: 'reaped',
      orphan: expect.any(Number),
      name: 'orphans',
      status: 0,
      age: expect.any(Number),
    });
  });

  it('is done for orphans below us where sexton is not PID 1, unless that was refused', async () => {
    const script = 'sh -c "sleep 1000 & :"; echo ready; exec sleep 1000';
    for (const [options, isAdopted] of [
      [[], true],
      [['-s'], true],
      [['--no-subreaper'], false],
    ] as const) {
      // A sexton below a sexton: what the inner one does not take goes to the outer one.
      container = await start(['--', ...sexton, ...options, 'sh', '-c', script]);
      await container.says(/ready/);
      const nested = (await until(() => descendant(container!.pid, /sexton/)))!;
      await until(() => childrenOf(isAdopted ? nested : container!.pid).length === 2);
      await container.end();
    }
  });

  function main(): number {
    return descendant(container!.pid, /./)!;
  }
});
