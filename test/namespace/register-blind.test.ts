import { describe, expect, it } from 'vitest';
import { describeWith, isRoot, node, whyNoNamespaces } from './harness.ts';
import { startNode, startRegistered, whyNotBuilt } from './register-harness.ts';

/** PID 1, but /proc is the one of the namespace above. */
const FOREIGN = ['unshare', ...(isRoot ? [] : ['--user', '--map-root-user']), '--pid', '--fork', '--kill-child'];
/** Then no /proc at all: an empty file system is over it. */
const COVERED = [...FOREIGN, '--mount', 'sh', '-c', 'mount -t tmpfs none /proc && exec "$0" "$@"'];

const TELL = `
  import { adoptOrphans, status } from 'sexton';
  const write = text => process.getBuiltinModule('fs').writeSync(1, text + '\\n');
  const tell = () => write(JSON.stringify([status().active, status().reason]));
  const keepAlive = setInterval(() => {}, 1 << 30);
`;

describeWith([whyNoNamespaces, whyNotBuilt], 'sexton/register as PID 1 that cannot tell its orphans', () => {
  for (const [name, unshare, reason] of [
    ['/proc is of another namespace', FOREIGN, '/proc is that of another PID namespace'],
    ['/proc is not mounted', COVERED, '/proc/thread-self cannot be read: ENOENT'],
  ] as const)
    describe(name, () => {
      const options = { init: [...unshare, node], nested: true };

      it('still ends on SIGTERM, and warns once', async () => {
        const container = await startRegistered(
          `${TELL} adoptOrphans(); tell(); setImmediate(() => process.kill(1, 'SIGTERM'));`,
          options,
        );
        const { status, stdout, stderr } = await container.ended;
        expect({ status, stdout }).toEqual({ status: 143, stdout: `${JSON.stringify([false, reason])}\n` });
        expect(stderr.match(/SEXTON_CANNOT_REAP/g)).toHaveLength(1);
        expect(stderr).toContain(`orphans cannot be reaped, and stay zombies: ${reason}\n`);
      });

      it('gives the signals back, and keeps its reason, when it is stopped', async () => {
        const container = await startRegistered(
          `${TELL} adoptOrphans().stop(); tell(); write(process.listenerCount('SIGTERM')); process.exit();`,
          options,
        );
        expect((await container.ended).stdout).toBe(`${JSON.stringify([false, reason])}\n0\n`);
      });

      it('does nothing in a worker', async () => {
        const worker = `${TELL} adoptOrphans(); tell(); process.exit();`.replace(
          /import (.*) from 'sexton';/,
          "const $1 = require('sexton');",
        );
        const container = await startNode(
          [
            '--eval',
            `new (require('worker_threads').Worker)(${JSON.stringify(worker)}, { eval: true }).on('exit', () =>
              process.exit(process.listenerCount('SIGTERM')))`,
          ],
          options,
        );
        const text = JSON.stringify([false, 'a worker thread: orphans go to the main thread']);
        expect(await container.ended).toEqual({ status: 0, stdout: `${text}\n`, stderr: '' });
      });
    });

  it('another architecture than those whose siginfo_t it knows', async () => {
    const container = await startNode([
      '--input-type=module',
      '--eval',
      `${TELL} Object.defineProperty(process, 'arch', { value: 'ia32' }); adoptOrphans(); tell(); setImmediate(() => process.kill(1, 'SIGTERM'));`,
    ]);
    const { status, stdout } = await container.ended;
    expect({ status, stdout }).toEqual({
      status: 143,
      stdout: `${JSON.stringify([false, 'orphans are reaped on x64 and arm64 only, this is ia32'])}\n`,
    });
  });
});
