/** The same faults for sexton and its peers: who goes on, who starts nothing, who hangs or ends. npm run test:deep. */
import { afterAll, expect, it } from 'vitest';
import { allFaults, canFail, scenarios } from './fault-scenarios.ts';
import { describeWith } from './harness.ts';
import { atOnce, type Observed, observe, type Scenario, sitesOf, tools, whyNoInjection } from './injection.ts';
import { PEERS } from './peer.ts';
import { writeTable } from './write-table.ts';

/** How the C library starts a program, and ends one. */
const NOT_THEIRS =
  /^(arch_prctl|brk|exit_group|getrandom|mprotect|prlimit64.*|readlink|rseq|set_robust_list|set_tid_address)$/;

/** Long enough for who goes on at all: its own answer takes milliseconds. */
const MANNER = { patience: 5000, leniency: 5000 };

const WORDS: Readonly<Record<Observed['result'], string>> = {
  unharmed: 'goes on',
  refused: 'starts nothing',
  recovered: 'goes on when the call works again',
  withdrawn: 'ends',
  'wrong status': 'ends with another status',
  hung: 'hangs',
};

describeWith(
  [whyNoInjection, process.env['SEXTON_DEEP'] === '1' ? undefined : 'npm run test:deep', ...Object.values(PEERS)],
  'a system call that fails, under each init',
  () => {
    const found = new Map<string, Map<string, Set<Observed['result']>>>();
    const columns = [...scenarios().slice(0, 2).map(ours), ...Object.keys(PEERS).map(theirs)];
    for (const scenario of columns) {
      it(scenario.name, async () => {
        const sites = (await sitesOf(scenario)).filter(site => canFail(site) && !NOT_THEIRS.test(site.call));
        const faults = sites.flatMap(allFaults);
        const results = await atOnce(faults, async fault => (await observe(scenario, fault, MANNER)).result);
        for (const [index, { site }] of faults.entries()) {
          const call = site.call.replace(/\(.*/, '');
          const row = found.get(call) ?? new Map<string, Set<Observed['result']>>();
          found.set(call, row);
          row.set(scenario.name, (row.get(scenario.name) ?? new Set()).add(results[index]!));
        }
        expect(results.length).toBeGreaterThan(20);
      }, 7_200_000);
    }

    afterAll(() => {
      const rows = [...found].sort(([one], [other]) => (one < other ? -1 : 1));
      writeTable(
        'faults',
        ['', ...columns.map(({ name }) => name)],
        rows.map(([call, row]) => [`\`${call}\``, ...columns.map(({ name }) => inWords(row.get(name)))]),
      );
    });
  },
);

function ours(scenario: Scenario): Scenario {
  return { ...scenario, name: `sexton, ${scenario.name}` };
}

function theirs(peer: string): Scenario {
  return { name: peer, command: [peer, '--', tools().answer], status: 7, objects: [peer, 'libc.so.6'] };
}

function inWords(results: ReadonlySet<Observed['result']> | undefined): string {
  if (!results) return '';
  return Object.entries(WORDS)
    .filter(([result]) => results.has(result as Observed['result']))
    .map(([, words]) => words)
    .join(', ');
}
