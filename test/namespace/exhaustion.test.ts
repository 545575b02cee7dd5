/** Whatever runs out: a clear line before the program is started, and from then on the init goes on. */
import { release } from 'node:os';
import { afterAll, expect, it } from 'vitest';
import { whyNoCompiler } from './c-fixture.ts';
import { type TestCgroup, testCgroup, whyNoCgroup } from './cgroup.ts';
import { describeWith, isRoot, whyNoNamespaces } from './harness.ts';
import { PEERS } from './peer.ts';
import { type Need, peers, sexton, shortages } from './shortages.ts';
import { writeTable } from './write-table.ts';

const isDeep = process.env['SEXTON_DEEP'] === '1';

function whyNot(need: Need | undefined): string | undefined {
  if (need === 'pids' || need === 'memory') return whyNoCgroup(need);
  if (need !== undefined && !isRoot) return 'not root';
  if (need !== 'few PIDs') return undefined;
  // Before that the limit is the whole machine's.
  const [major, minor] = release().split('.').map(Number);
  return major! * 1000 + minor! >= 6014 ? undefined : 'before Linux 6.14 the limit of PIDs is not per namespace';
}

describeWith([whyNoNamespaces, whyNoCompiler], 'what runs out', () => {
  const cgroups = new Map<string, TestCgroup>();
  for (const controller of ['pids', 'memory'] as const)
    if (whyNoCgroup(controller) === undefined) cgroups.set(controller, testCgroup(controller, 1 << 20));

  function limited(controller: 'pids' | 'memory', limit: number): readonly string[] {
    const cgroup = cgroups.get(controller)!;
    cgroup.setLimit(limit);
    return cgroup.join;
  }

  for (const shortage of shortages) {
    describeWith([whyNot(shortage.needs)], shortage.name, () => {
      it('harms no sexton', async () => {
        expect(await shortage.complaint(sexton, limited)).toBeUndefined();
      }, 300_000);
    });
  }

  describeWith([isDeep ? undefined : 'npm run test:deep', ...Object.values(PEERS)], 'and its peers', () => {
    const rows: string[][] = [];
    for (const shortage of shortages.filter(({ needs }) => whyNot(needs) === undefined)) {
      it(shortage.name, async () => {
        const row = [shortage.name];
        for (const init of [sexton, ...peers]) row.push((await shortage.complaint(init, limited)) ?? 'yes');
        rows.push(row);
      }, 600_000);
    }
    afterAll(() => writeTable('exhaustion', ['', 'sexton', ...peers.map(({ name }) => name)], rows));
  });
});
