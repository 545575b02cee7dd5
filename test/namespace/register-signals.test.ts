import { afterEach, describe, expect, it } from 'vitest';
import { type Container, describeWith, whyNoNamespaces } from './harness.ts';
import { startRegistered, whyNotBuilt } from './register-harness.ts';

const PRELUDE = `
  const write = text => process.getBuiltinModule('fs').writeSync(1, text + '\\n');
  const keepAlive = setInterval(() => {}, 1 << 30);
  process.on('exit', code => write('exit ' + code));
`;

describeWith([whyNoNamespaces, whyNotBuilt], 'signals with sexton/register as PID 1', () => {
  let container: Container | undefined;
  afterEach(() => container?.end());

  for (const [signal, status] of [
    ['SIGTERM', 143],
    ['SIGINT', 130],
    ['SIGHUP', 129],
  ] as const)
    it(`${signal} ends the program with ${status}, after its exit listeners`, async () => {
      container = await startRegistered(`${PRELUDE} write('ready');`);
      await container.says(/ready/);
      container.kill(signal);
      expect(await container.ended).toEqual({ status, stdout: `ready\nexit ${status}\n`, stderr: '' });
    });

  it('an exit listener may choose another status', async () => {
    container = await startRegistered(`${PRELUDE} process.on('exit', () => { process.exitCode = 5 }); write('ready');`);
    await container.says(/ready/);
    container.kill('SIGTERM');
    expect((await container.ended).status).toBe(5);
  });

  it('leaves a signal to the program that listens to it, and only that one', async () => {
    container = await startRegistered(`${PRELUDE} process.on('SIGTERM', () => write('got it')); write('ready');`);
    await container.says(/ready/);
    container.kill('SIGTERM');
    await container.says(/got it/);
    container.kill('SIGINT');
    expect(await container.ended).toMatchObject({ status: 130, stdout: 'ready\ngot it\nexit 130\n' });
  });

  it('takes it back when the program stops to listen', async () => {
    container = await startRegistered(`${PRELUDE} process.once('SIGTERM', () => write('once')); write('ready');`);
    await container.says(/ready/);
    container.kill('SIGTERM');
    await container.says(/once/);
    container.kill('SIGTERM');
    expect(await container.ended).toMatchObject({ status: 143, stdout: 'ready\nonce\nexit 143\n' });
  });

  it('has it while the program listens for a moment, again and again', async () => {
    container = await startRegistered(`${PRELUDE}
      const listener = () => write('never');
      for (let i = 0; i < 100; i++) { process.on('SIGTERM', listener); process.off('SIGTERM', listener); }
      for (let i = 0; i < 100; i++) {
        process.on('SIGTERM', listener);
        await new Promise(resolve => setImmediate(resolve));
        process.off('SIGTERM', listener);
        if (i % 2) await new Promise(resolve => setImmediate(resolve));
      }
      write(process.listenerCount('SIGTERM'));
      process.kill(1, 'SIGTERM');`);
    expect(await container.ended).toMatchObject({ status: 143, stdout: '1\nexit 143\n' });
  });

  it('never lets go of a signal while it steps back and comes back', async () => {
    container = await startRegistered(`${PRELUDE}
      const { readFileSync } = process.getBuiltinModule('fs');
      const SIGTERM = 1n << 14n;
      const isCaught = () => (BigInt('0x' + /^SigCgt:\t(.*)$/m.exec(readFileSync('/proc/self/status', 'latin1'))[1]) & SIGTERM) !== 0n;
      let changes = 0;
      let gaps = 0;
      // Before it comes back, and after it has stepped back.
      for (const name of ['on', 'removeListener']) {
        const original = process[name];
        process[name] = function (event, ...rest) {
          const before = isCaught();
          const result = original.call(this, event, ...rest);
          if (event === 'SIGTERM') changes++;
          if (!before || !isCaught()) gaps++;
          return result;
        };
      }
      const listener = () => {};
      for (let i = 0; i < 5; i++) {
        process.on('SIGTERM', listener);
        await new Promise(resolve => setImmediate(resolve));
        if (process.listenerCount('SIGTERM') !== 1) gaps++;
        process.removeListener('SIGTERM', listener);
        await new Promise(resolve => setImmediate(resolve));
      }
      write(changes + ' changes, ' + gaps + ' gaps');
      process.exit(0);`);
    expect((await container.ended).stdout).toBe('20 changes, 0 gaps\nexit 0\n');
  });

  describe('packages that count the listeners', () => {
    it('are alone, as they are without us', async () => {
      container = await startRegistered(`${PRELUDE}
        // What signal-exit does: alone, it lets go of the signal and sends it anew.
        const listener = () => {
          if (process.listeners('SIGTERM').length !== 1) return;
          process.off('SIGTERM', listener);
          write('cleaned up');
          process.kill(process.pid, 'SIGTERM');
        };
        process.on('SIGTERM', listener);
        write('ready');`);
      await container.says(/ready/);
      container.kill('SIGTERM');
      expect(await container.ended).toMatchObject({ status: 143, stdout: 'ready\ncleaned up\nexit 143\n' });
    });
  });

  it('stays when somebody removes all listeners of a signal', async () => {
    container = await startRegistered(`${PRELUDE} process.removeAllListeners('SIGTERM'); write('ready');`);
    await container.says(/ready/);
    container.kill('SIGTERM');
    expect((await container.ended).status).toBe(143);
  });

  it('is silent beside a listener that came after the saved ones were set again', async () => {
    container = await startRegistered(`${PRELUDE}
      const saved = process.listeners('SIGTERM');
      process.removeAllListeners('SIGTERM');
      for (const listener of saved) process.on('SIGTERM', listener);
      process.on('SIGTERM', () => { write('mine ' + process.listenerCount('SIGTERM')); process.exit(4); });
      process.kill(1, 'SIGTERM');`);
    expect(await container.ended).toMatchObject({ status: 4, stdout: 'mine 1\nexit 4\n' });
  });

  it('is silent beside a listener, if it is set again after that', async () => {
    container = await startRegistered(`${PRELUDE}
      const saved = process.listeners('SIGTERM');
      process.on('SIGTERM', () => { write('mine ' + process.listenerCount('SIGTERM')); process.exit(4); });
      setImmediate(() => {
        for (const listener of saved) process.on('SIGTERM', listener);
        process.kill(1, 'SIGTERM');
      });`);
    expect(await container.ended).toMatchObject({ status: 4, stdout: 'mine 1\nexit 4\n' });
  });

  it('is silent beside a listener that came in the same turn', async () => {
    container = await startRegistered(`${PRELUDE}
      process.on('SIGTERM', () => { write('mine'); process.exit(4); });
      process.emit('SIGTERM', 'SIGTERM');`);
    expect(await container.ended).toMatchObject({ status: 4, stdout: 'mine\nexit 4\n' });
  });

  it('touches no signal that it does not know, and none if told so', async () => {
    container = await startRegistered(`${PRELUDE}
      import { adoptOrphans } from 'sexton';
      adoptOrphans().stop();
      adoptOrphans({ signals: false });
      write(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2'].map(name => process.listenerCount(name)).join());
      process.once('SIGUSR2', () => process.exit(0));
      process.kill(1, 'SIGTERM');
      process.kill(1, 'SIGUSR2');`);
    expect(await container.ended).toMatchObject({ status: 0, stdout: '0,0,0,0\nexit 0\n' });
  });
});
