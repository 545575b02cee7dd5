import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { SignalEvent, Usage } from '../../../src/kernel/kernel.ts';
import { processName } from '../../../src/kernel/procfs.ts';
import { watchDyingOrphans } from '../../../src/report/dying.ts';
import { readLedger } from '../../../src/report/ledger/read.ts';
import { createLedger } from '../../../src/report/ledger/write.ts';

const NOBODY = 0x7ffffff0;
const TERM: SignalEvent = { signal: 15, code: 0, sender: 0, uid: 0, passed: false };
const usage: Usage = { userSeconds: 1.5, systemSeconds: 0.25, peakBytes: 2 ** 40 };

/** A ledger that has heard this, as it reads then. */
function told(say: (writer: ReturnType<typeof createLedger>, oom: { kills: number | undefined }) => void) {
  const oom: { kills: number | undefined } = { kills: 5 };
  const writer = createLedger({
    pid: 1,
    command: 'cmd -x',
    orphans: watchDyingOrphans(),
    usage: () => usage,
    oomKills: () => oom.kills,
  });
  say(writer, oom);
  return readLedger(writer.ledger, { oomKills: () => oom.kills, peak: () => 100, limit: () => undefined });
}

describe('a ledger', () => {
  it('begins empty', () => {
    expect(told(() => {})).toMatchObject({
      pid: 1,
      program: { pid: 0, command: 'cmd -x', state: 'running', spawned: 0 },
      signals: [],
      orphans: { reaped: 0, failed: 0, killed: 0, commands: [] },
      oom_kills: 0,
      memory_peak_bytes: 100,
      memory_limit_bytes: undefined,
      errors: 0,
      lost_lines: 0,
    });
  });

  it('counts signals by name and sender, and tells what became of them', () => {
    const { signals } = told(({ voice }) => {
      voice.received(TERM);
      voice.forwarded(TERM, 3, -7);
      voice.received({ ...TERM, sender: process.pid });
      voice.received({ ...TERM, code: 0x80 });
      voice.received({ ...TERM, sender: -1 });
      voice.received({ ...TERM, sender: NOBODY, uid: 12 });
      voice.received(TERM);
      voice.received({ ...TERM, signal: 17 });
    });
    const name = processName(process.pid);
    expect(signals).toEqual([
      { signal: 'SIGTERM', sender: 0, uid: 0, received: 2, forwarded: 1, sent: 'SIGQUIT' },
      { signal: 'SIGTERM', sender: process.pid, sender_name: name, uid: 0, received: 1, forwarded: 0 },
      { signal: 'SIGTERM', sender: 'kernel', received: 1, forwarded: 0 },
      { signal: 'SIGTERM', sender: 'unknown', received: 1, forwarded: 0 },
      { signal: 'SIGTERM', sender: NOBODY, uid: 12, received: 1, forwarded: 0 },
    ]);
  });

  it('knows those that are gone by nothing, and counts them as one', () => {
    const { signals } = told(({ voice }) => {
      for (let sender = 0; sender < 10; sender++) voice.received({ ...TERM, sender: NOBODY + sender });
    });
    expect(signals).toEqual([{ signal: 'SIGTERM', sender: NOBODY + 9, uid: 0, received: 10, forwarded: 0 }]);
  });

  it('has room for so many senders, and counts the rest together', () => {
    const { signals } = told(({ voice }) => {
      for (let sender = 0; sender < 1000; sender++) {
        const event = { ...TERM, sender: NOBODY + (sender % 15), uid: sender };
        voice.received(event);
        voice.forwarded(event, 15, 7);
      }
    });
    expect(signals).toHaveLength(64);
    expect(signals.at(-1)).toEqual({
      signal: 'other',
      sender: 'unknown',
      received: 937,
      forwarded: 937,
    });
  });

  it('counts orphans by their command', () => {
    const { orphans } = told(({ voice }) => {
      for (const waitStatus of [0, 3 << 8, 9]) {
        voice.dying(process.pid);
        voice.reaped(process.pid, waitStatus);
      }
      voice.reaped(NOBODY, 0);
    });
    expect(orphans).toEqual({
      reaped: 4,
      failed: 1,
      killed: 1,
      commands: [
        { name: processName(process.pid), reaped: 3, failed: 1, killed: 1 },
        { name: '', reaped: 1, failed: 0, killed: 0 },
      ],
    });
  });

  it('names five hundred of them a second, and counts the others without a name', () => {
    const clock = vi.spyOn(performance, 'now').mockReturnValue(5000);
    const { orphans } = told(({ voice }) => {
      for (let count = 0; count < 3000; count++) {
        voice.dying(count % 2 === 0 ? process.pid : process.ppid);
        voice.reaped(count % 2 === 0 ? process.pid : process.ppid, 0);
      }
    });
    clock.mockRestore();
    expect(orphans.reaped).toBe(3000);
    expect(orphans.commands.find(({ name }) => name === '')).toMatchObject({ reaped: 2500 });
  });

  it('never loses a count, whatever comes in whatever order', () => {
    const event = fc.record({
      signal: fc.integer({ min: 1, max: 64 }).filter(signal => signal !== 17),
      code: fc.constantFrom(-6, 0, 1, 0x80),
      sender: fc.constantFrom(-1, 0, NOBODY, NOBODY + 1),
      uid: fc.nat(100),
      passed: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(fc.oneof(event, fc.constantFrom(0, 1 << 8, 11))), things => {
        const { signals, orphans } = told(({ voice }) => {
          for (const thing of things) {
            if (typeof thing === 'number') voice.reaped(NOBODY, thing);
            else voice.received(thing);
          }
        });
        const statuses = things.filter(thing => typeof thing === 'number');
        expect(signals.reduce((sum, { received }) => sum + received, 0)).toBe(things.length - statuses.length);
        expect(orphans).toMatchObject({
          reaped: statuses.length,
          failed: statuses.filter(status => status === 256).length,
          killed: statuses.filter(status => status === 11).length,
        });
      }),
    );
  });
});

