/** What a peer says when it may not fork, and what its manner says of the same. */
import { expect, it } from 'vitest';
import { catatonit } from '../../src/cli/personalities/catatonit.ts';
import { dumbInit } from '../../src/cli/personalities/dumb-init.ts';
import type { Plan } from '../../src/cli/personalities/personality.ts';
import { tini } from '../../src/cli/personalities/tini.ts';
import { EAGAIN } from '../../src/kernel/errors.ts';
import { describeWith, isRoot, missing, run } from '../namespace/harness.ts';
import { PEERS, type Peer } from '../namespace/peer.ts';
import { comparable } from './side-by-side.ts';

/** Nobody else is this user, whose one process may not become two. */
const USER = ['setpriv', '--reuid=54322', '--regid=54322', '--clear-groups', 'prlimit', '--nproc=1'];

const PERSONALITIES = { tini, 'dumb-init': dumbInit, catatonit };

function refused(peer: Peer, words: readonly string[]): { status: number; stderr: string } {
  let stderr = '';
  const write = (_stream: number, line: Uint8Array): number => {
    stderr += line;
    return line.length;
  };
  const plan = PERSONALITIES[peer].read({ calledAs: peer, words, environment: [], pid: 1 }) as Plan;
  const manner = plan.createManner({ pid: 1, write, usage: () => undefined });
  return { status: manner.refused('fork', EAGAIN), stderr };
}

for (const peer of Object.keys(PEERS) as Peer[]) {
  describeWith([PEERS[peer], missing('setpriv'), missing('prlimit'), isRoot ? undefined : 'takes root'], peer, () => {
    it('says that it cannot fork', async () => {
      const words = [...(peer === 'tini' ? ['-s'] : []), '--', 'true'];
      const outcome = await run(words, { init: [peer], wrapper: USER, nested: true });
      expect(comparable({ ...refused(peer, words), stdout: '' })).toEqual(comparable(outcome));
    });
  });
}
