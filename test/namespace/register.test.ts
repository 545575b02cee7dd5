import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { compile, temporaryFolder, whyNoCompiler } from './c-fixture.ts';
import { type Container, childrenOf, describeWith, statusOf, until, whyNoNamespaces } from './harness.ts';
import { startNode, startRegistered, whyNotBuilt } from './register-harness.ts';

describeWith([whyNoNamespaces, whyNoCompiler, whyNotBuilt], 'sexton/register', () => {
  const scatter = compile('scatter', temporaryFolder());
  const mainless = compile('mainless', temporaryFolder());
  let container: Container | undefined;
  afterEach(() => container?.end());

  /** `await scatter(code, count)` runs it to its end; gives its status. */
  const PRELUDE = `
    import { spawn } from 'node:child_process';
    import { adoptOrphans, status } from 'sexton';
    const write = text => process.getBuiltinModule('fs').writeSync(1, text + '\\n');
    const scatter = (code, count) => new Promise(resolve => spawn('${scatter}', [code, count], { stdio: 'ignore' }).on('exit', (code, signal) => resolve(code ?? signal)));
    const until = async look => { while (!look()) await new Promise(resolve => setTimeout(resolve, 10)); };
    const keepAlive = setInterval(() => {}, 1 << 30);
  `;

  it('reaps every orphan, and leaves the children of the program to it', async () => {
    container = await startRegistered(`${PRELUDE}
      write('own ' + await scatter(7, 20));
      await until(() => status().orphans.reaped === 20);
      write(JSON.stringify(status()));
      process.exit(3);`);
    const { status, stdout } = await container.ended;
    expect(status).toBe(3);
    const [own, told] = stdout.split('\n');
    expect(own).toBe('own 7');
    expect(JSON.parse(told!)).toMatchObject({
      pid: 1,
      active: true,
      // Their statuses are 0 to 19.
      orphans: {
        reaped: 20,
        failed: 19,
        killed: 0,
        commands: [{ name: 'scatter', reaped: 20, failed: 19, killed: 0 }],
      },
      neglected: [],
    });
  });

  it('tells of each orphan by an event and on a channel', async () => {
    container = await startRegistered(`${PRELUDE}
      import { subscribe } from 'node:diagnostics_channel';
      subscribe('sexton:orphan:reaped', ({ name }) => write('channel ' + name));
      adoptOrphans().on('orphan', orphan => write('event ' + JSON.stringify(orphan)));
      spawn('sh', ['-c', 'sh -c "kill -9 \\\\$\\\\$" & sh -c "exit 5" &'], { stdio: 'ignore' });
      await until(() => status().orphans.reaped === 2);
      setImmediate(() => process.exit());`);
    const { stdout } = await container.ended;
    expect(stdout.match(/^channel sh$/gm)).toHaveLength(2);
    expect(stdout).toMatch(/^event \{"pid":\d+,"name":"sh","exitCode":null,"signalCode":"SIGKILL"\}$/m);
    expect(stdout).toMatch(/^event \{"pid":\d+,"name":"sh","exitCode":5,"signalCode":null\}$/m);
  });

  it('goes on when a listener throws', async () => {
    container = await startRegistered(`${PRELUDE}
      process.on('uncaughtException', error => write(error.message));
      adoptOrphans().on('orphan', () => { throw new Error('no') });
      await scatter(0, 3);
      await until(() => status().orphans.reaped === 3);
      await scatter(0, 1);
      await until(() => status().orphans.reaped === 4);
      setImmediate(() => process.exit());`);
    expect((await container.ended).stdout).toBe('no\n'.repeat(4));
  });

  it('reaps what a worker leaves behind, though no signal tells of it', async () => {
    container = await startRegistered(`${PRELUDE}
      import { Worker } from 'node:worker_threads';
      const worker = new Worker(\`
        const { spawn } = require('child_process');
        for (let i = 0; i < 5; i++) spawn('true');
        require('worker_threads').parentPort.postMessage('blocked');
        for (;;);
      \`, { eval: true, execArgv: [] });
      worker.on('message', () => write('blocked'));
      process.once('SIGUSR2', () => worker.terminate());
      await until(() => status().orphans.reaped === 5);
      process.exit(9);`);
    await container.says(/blocked/);
    const { pid } = container;
    const isZombie = (child: number) => statusOf(child)?.['State']?.startsWith('Z');
    const ofWorker = () => readdirSync(`/proc/${pid}/task`).flatMap(thread => childrenOf(pid, thread).filter(isZombie));
    await until(() => ofWorker().length === 5);
    expect(childrenOf(pid)).toEqual([]);
    container.kill('SIGUSR2');
    expect((await container.ended).status).toBe(9);
  });

  it('loads no native code and does not run while there is no orphan', async () => {
    container = await startRegistered(`${PRELUDE}
      await scatter(0, 0);
      write('ready');`);
    await container.says(/ready/);
    const { pid } = container;
    expect(readFileSync(`/proc/${pid}/maps`, 'latin1')).not.toMatch(/koffi/);
    // The looks after the last SIGCHLD are over when there has been none for some time.
    const second = async () => {
      const before = wakeUps(pid);
      await new Promise(resolve => setTimeout(resolve, 1000));
      return wakeUps(pid) - before;
    };
    let least = Infinity;
    for (let tries = 0; tries < 5 && least > 3; tries++) least = Math.min(least, await second());
    expect(least).toBeLessThanOrEqual(3);
  });

  it('does not keep the program alive, with orphans dead or alive', async () => {
    container = await startRegistered(`${PRELUDE}
      await scatter(0, 200);
      clearInterval(keepAlive);
      process.on('exit', () => write('exit'));`);
    expect(await container.ended).toEqual({ status: 0, stdout: 'exit\n', stderr: '' });
  });

  it('reaps what was there before: children of the shell that executed Node in its place', async () => {
    container = await startNode(
      [
        '-c',
        `sh -c 'exit 3' & sleep 0.2 & exec "$0" "$@"`,
        process.env['SEXTON_TEST_NODE'] ?? process.execPath,
        '--import',
        'sexton/register',
        '--input-type=module',
        '--eval',
        `${PRELUDE}
        await until(() => status().orphans.reaped === 2);
        process.exit(4);`,
      ],
      { init: ['sh'] },
    );
    expect((await container.ended).status).toBe(4);
  });

  it('tells of a zombie that only the program could reap, and of no other', async () => {
    container = await startNode([
      '--input-type=module',
      '--eval',
      `${PRELUDE}
      import koffi from 'koffi';
      adoptOrphans({ neglect: 300 }).on('neglected', ({ name, thread }) => {
        write('neglected ' + name + ' ' + (thread > 1));
        write(JSON.stringify(status().neglected.length) + ' ' + status().orphans.reaped);
        process.exit();
      });
      // In a thread of the pool, as native code may: nobody waits for it.
      const posix_spawnp = koffi.load(null).func('int posix_spawnp(void *, const char *, void *, void *, const char **, const char **)');
      const spawnThere = (...words) => new Promise(resolve => {
        const pid = new Int32Array(1);
        posix_spawnp.async(pid, words[0], null, null, [...words, null], [null], () => resolve(pid[0]));
      });
      // It is alive, though its main thread is a zombie. Node's own stdout is not inherited there.
      const mainless = await spawnThere('sh', '-c', 'exec ${mainless} 60000 > /dev/null');
      const { readFileSync } = process.getBuiltinModule('fs');
      await until(() => readFileSync('/proc/' + mainless + '/stat', 'latin1').includes(') Z '));
      await spawnThere('true');
      await scatter(0, 3);`,
    ]);
    const { stdout, stderr } = await container.ended;
    expect(stdout).toBe('neglected true true\n1 3\n');
    expect(stderr).toMatch(/SEXTON_NEGLECTED_CHILD.*: true \(\d+\) has ended, but thread \d+ of this program/);
    expect(stderr.match(/SextonWarning/g)).toHaveLength(1);
  });

  it('calls no orphan neglected that is left alone for a long grace', async () => {
    container = await startNode([
      '--input-type=module',
      '--eval',
      `${PRELUDE}
      let neglected = 0;
      adoptOrphans({ grace: 2000, neglect: 200 }).on('neglected', () => neglected++);
      await scatter(0, 3);
      await until(() => {
        neglected += status().neglected.length;
        return status().orphans.reaped === 3;
      });
      write(String(neglected));
      process.exit();`,
    ]);
    expect(await container.ended).toEqual({ status: 0, stdout: '0\n', stderr: '' });
  });

  it('forgets a neglected zombie when a blocked worker has waited for it at last', async () => {
    container = await startNode([
      '--input-type=module',
      '--eval',
      `${PRELUDE}
      import { Worker } from 'node:worker_threads';
      const gate = new Int32Array(new SharedArrayBuffer(4));
      new Worker(\`
        const { workerData, parentPort } = require('worker_threads');
        require('child_process').spawn('true').on('exit', () => parentPort.postMessage('exit'));
        Atomics.wait(workerData, 0, 0);
        parentPort.on('message', () => {});
      \`, { eval: true, execArgv: [], workerData: gate }).on('message', write);
      const neglected = () => status().neglected.map(({ name }) => name).join();
      adoptOrphans({ neglect: 200 });
      await until(() => neglected() === 'true');
      Atomics.store(gate, 0, 1);
      Atomics.notify(gate, 0);
      await until(() => neglected() === '');
      setImmediate(() => process.exit(7));`,
    ]);
    expect((await container.ended).status).toBe(7);
  });

  it('leaves children to native code that waits for them in a thread', async () => {
    container = await startRegistered(`${PRELUDE}
      import koffi from 'koffi';
      const libc = koffi.load(null);
      const posix_spawnp = libc.func('int posix_spawnp(void *, const char *, void *, void *, const char **, const char **)');
      const waitpid = libc.func('int waitpid(int, void *, int)');
      // node-pty does so: fork, then waitpid in a thread of its own.
      const start = number => {
        const pid = new Int32Array(1);
        const status = new Int32Array(1);
        posix_spawnp(pid, 'sh', null, null, ['sh', '-c', 'exit ' + number, null], ['PATH=' + process.env.PATH, null]);
        return new Promise(resolve => waitpid.async(pid[0], status, 0, (error, found) => resolve(found === pid[0] && status[0] === number << 8)));
      };
      let right = 0;
      // No more than there are threads to wait.
      for (let number = 0; number < 100; number += 2)
        right += (await Promise.all([start(number), start(number + 1)])).filter(Boolean).length;
      await scatter(0, 10);
      await until(() => status().orphans.reaped >= 10);
      write(right + ' ' + status().orphans.reaped);
      process.exit();`);
    expect((await container.ended).stdout).toBe('100 10\n');
  });

  it('leaves children to the program that end while it is stopped', async () => {
    container = await startRegistered(`${PRELUDE}
      spawn('sh', ['-c', 'sleep 1000 & sleep 1000 &'], { stdio: 'ignore' }).on('exit', async () => {
        const children = Array.from({ length: 20 }, () => spawn('sleep', ['1000'], { stdio: 'ignore' }));
        write('ready');
        const signals = await Promise.all(children.map(child => new Promise(resolve => child.on('exit', (_, signal) => resolve(signal)))));
        await until(() => status().orphans.reaped === 2);
        write(signals.join());
        process.exit();
      });`);
    await container.says(/ready/);
    const { pid } = container;
    const sleeping = await until(() => childrenOf(pid).length === 22 && childrenOf(pid));
    container.kill('SIGSTOP');
    await until(() => statusOf(pid)?.['State']?.startsWith('T'));
    for (const child of sleeping) process.kill(child, 'SIGKILL');
    await until(() => sleeping.every(child => statusOf(child)?.['State']?.startsWith('Z')));
    container.kill('SIGCONT');
    expect((await container.ended).stdout).toBe(`ready\n${Array(20).fill('SIGKILL').join()}\n`);
  });

  it('leaves the workers of a cluster to it', async () => {
    container = await startRegistered(`${PRELUDE}
      import cluster from 'node:cluster';
      cluster.setupPrimary({ exec: '/dev/null', execArgv: ['--eval', 'process.exit(Number(process.env.CODE))'] });
      const codes = new Set();
      cluster.on('exit', (worker, code) => codes.add(code));
      for (const CODE of [11, 12, 13]) cluster.fork({ CODE });
      await scatter(0, 5);
      await until(() => codes.size === 3 && status().orphans.reaped === 5);
      write([...codes].sort().join());
      process.exit();`);
    expect((await container.ended).stdout).toBe('11,12,13\n');
  });

  it('goes on after somebody has removed all listeners of SIGCHLD', async () => {
    container = await startRegistered(`${PRELUDE}
      process.removeAllListeners('SIGCHLD');
      await scatter(0, 5);
      await until(() => status().orphans.reaped === 5);
      process.exit(6);`);
    expect((await container.ended).status).toBe(6);
  });

  it('stops when it is told to, and starts again', async () => {
    container = await startRegistered(`${PRELUDE}
      adoptOrphans().stop();
      write([status().active, ...['SIGCHLD', 'SIGTERM', 'worker'].map(name => process.listenerCount(name))].join());
      await scatter(0, 5);
      write('stopped');
      process.once('SIGUSR2', async () => {
        adoptOrphans();
        await until(() => status().orphans.reaped === 5);
        process.exit(8);
      });`);
    await container.says(/^false,0,0,0\nstopped\n/);
    const { pid } = container;
    await until(() => childrenOf(pid).filter(child => statusOf(child)?.['State']?.startsWith('Z')).length === 5);
    container.kill('SIGUSR2');
    expect((await container.ended).status).toBe(8);
  });
});

function wakeUps(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const counts = threads.map(thread => {
    const text = readFileSync(`/proc/${pid}/task/${thread}/status`, 'latin1');
    return Number(/^voluntary_ctxt_switches:\t(\d+)/m.exec(text)![1]);
  });
  return counts.reduce((sum, count) => sum + count, 0);
}