describe("the program's end", () => {
  const SIGKILL = 9;
  const end = (waitStatus: number, before: Parameters<typeof told>[0] = () => {}) =>
    told((writer, oom) => {
      writer.spawned(7);
      before(writer, oom);
      writer.voice.ended(7, waitStatus);
    }).program;

  it('is an exit status, with what it used', () => {
    expect(end(3 << 8)).toMatchObject({
      pid: 7,
      state: 'ended',
      exit_status: 3,
      user_seconds: 1.5,
      system_seconds: 0.25,
      peak_bytes: 2 ** 40,
    });
    expect(end(3 << 8)).not.toHaveProperty('killed_by');
  });

  it('is a signal, and who had sent it', () => {
    const forward: Parameters<typeof told>[0] = ({ voice }) => {
      voice.received(TERM);
      voice.forwarded(TERM, 3, -7);
    };
    expect(end(3, forward)).toMatchObject({ exit_status: 131, killed_by: 'SIGQUIT', sent_by: 'outside the container' });
    expect(end(131 << 8, forward)).toMatchObject({ exit_status: 131, sent_by: 'outside the container' });
    expect(end(15, forward)).not.toHaveProperty('sent_by');
    expect(end(0, forward)).not.toHaveProperty('sent_by');
  });

  it('is by the OOM killer if its counter rose for it', () => {
    expect(end(SIGKILL, (_, oom) => oom.kills!++)).toMatchObject({ oom_killed: true, killed_by: 'SIGKILL' });
    expect(end(SIGKILL)).not.toHaveProperty('oom_killed');
    expect(end(9 << 8, (_, oom) => oom.kills!++)).not.toHaveProperty('oom_killed');
    expect(end(SIGKILL, (_, oom) => (oom.kills = undefined))).not.toHaveProperty('oom_killed');
  });

  it('is not, if the counter rose more than a second or two ago', () => {
    const elapsed = (seconds: number) =>
      end(SIGKILL, (writer, oom) => {
        oom.kills!++;
        for (let second = 0; second < seconds; second++) writer.elapseSecond!();
      });
    // It may have been the program all the same: it takes a while to end with much memory.
    expect(elapsed(1)).toMatchObject({ oom_killed: true });
    expect(elapsed(2)).not.toHaveProperty('oom_killed');
  });

  it('is not, if the counter rose for an orphan', () => {
    const program = end(SIGKILL, ({ voice }, oom) => {
      oom.kills!++;
      voice.reaped(8, SIGKILL);
    });
    expect(program).not.toHaveProperty('oom_killed');
  });

  it('is by sexton when it did not stop in time', () => {
    expect(end(SIGKILL, ({ voice }) => voice.killing('stop', 10, undefined))).toMatchObject({ sent_by: 'sexton' });
    expect(end(SIGKILL, ({ voice }) => voice.killing('wait', 10, undefined))).not.toHaveProperty('sent_by');
  });
});

it('an orphan that the OOM killer took is told of as such', () => {
  const { orphans, oom_kills } = told(({ voice }, oom) => {
    oom.kills = 7;
    voice.reaped(NOBODY, 9);
    voice.reaped(NOBODY, 9);
    voice.reaped(NOBODY, 9);
  });
  expect(oom_kills).toBe(2);
  expect(orphans.commands).toEqual([{ name: '', reaped: 3, failed: 0, killed: 3, oom_killed: 2 }]);
});

it('where no cgroup tells, nothing is said of OOM kills', () => {
  const writer = createLedger({ pid: 1, command: '', usage: () => undefined, oomKills: () => undefined });
  const memory = { oomKills: () => undefined, peak: () => undefined, limit: () => undefined };
  expect(readLedger(writer.ledger, memory).oom_kills).toBeUndefined();
});
