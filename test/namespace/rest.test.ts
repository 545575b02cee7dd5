import { afterEach, expect, it } from 'vitest';
import { type Container, describeWith, start, statusOf, whyNoNamespaces } from './harness.ts';

describeWith([whyNoNamespaces], 'at rest', () => {
  let container: Container;
  afterEach(() => container.end());

  it('it is half as large as after its start, and goes on as before', async () => {
    container = await start(['sh', '-c', '(sleep 0 &) ; echo ready; exec sleep 1000']);
    await container.says(/ready/);
    await container.resting();
    container.kill('SIGTERM');
    expect(await container.ended).toEqual({ status: 143, stdout: 'ready\n', stderr: '' });
  });

  it('it comes to be where something happens all the time, too', async () => {
    container = await start(['sh', '-c', 'echo ready; while :; do (sleep 0 &); sleep 0.1; done']);
    await container.says(/ready/);
    await container.resting();
  });

  it('it does not wake up', async () => {
    container = await start(['sh', '-c', 'echo ready; exec sleep 1000']);
    await container.says(/ready/);
    await container.resting();
    const switches = () => Number(statusOf(container.pid)!['voluntary_ctxt_switches']);
    let before = -1;
    for (let quiet = 0; quiet < 20; await new Promise(resolve => setTimeout(resolve, 5))) {
      quiet = switches() === before ? quiet + 1 : 0;
      before = switches();
    }
    // Twice as long as the time after which it takes itself to be at rest. There is no event to wait for: none is to come.
    await new Promise(resolve => setTimeout(resolve, 500));
    expect(switches()).toBe(before);
  });
});
