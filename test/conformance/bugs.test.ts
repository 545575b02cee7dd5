/** Bugs of the peers that are not copied: the peer has them, sexton in its place has not. docs/migrating.md lists them. */
import { afterEach, expect, it } from 'vitest';
import {
  type Container,
  childrenOf,
  describeWith,
  run,
  start,
  statusOf,
  until,
  whyNoNamespaces,
} from '../namespace/harness.ts';
import { PEERS } from '../namespace/peer.ts';
import { pair } from './side-by-side.ts';

const started: Container[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map(container => container.end()));
});

describeWith([whyNoNamespaces, PEERS.tini], 'tini', () => {
  it('ends when stdin is closed', async () => {
    const wrapper = ['sh', '-c', 'exec "$@" <&-', 'sh'];
    const { peer, ours } = pair('tini');
    expect((await run(['--', 'true'], { init: peer, wrapper })).stderr).toContain('tcsetpgrp failed');
    expect(await run(['--', 'true'], { init: ours, wrapper })).toEqual({ status: 0, stdout: '', stderr: '' });
  });
});

for (const peer of ['tini', 'catatonit'] as const) {
  describeWith([whyNoNamespaces, PEERS[peer]], peer, () => {
    it('stays for ever where SIGCHLD is ignored', async () => {
      const wrapper = ['env', '--ignore-signal=CHLD'];
      const commands = pair(peer);
      const container = await start(['--', 'sleep', '0.1'], { init: commands.peer, wrapper });
      started.push(container);
      const { pid } = container;
      await until(() => statusOf(pid)?.['Name'] === peer && statusOf(pid)?.['SigIgn'] !== undefined);
      await until(() => childrenOf(pid).length > 0);
      await until(() => childrenOf(pid).length === 0);
      const words = ['--', 'sh', '-c', 'exit 3'];
      expect(await run(words, { init: commands.ours, wrapper })).toMatchObject({ status: 3 });
      expect(statusOf(pid)?.['State']).toMatch(/^S/);
    });
  });
}

describeWith([whyNoNamespaces, PEERS.catatonit], 'catatonit', () => {
  it("blocks a terminal's stops in the program", async () => {
    const words = ['--', 'grep', 'SigBlk', '/proc/self/status'];
    const { peer, ours } = pair('catatonit');
    expect((await run(words, { init: peer })).stdout).toMatch(/\t0000000000380000$/m);
    expect((await run(words, { init: ours })).stdout).toMatch(/\t0{16}$/m);
  });
});
