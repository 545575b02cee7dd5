import { describe, expect, it } from 'vitest';
import { endingText } from '../../../src/report/ending.ts';
import { exitReport } from '../../../src/report/exit-report.ts';
import type { ProgramStatus, Status } from '../../../src/report/status.ts';

const ended: ProgramStatus = {
  pid: 7,
  command: 'cmd',
  spawned: 1000,
  state: 'ended',
  ended: 4200,
  exit_status: 0,
  user_seconds: 1.25,
  system_seconds: 0.5,
  peak_bytes: 2 ** 26,
};

function status(program: Partial<ProgramStatus>, rest: Partial<Status> = {}): Status {
  return {
    version: '1.2.3',
    pid: 1,
    started: 900,
    program: { ...ended, ...program },
    signals: [],
    orphans: { reaped: 0, failed: 0, killed: 0, commands: [] },
    oom_kills: 0,
    memory_peak_bytes: undefined,
    memory_limit_bytes: undefined,
    errors: 0,
    lost_lines: 0,
    ...rest,
  };
}

describe('why the program ended', () => {
  const cases: [Partial<ProgramStatus>, Partial<Status>, string][] = [
    [{}, {}, 'exited with 0 after 3.2 s'],
    [{ spawned: 0 }, {}, 'exited with 0'],
    [
      { exit_status: 143, sent_by: 'outside the container' },
      {},
      'exited with 143 after 3.2 s: SIGTERM came from outside the container',
    ],
    [
      { exit_status: 1 },
      { oom_kills: 2 },
      'exited with 1 after 3.2 s: the OOM killer took 2 processes, but not the program itself',
    ],
    [{ exit_status: 139, killed_by: 'SIGSEGV' }, {}, 'was killed by SIGSEGV after 3.2 s'],
    [
      { exit_status: 143, killed_by: 'SIGTERM', sent_by: '12 (sh)' },
      {},
      'was killed by SIGTERM after 3.2 s: it came from 12 (sh)',
    ],
    [
      { exit_status: 143, killed_by: 'SIGTERM' },
      {},
      'was killed by SIGTERM after 3.2 s: it did not come through sexton, but straight from another process, a terminal or itself',
    ],
    [
      { exit_status: 137, killed_by: 'SIGKILL', oom_killed: true },
      { oom_kills: 1 },
      'was killed by SIGKILL after 3.2 s: out of memory (OOM kill)',
    ],
    [
      { exit_status: 137, killed_by: 'SIGKILL', sent_by: 'sexton' },
      {},
      'was killed by SIGKILL after 3.2 s: it did not stop in time (--stop-timeout)',
    ],
    [
      { exit_status: 137, killed_by: 'SIGKILL' },
      {},
      'was killed by SIGKILL after 3.2 s: by another process or from outside, not by the OOM killer',
    ],
    [
      { exit_status: 137, killed_by: 'SIGKILL' },
      { oom_kills: undefined },
      'was killed by SIGKILL after 3.2 s: by another process, from outside, or out of memory: no cgroup can be asked',
    ],
  ];
  it.each(cases)('%j %j: %s', (program, rest, text) => {
    expect(endingText(status(program, rest))).toBe(`the program (7) ${text}; CPU 1.75 s, peak memory 64 MiB`);
  });

  it('does not take what sexton held before for the peak', () => {
    const { peak_bytes, ...less } = ended;
    const text = endingText({ ...status({}), program: { ...less, peak_bytes_at_most: peak_bytes! } });
    expect(text).toMatch(/peak memory at most 64 MiB$/);
  });

  it('leaves out what was not measured', () => {
    const { user_seconds: _user, system_seconds: _system, peak_bytes: _peak, ...less } = ended;
    expect(endingText({ ...status({}), program: less })).toBe('the program (7) exited with 0 after 3.2 s');
  });
});

describe('the report', () => {
  it('of an uneventful life is short', () => {
    expect(exitReport(status({}), 0, []).lines).toEqual([
      'the program (7) exited with 0 after 3.2 s; CPU 1.75 s, peak memory 64 MiB',
      'leaving with exit status 0',
      'signals: none',
      'orphans: none',
    ]);
  });

  it('tells everything that there was', () => {
    const full = status(
      { exit_status: 3 },
      {
        signals: [
          { signal: 'SIGTERM', sender: 0, uid: 0, received: 1, forwarded: 1 },
          {
            signal: 'SIGHUP',
            sender: 12,
            sender_name: 'logrotate',
            uid: 0,
            received: 3,
            forwarded: 2,
            sent: 'SIGUSR1',
          },
          { signal: 'SIGWINCH', sender: 'kernel', received: 2, forwarded: 0 },
          { signal: 'other', sender: 'unknown', received: 1, forwarded: 1 },
        ],
        orphans: {
          reaped: 12,
          failed: 2,
          killed: 3,
          commands: [
            { name: 'chrome', reaped: 9, failed: 1, killed: 3, oom_killed: 1 },
            { name: 'sh', reaped: 2, failed: 1, killed: 0 },
            { name: '', reaped: 1, failed: 0, killed: 0 },
          ],
        },
        oom_kills: 1,
        memory_peak_bytes: 2 ** 26,
        memory_limit_bytes: 2 ** 27,
        errors: 1,
        lost_lines: 2,
      },
    );
    const alive = Array.from({ length: 12 }, (_, n) => ({
      pid: n + 20,
      name: 'w',
      state: 'S',
      parent: 1,
      group: 7,
      session: 7,
      startTime: 0,
    }));
    const { lines, fields } = exitReport(full, 5, alive);
    expect(lines.slice(1)).toEqual([
      'leaving with exit status 5, by --remap-exit',
      'signals: SIGTERM from outside the container (forwarded), SIGHUP 3 times from 12 (logrotate) (2 forwarded as SIGUSR1), SIGWINCH 2 times from the kernel (not forwarded), other from an unknown sender (forwarded)',
      'orphans: 12 reaped: chrome 9 (1 failed, 3 killed, 1 by the OOM killer), sh 2 (1 failed), others 1',
      'memory of this container: 64 MiB of 128 MiB at its peak',
      'the OOM killer took 1 process of this container',
      `still alive: ${Array.from({ length: 10 }, (_, n) => `${n + 20} (w)`).join(', ')} and 2 more`,
      'errors of our own: 1',
      'lines that nobody took from our log: 2',
    ]);
    expect(fields).toMatchObject({
      event: 'report',
      exit_status: 5,
      program: { exit_status: 3 },
      alive: [{ pid: 20, name: 'w' }, ...Array(11).fill({})],
    });
  });

  it('of --pause has no program', () => {
    const { lines } = exitReport(
      { ...status({}), program: { pid: 0, command: '', spawned: 0, state: 'running' } },
      0,
      undefined,
    );
    expect(lines.slice(0, 2)).toEqual(['there was no program (--pause)', 'leaving with exit status 0']);
  });
});
