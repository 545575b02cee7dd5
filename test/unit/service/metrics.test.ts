import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Status } from '../../../src/report/status.ts';
import { type Measured, metricsReply, metricsText } from '../../../src/service/metrics.ts';
import { describeWith, missing, root } from '../../namespace/harness.ts';

const status = {
  version: '1.2.3',
  pid: 1,
  started: 1_700_000_000_500,
  program: { pid: 7, command: 'nginx', spawned: 1_700_000_000_600, state: 'running' },
  signals: [
    { signal: 'SIGTERM', sender: 0, received: 2, forwarded: 2 },
    { signal: 'SIGTERM', sender: 12, sender_name: 'evil"\n', uid: 0, received: 3, forwarded: 1 },
    { signal: 'SIGTERM', sender: 13, received: 1, forwarded: 1 },
    { signal: 'SIGINT', sender: 'kernel', received: 1, forwarded: 1 },
  ],
  orphans: { reaped: 9, failed: 2, killed: 1, commands: [{ name: '{"\\\n}', reaped: 9, failed: 2, killed: 1 }] },
  oom_kills: 1,
  errors: 0,
  lost_lines: 4,
} as Status;
const measured: Measured = { status, zombies: 200, pids: { current: 41, limit: 50 } };
/** Where nothing can be seen, and nothing has happened. */
const blind: Measured = {
  status: { ...status, signals: [], oom_kills: undefined, program: { ...status.program, pid: 0 } },
  zombies: undefined,
  pids: { current: 3, limit: Infinity },
};

describe('metrics', () => {
  it('OpenMetrics: families by name, samples with the suffix of their type, and an end', () => {
    expect(metricsText(measured, 'openmetrics')).toBe(`# HELP sexton_build The version of sexton.
# TYPE sexton_build info
sexton_build_info{version="1.2.3"} 1
# HELP sexton_start_time_seconds When sexton was started, in seconds since 1970.
# TYPE sexton_start_time_seconds gauge
sexton_start_time_seconds 1700000000.5
# HELP sexton_program_up Whether the program runs.
# TYPE sexton_program_up gauge
sexton_program_up 1
# HELP sexton_signals_received Signals that came, by name and by where they came from.
# TYPE sexton_signals_received counter
sexton_signals_received_total{signal="SIGTERM",sender="outside"} 2
sexton_signals_received_total{signal="SIGTERM",sender="inside"} 4
sexton_signals_received_total{signal="SIGINT",sender="kernel"} 1
# HELP sexton_signals_forwarded Signals that were passed on, by the name that they came with.
# TYPE sexton_signals_forwarded counter
sexton_signals_forwarded_total{signal="SIGTERM"} 4
sexton_signals_forwarded_total{signal="SIGINT"} 1
# HELP sexton_orphans_reaped Orphans that sexton has reaped.
# TYPE sexton_orphans_reaped counter
sexton_orphans_reaped_total 9
# HELP sexton_orphans_failed Orphans that ended with another status than 0.
# TYPE sexton_orphans_failed counter
sexton_orphans_failed_total 2
# HELP sexton_orphans_killed Orphans that were killed by a signal.
# TYPE sexton_orphans_killed counter
sexton_orphans_killed_total 1
# HELP sexton_zombies Zombies whose parent lives and has not waited for them.
# TYPE sexton_zombies gauge
sexton_zombies 200
# HELP sexton_pids_current Processes and threads in the cgroup.
# TYPE sexton_pids_current gauge
sexton_pids_current 41
# HELP sexton_pids_limit How many there may be.
# TYPE sexton_pids_limit gauge
sexton_pids_limit 50
# HELP sexton_oom_kills Processes that the OOM killer took.
# TYPE sexton_oom_kills counter
sexton_oom_kills_total 1
# HELP sexton_log_lines_lost Lines on stderr that nobody took.
# TYPE sexton_log_lines_lost counter
sexton_log_lines_lost_total 4
# HELP sexton_errors Errors of its own that sexton went on after.
# TYPE sexton_errors counter
sexton_errors_total 0
# EOF
`);
  });

  it('the older format: one name, no info, no end', () => {
    const text = metricsText(measured, 'text');
    expect(text).toContain('# TYPE sexton_build_info gauge\nsexton_build_info{version="1.2.3"} 1\n');
    expect(text).toContain('# TYPE sexton_errors_total counter\nsexton_errors_total 0\n');
    expect(text).not.toContain('EOF');
  });

  it('leaves out what cannot be seen', () => {
    const text = metricsText(blind, 'text');
    expect(text).not.toMatch(/sexton_(zombies|oom_kills|pids_limit|signals)/);
    expect(text).toContain('sexton_pids_current 3\n');
    expect(text).toContain('sexton_program_up 0\n');
  });

  it('escapes what stands in a label', () => {
    const odd = { ...measured, status: { ...status, version: 'a"b\\c\nd' } };
    expect(metricsText(odd, 'text')).toContain('{version="a\\"b\\\\c\\nd"} 1\n');
  });

  it('is OpenMetrics for who asks for it', () => {
    const prometheus = 'application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.2';
    expect(metricsReply(measured, prometheus).type).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    for (const accept of ['', '*/*', 'text/plain'])
      expect(metricsReply(measured, accept).type).toBe('text/plain; version=0.0.4; charset=utf-8');
  });
});

describe('docs/sextonctl.md', () => {
  it('has a row for each metric, as Prometheus shows it', () => {
    const page = readFileSync(join(root, 'docs', 'sextonctl.md'), 'utf8');
    const rows = [
      ...metricsText(measured, 'text').matchAll(/^# HELP (\S+) (.*)\n# TYPE \S+ (\S+)\n\S+?(?:\{(.*)\})? /gm),
    ].map(
      ([, name, help, type, labels = '']) =>
        `| \`${name}\` | ${type} | ${[...labels.matchAll(/(\w+)="/g)].map(([, label]) => `\`${label}\``).join(', ')} | ${help} |`,
    );
    expect(rows).toHaveLength(14);
    expect(page).toContain(`\n| metric | type | labels | |\n|---|---|---|---|\n${rows.join('\n')}\n\n`);
  });
});

describeWith([missing('promtool')], 'promtool check metrics', () => {
  it.each([
    ['all', measured],
    ['little', blind],
  ])('has nothing to say: %s', (_, what) => {
    const {
      status: code,
      stdout,
      stderr,
    } = spawnSync('promtool', ['check', 'metrics'], {
      input: metricsText(what, 'text'),
      encoding: 'utf8',
    });
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '', stderr: '' });
  });
});
