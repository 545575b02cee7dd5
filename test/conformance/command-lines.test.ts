/** Each use of the table under the peer and under sexton in its place: status, stdout and stderr alike. */
import { chmodSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../namespace/c-fixture.ts';
import { describeWith, type Outcome, run, whyNoNamespaces } from '../namespace/harness.ts';
import { PEERS, type Peer } from '../namespace/peer.ts';
import { comparable, pair } from './side-by-side.ts';
import { TABLE, type Use } from './table.ts';

const folder = temporaryFolder();
writeFileSync(join(folder, 'plain'), 'echo plain "$@"\nexit 7\n');
writeFileSync(join(folder, 'interpreterless'), '#!/nosuch/interpreter\n');
writeFileSync(join(folder, 'forbidden'), '#!/bin/sh\n');
for (const name of ['plain', 'interpreterless']) chmodSync(join(folder, name), 0o755);
symlinkSync('loop', join(folder, 'loop'));

async function both({ peer, words, environment, nested }: Use): Promise<{ peers: Outcome; ours: Outcome }> {
  const options = { nested: nested === true, ...(environment ? { environment } : {}) };
  const placed = words.map(word => word.replace('FOLDER', folder));
  const commands = pair(peer);
  const [peers, ours] = await Promise.all([
    run(placed, { ...options, init: commands.peer }),
    run(placed, { ...options, init: commands.ours }),
  ]);
  return { peers: comparable(peers), ours: comparable(ours) };
}

function title({ words, environment = {}, nested }: Use): string {
  const variables = Object.entries(environment).map(([name, value]) => `${name}='${value}'`);
  return `${[...variables, ...words.map(word => (/^[-\w=:/.]+$/.test(word) ? word : `'${word}'`))].join(' ')}${nested ? ' (not PID 1)' : ''}`;
}

it('has at least 150 uses, none twice', () => {
  const titles = TABLE.map(use => `${use.peer} ${title(use)}`);
  expect(titles.filter((one, index) => titles.indexOf(one) !== index)).toEqual([]);
  expect(titles.length).toBeGreaterThanOrEqual(150);
});

for (const peer of Object.keys(PEERS) as Peer[]) {
  describeWith([whyNoNamespaces, PEERS[peer]], peer, () => {
    const uses = TABLE.filter(use => use.peer === peer);
    for (const use of uses.filter(({ differs }) => !differs))
      it.concurrent(title(use), async ({ expect }) => {
        let { peers, ours } = await both(use);
        // A peer's two processes may write to stderr at once, one into the line of the other: what differs only
        // because of that does not differ every time.
        for (let again = 0; again < 4 && JSON.stringify(peers) !== JSON.stringify(ours); again++)
          ({ peers, ours } = await both(use));
        expect(ours).toEqual(peers);
      });

    describe('differs on purpose', () => {
      for (const use of uses.filter(({ differs }) => differs))
        it.concurrent(`${title(use)}: ${use.differs!.reason}`, async ({ expect }) => {
          const { peers, ours } = await both(use);
          expect(ours.status).toBe(peers.status);
          const said = ({ stdout, stderr }: Outcome) => stdout + stderr;
          expect(said(ours)).toMatch(use.differs!.ours);
          expect(said(peers)).toMatch(use.differs!.peers);
        });
    });
  });
}
