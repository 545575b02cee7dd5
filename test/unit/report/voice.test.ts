import { describe, expect, it } from 'vitest';
import type { Process, SignalEvent } from '../../../src/kernel/kernel.ts';
import { processName } from '../../../src/kernel/procfs.ts';
import { watchDyingOrphans } from '../../../src/report/dying.ts';
import { createLog } from '../../../src/report/log.ts';
import { createVoice } from '../../../src/report/voice.ts';

const NOBODY = 0x7ffffffe;
const HUP: SignalEvent = { signal: 1, code: 0, sender: 0, uid: 0, passed: false };
const own = processName(process.pid)!;

/** The text lines and the fields that a voice makes of what is said to it. */
function listen(say: (voice: ReturnType<typeof createVoice>) => void, verbosity = 4, warnOnReap = false) {
  const lines = { text: [] as string[], json: [] as string[] };
  for (const format of ['text', 'json'] as const) {
    const write = (line: Uint8Array) => {
      lines[format].push(Buffer.from(line).toString());
      return line.length;
    };
    say(createVoice(createLog({ verbosity, format, pid: 1, write }), warnOnReap, watchDyingOrphans()));
  }
  const fields = lines.json.map(line => {
    const { time: _time, pid: _pid, msg: _msg, ...rest } = JSON.parse(line);
    return rest;
  });
  return { text: lines.text.join(''), fields };
}

function survivor(pid: number, name: string): Process {
  return { pid, name, state: 'S', parent: 1, group: 2, session: 2, startTime: 0 };
}

describe('a forwarded signal', () => {
  it('is told with its sender outside the container, and its target', () => {
    expect(listen(voice => voice.forwarded(HUP, 1, -7))).toEqual({
      text: 'sexton: forwarded SIGHUP from outside the container to process group 7\n',
      fields: [{ level: 30, event: 'forwarded', signal: 'SIGHUP', sender: 0, uid: 0, sent: 'SIGHUP', target: -7 }],
    });
  });

  it('is told with what it was rewritten to', () => {
    expect(listen(voice => voice.forwarded({ ...HUP, sender: NOBODY, uid: 5 }, 37, 7))).toEqual({
      text: `sexton: forwarded SIGHUP from ${NOBODY} as SIGRTMIN+3 to process 7\n`,
      fields: [
        { level: 30, event: 'forwarded', signal: 'SIGHUP', sender: NOBODY, uid: 5, sent: 'SIGRTMIN+3', target: 7 },
      ],
    });
  });

  it('is told with the name of its sender', () => {
    expect(listen(voice => voice.forwarded({ ...HUP, sender: process.pid }, 1, -1))).toEqual({
      text: `sexton: forwarded SIGHUP from ${process.pid} (${own}) to everything\n`,
      fields: [
        {
          level: 30,
          event: 'forwarded',
          signal: 'SIGHUP',
          sender: process.pid,
          uid: 0,
          sender_name: own,
          sent: 'SIGHUP',
          target: -1,
        },
      ],
    });
  });

  it('may come from the kernel, or from nobody knows whom', () => {
    const { text, fields } = listen(voice => {
      voice.forwarded({ ...HUP, code: 0x80, sender: 99 }, 1, 7);
      voice.forwarded({ ...HUP, sender: -1 }, 1, 7);
    });
    expect(text).toContain('from the kernel to');
    expect(text).toContain('from an unknown sender to');
    expect(fields).toMatchObject([{ sender: 'kernel' }, { signal: 'SIGHUP' }]);
    expect(fields[1]).not.toHaveProperty('sender');
  });
});

describe('a signal that is not forwarded', () => {
  it('is told', () => {
    expect(listen(voice => voice.dropped(HUP))).toEqual({
      text: 'sexton: did not forward SIGHUP from outside the container\n',
      fields: [{ level: 30, event: 'dropped', signal: 'SIGHUP', sender: 0, uid: 0 }],
    });
  });

  it('is told with the time for which it is held back', () => {
    expect(listen(voice => voice.held(HUP, 2500))).toEqual({
      text: 'sexton: holding SIGHUP from outside the container back for 2.5 s\n',
      fields: [{ level: 30, event: 'held', signal: 'SIGHUP', sender: 0, uid: 0, delay: 2500 }],
    });
  });

  it('is a warning when it was refused', () => {
    expect(listen(voice => voice.undelivered(HUP, 15, 7, 1))).toEqual({
      text: 'sexton: warning: SIGTERM could not be sent to process 7: Operation not permitted\n',
      fields: [{ level: 40, event: 'undelivered', signal: 'SIGHUP', sent: 'SIGTERM', target: 7, errno: 1 }],
    });
  });

  it('is hardly worth a word when its target has gone', () => {
    const say = (voice: ReturnType<typeof createVoice>) => voice.undelivered(HUP, 1, -7, 3);
    expect(listen(say).text).toBe('sexton: SIGHUP could not be sent to process group 7: No such process\n');
    expect(listen(say, 2).text).toBe('');
  });
});

