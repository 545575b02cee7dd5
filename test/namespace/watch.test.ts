import { afterEach, expect, it } from 'vitest';
import { compile, temporaryFolder } from './c-fixture.ts';
import { testCgroup, whyNoCgroup } from './cgroup.ts';
import {
  type Container,
  childrenOf,
  descendant,
  describeWith,
  missing,
  start,
  statusOf,
  until,
  whyNoNamespaces,
} from './harness.ts';

let container: Container | undefined;
afterEach(() => container?.end());

function threadsOf(pid: number): number {
  return Number(statusOf(pid)?.['Threads']);
}

describeWith([whyNoNamespaces, missing('gcc')], 'the watch for neglected zombies', () => {
  const folder = temporaryFolder();
  const zombies = compile('zombies', folder);

  it('names the parent of 200, once, and they are reaped when it dies', async () => {
    container = await start(['--watch', '2s', '--', 'sh', '-c', `${zombies} 200 & wait; exec sleep 1000`]);
    await container.says(/ready/);
    const before = performance.now();
    await container.says(
      /^sexton: warning: \d+ \(zombies\) does not wait for its children: \d+ zombies? \(zombies \d+\), the oldest \d s old; no init can reap them while it lives$/m,
      'stderr',
    );
    // One look sees them, another, soon after, is sure. With room for a busy machine.
    expect(performance.now() - before).toBeLessThan(2000 + 250 + 1500);
    const parent = descendant(container.pid, /zombies 200$/)!;
    expect(childrenOf(parent)).toHaveLength(200);
    const one = childrenOf(parent)[0]!;
    process.kill(parent, 'SIGKILL');
    await until(() => statusOf(one) === undefined);
    await until(() => childrenOf(container!.pid).length === 1);
    container.kill('SIGTERM');
    const { status, stderr } = await container.ended;
    expect(status).toBe(143);
    // A look may have come while they were being made.
    const counts = [...stderr.matchAll(/warning: .*: (\d+) zombies?/g)].map(([, count]) => Number(count));
    expect(counts.filter((count, index) => index > 0 && count < 2 * counts[index - 1]!)).toEqual([]);
    expect(counts).toHaveLength(stderr.match(/\n/g)!.length);
  });

  it('is an event in JSON, and silent with -q', async () => {
    container = await start(['--watch', '100ms', '--log-format', 'json', '--', zombies, '3']);
    const [line] = await container.says(/^.*does not wait.*$/m, 'stderr');
    expect(JSON.parse(line)).toMatchObject({
      level: 40,
      pid: 1,
      event: 'zombies',
      parent: expect.any(Number),
      // A look may have come while they were being made.
      zombies: expect.toSatisfy((count: number) => count >= 1 && count <= 3),
    });
    expect(line).toMatch(/"msg":"[^"]*","event":/);
    await container.end();
    container = await start(['--watch', '100ms', '-q', '--', zombies, '3']);
    await container.says(/ready/);
    await until(() => threadsOf(container!.pid) > 7);
    container.kill('SIGTERM');
    expect((await container.ended).stderr).toBe('');
  });

  it('looks only below itself when it is not PID 1', async () => {
    const stranger = await start(['--', zombies, '5'], { nested: true });
    await stranger.says(/ready/);
    container = await start(['--watch', '100ms', '--', zombies, '2'], { nested: true });
    await container.says(/does not wait.*2 zombies/, 'stderr');
    for (const init of [container, stranger]) {
      init.kill('SIGTERM');
      await init.ended;
    }
    // Its own may have been seen when there was one yet; the others are five.
    expect(container.stderr).not.toMatch(/[3-5] zombies/);
  });

  it('says that there is nothing to see without /proc', async () => {
    container = await start(['--watch', '100ms', '--', 'sleep', '1000'], {
      wrapper: ['sh', '-c', 'umount -l /proc && exec "$@"', 'sh'],
    });
    await container.says(/^sexton: warning: --watch: \/proc is not mounted, .*$/m, 'stderr');
    container.kill('SIGTERM');
    expect((await container.ended).status).toBe(143);
  });
});

/** The hierarchy in which a cgroup with a limit can be made. */
describeWith([whyNoNamespaces, missing('gcc'), whyNoCgroup('pids')], 'the watch for the number of processes', () => {
  const grow = compile('grow', temporaryFolder());
  const cgroup = testCgroup('pids', 50);
  const current = () => Number(cgroup.read('pids.current'));

  it('warns before anything is refused, and needs no thread for it', async () => {
    container = await start(['--watch', '100ms', '--control', '/dev/null', '--', grow], {
      wrapper: cgroup.join,
    });
    await container.says(/ready/);
    await container.says(/--control/, 'stderr');
    const program = childrenOf(container.pid)[0]!;
    const threads = threadsOf(container.pid);

    async function growTo(count: number): Promise<void> {
      while (current() < count) {
        const before = current();
        process.kill(program, 'SIGUSR1');
        await until(() => current() > before);
      }
    }

    await growTo(39);
    expect(container.stderr).not.toContain('in use');
    await growTo(41);
    await container.says(
      // 80 % are 40, should it look in between.
      /^sexton: warning: 4[01] of 50 processes and threads are in use \(8[02] %\), at the limit nothing can be started any more: \d+ \(grow\) has \d+ children,/m,
      'stderr',
    );
    await growTo(50);
    await container.says(/^sexton: warning: (48|49|50) of 50 processes and threads are in use/m, 'stderr');
    expect(container.stdout).not.toContain('refused');
    process.kill(program, 'SIGUSR1');
    await container.says(/refused/);
    expect(threadsOf(container.pid)).toBe(threads);
    container.kill('SIGTERM');
    expect((await container.ended).status).toBe(143);
  });
});
