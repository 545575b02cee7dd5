import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { explain } from '../../../src/ctl/explain.ts';
import { statusReport } from '../../../src/ctl/status-report.ts';
import { terminalOf } from '../../../src/ctl/terminal.ts';
import { zombieReport } from '../../../src/ctl/zombie-report.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const terminal = terminalOf({}, {});

function recorded(name: string): ReturnType<typeof JSON.parse> {
  return JSON.parse(readFileSync(join(root, 'test', 'fixtures', name), 'utf8'));
}

/** findings.json was recorded from real zombies in cgroups of these names; status.json is an example of a Status. */
const findings = recorded('findings.json');
const status = recorded('status.json');
const isOfPid1 = ({ inner_pid }: { inner_pid: number }): boolean => inner_pid === 1;
const few = { ...findings, culprits: findings.culprits.filter(isOfPid1) };
const EXAMPLES: readonly [string, string][] = [
  ['sextonctl zombies', zombieReport(findings, false, terminal)],
  ['sextonctl zombies --all', zombieReport(few, true, terminal)],
  ['sextonctl status', statusReport(status, [], status.started + 11_520_000, terminal)],
  ['sextonctl explain 137', explain('137', {}, terminal)],
];

describe('docs/sextonctl.md shows what is printed', () => {
  const page = readFileSync(join(root, 'docs', 'sextonctl.md'), 'utf8');
  it.each(EXAMPLES)('%s', (command, output) => {
    expect(page).toContain(`\`\`\`console\n$ ${command}\n${output}\n\`\`\`\n`);
  });
});
