import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { whyNoCompiler } from '../namespace/c-fixture.ts';
import { describeWith, missing, root, whyNoNamespaces } from '../namespace/harness.ts';

/** npm run test:deep has a million, and a hundred thousand. */
const ORPHANS = 20_000;
const SIGNALS = 5000;

interface Figures {
  readonly result: { readonly orphans: number; readonly sent: number; readonly received: number };
  readonly last: { readonly zombies: number };
  readonly requests: number;
  readonly wrong: readonly string[];
}

function soak(init: string, orphans: number, signals: number): Figures {
  const words = ['--orphans', String(orphans), '--signals', String(signals), '--init', init, '--json'];
  const { stdout, stderr } = spawnSync(process.execPath, ['scripts/soak.js', ...words], {
    cwd: root,
    encoding: 'utf8',
  });
  try {
    return (JSON.parse(stdout) as Record<string, Figures>)[init]!;
  } catch {
    throw new Error(`node scripts/soak.js: ${stderr || stdout}`);
  }
}

describeWith([whyNoNamespaces, whyNoCompiler], `${ORPHANS} orphans and ${SIGNALS} signals`, () => {
  it.each(['sexton', 'sexton, everything on'])('%s: none is lost, and nothing stays', init => {
    const { result, last, requests, wrong } = soak(init, ORPHANS, SIGNALS);
    expect(wrong).toEqual([]);
    expect(result).toMatchObject({ orphans: ORPHANS, sent: SIGNALS, received: SIGNALS });
    expect(last.zombies).toBe(0);
    if (init !== 'sexton') expect(requests).toBeGreaterThan(0);
  });
});

for (const peer of ['tini', 'dumb-init', 'catatonit'])
  describeWith([whyNoNamespaces, whyNoCompiler, missing(peer)], `${peer}, a tenth of it`, () => {
    it('loses none either: the load is right', () => {
      const [orphans, signals] = [ORPHANS / 10, SIGNALS / 10];
      expect(soak(peer, orphans, signals).result).toMatchObject({ orphans, sent: signals, received: signals });
    });
  });