describe('a time limit', () => {
  it('names those who get SIGKILL', () => {
    expect(listen(voice => voice.killing('stop', 10_000, [survivor(12, 'java')]))).toEqual({
      text: 'sexton: warning: 12 (java) is still alive 10 s after the stop signal: sending SIGKILL\n',
      fields: [{ level: 40, event: 'killing', reason: 'stop', timeout: 10_000, survivors: '12 (java)' }],
    });
  });

  it('names the first ten of many', () => {
    const many = Array.from({ length: 12 }, (_, n) => survivor(n + 1, 'w'));
    const { text } = listen(voice => voice.killing('wait', 500, many));
    expect(text).toMatch(
      /^sexton: warning: 1 \(w\), .*, 10 \(w\) and 2 more are still alive 500 ms after the program's end/,
    );
  });

  it('says so when nobody can tell', () => {
    expect(listen(voice => voice.killing('wait', 1000, undefined))).toEqual({
      text: "sexton: warning: others may still be alive 1 s after the program's end: sending SIGKILL\n",
      fields: [{ level: 40, event: 'killing', reason: 'wait', timeout: 1000 }],
    });
  });

  it('makes hostile names harmless', () => {
    const { text } = listen(voice => voice.killing('stop', 1, [survivor(5, '\x1b[2J\n\xff')]));
    expect(text).toMatch(/^[ -~]*\n$/);
  });
});

describe('an orphan', () => {
  it('is named with its age when it was asked for', () => {
    const { text, fields } = listen(
      voice => {
        voice.dying(process.pid);
        voice.reaped(process.pid, 3 << 8);
      },
      1,
      true,
    );
    expect(text).toMatch(
      new RegExp(`^sexton: warning: reaped orphan ${process.pid} \\(${own}\\): exited with 3, [0-9.]+ m?s old\n$`),
    );
    expect(fields).toMatchObject([{ level: 40, orphan: process.pid, name: own, status: 3 }]);
    expect(fields[0].age).toBeGreaterThanOrEqual(0);
  });

  it('does not get the name of another one', () => {
    const { text } = listen(
      voice => {
        voice.dying(process.pid);
        voice.reaped(NOBODY, 0);
      },
      1,
      true,
    );
    expect(text).toBe(`sexton: warning: reaped orphan ${NOBODY}: exited with 0\n`);
  });

  it('is told of at -vv only, otherwise', () => {
    const say = (voice: ReturnType<typeof createVoice>) => voice.reaped(NOBODY, 9);
    expect(listen(say, 2).text).toBe('');
    expect(listen(say, 3)).toEqual({
      text: `sexton: reaped orphan ${NOBODY}: was killed by SIGKILL\n`,
      fields: [{ level: 20, event: 'reaped', orphan: NOBODY, status: 137, killed_by: 'SIGKILL' }],
    });
  });
});

describe('the end of the program', () => {
  it('is told with its status or signal', () => {
    expect(
      listen(voice => {
        voice.ended(7, 3 << 8);
        voice.ended(7, 11 | 0x80);
      }),
    ).toEqual({
      text: 'sexton: the program (7) exited with 3\nsexton: the program (7) was killed by SIGSEGV\n',
      fields: [
        { level: 30, event: 'ended', program: 7, status: 3 },
        { level: 30, event: 'ended', program: 7, status: 139, killed_by: 'SIGSEGV' },
      ],
    });
  });

  it('is followed by those who are waited for, if any', () => {
    const { text, fields } = listen(voice => {
      voice.waiting([survivor(8, 'a'), survivor(9, 'b')]);
      voice.waiting([]);
      voice.waiting(undefined);
    });
    expect(text).toBe(
      "sexton: 8 (a), 9 (b) are still alive after the program's end: sent SIGTERM, waiting\n" +
        "sexton: others may still be alive after the program's end: sent SIGTERM, waiting\n",
    );
    expect(fields).toEqual([
      { level: 30, event: 'waiting', survivors: '8 (a), 9 (b)' },
      { level: 30, event: 'waiting' },
    ]);
  });
});

describe('the rest', () => {
  it('is told: stops, and trouble of our own', () => {
    const { text } = listen(voice => {
      voice.stopped();
      voice.continued();
      voice.trouble('odd');
    });
    expect(text).toBe(
      'sexton: the program was stopped: stopping with it\nsexton: continued\nsexton: going on after an error of our own: odd\n',
    );
  });

  it('is one line even for an error with a stack', () => {
    const { text } = listen(voice => voice.trouble(new Error('a\nb')));
    expect(text.match(/\n/g)).toHaveLength(1);
  });
});

it.each([0, 1])('at verbosity %i the usual course of things is silent', verbosity => {
  const { text } = listen(voice => {
    voice.forwarded(HUP, 1, 7);
    voice.dropped(HUP);
    voice.held(HUP, 5);
    voice.reaped(7, 0);
    voice.ended(7, 0);
    voice.waiting([survivor(7, 'a')]);
    voice.stopped();
    voice.continued();
    voice.undelivered(HUP, 1, 7, 3);
  }, verbosity);
  expect(text).toBe('');
});
