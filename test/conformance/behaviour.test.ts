/** What the peers do with signals, groups, sessions and terminals: observed side by side, and alike. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { compile, temporaryFolder } from '../namespace/c-fixture.ts';
import {
  type Container,
  childrenOf,
  describeWith,
  entry,
  missing,
  type Options,
  run,
  start,
  statusOf,
  until,
  whyNoNamespaces,
} from '../namespace/harness.ts';
import { PEERS, type Peer } from '../namespace/peer.ts';
import { CTRL_C, jobOf, Terminal } from '../namespace/terminal.ts';
import { comparable, pair } from './side-by-side.ts';

const SIGUSR1 = 10;
const SIGUSR2 = 12;
const SIGCONT = 18;
const LAST = 64;
const FAULTS = [4, 5, 6, 7, 8, 11, 31];
/** All that can be sent to an init without stopping or killing it. */
const CATCHABLE = [...Array(65).keys()].filter(
  signal => signal > 0 && signal !== 9 && signal !== 19 && signal !== LAST,
);

const folder = temporaryFolder();
const recorder = missing('gcc') ? '' : compile('recorder', folder);
const started: Container[] = [];
const leftovers: number[] = [];

afterEach(async () => {
  for (const pid of leftovers.splice(0)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // Gone already.
    }
  }
  await Promise.all(started.splice(0).map(container => container.end()));
});

/** Runs a scenario under the peer and under us: both observe what is expected. */
async function alike<T>(peer: Peer, scenario: (init: readonly string[]) => Promise<T>, expected: T): Promise<void> {
  const { peer: original, ours } = pair(peer);
  expect(await scenario(original), 'the peer').toEqual(expected);
  expect(await scenario(ours), 'sexton').toEqual(expected);
}

async function begin(init: readonly string[], words: readonly string[], options: Options = {}): Promise<Container> {
  const container = await start(words, { init, ...options });
  started.push(container);
  return container;
}

async function record(init: readonly string[], options: readonly string[], more: Options = {}): Promise<Container> {
  const container = await begin(init, [...options, recorder, 'main'], more);
  await container.says(/main ready/);
  return container;
}

function received(container: Container, name = 'main'): number[] {
  return [...container.stdout.matchAll(new RegExp(`^${name} (\\d+)$`, 'gm'))].map(match => Number(match[1]));
}

const needs = [whyNoNamespaces, missing('gcc')];

/** Which of the signals a recorder gets, in ascending order: the expected ones have come when the last is sent. */
function passedOn(options: readonly string[], signals: readonly number[], expected: readonly number[]) {
  const scenario = async (init: readonly string[]): Promise<string> => {
    const container = await record(init, options);
    for (const signal of signals) {
      container.kill(signal);
      // A stop that is generated discards a waiting SIGCONT, and the other way round.
      if (signal === SIGCONT) await container.says(new RegExp(`^main ${SIGCONT}$`, 'm'));
    }
    for (const signal of expected) await container.says(new RegExp(`^main ${signal}$`, 'm'));
    container.kill(LAST);
    await container.says(new RegExp(`^main ${LAST}$`, 'm'));
    return received(container)
      .sort((a, b) => a - b)
      .join(' ');
  };
  return [scenario, [...expected, LAST].join(' ')] as const;
}

/** Who in the program's group gets a signal. */
const receivers =
  (options: readonly string[], more: Options = {}) =>
  async (init: readonly string[]) => {
    const script = `${recorder} member & exec ${recorder} main`;
    const container = await begin(init, [...options, 'sh', '-c', script], more);
    await container.says(/main ready/);
    await container.says(/member ready/);
    container.kill(SIGUSR1);
    await container.says(new RegExp(`^main ${SIGUSR1}$`, 'm'));
    const member = childrenOf(childrenOf(container.pid)[0]!)[0]!;
    process.kill(member, SIGUSR2);
    await container.says(new RegExp(`^member ${SIGUSR2}$`, 'm'));
    return received(container, 'member').includes(SIGUSR1) ? 'group' : 'program';
  };

/** Of which the program is the leader, or whose member it is. */
const place =
  (options: readonly string[], more: Options = {}) =>
  async (init: readonly string[]) => {
    const container = await record(init, options, more);
    const program = childrenOf(container.pid)[0]!;
    const own = jobOf(container.pid)!;
    const { group, session } = jobOf(program)!;
    return session === program
      ? 'own session'
      : group === program
        ? 'own group'
        : group === own.group
          ? 'same group'
          : 'other';
  };

/** The signals blocked and ignored in the program, where whoever started the init had blocked and ignored some. */
const dispositions = (options: readonly string[]) => async (init: readonly string[]) => {
  const wrapper = ['env', '--ignore-signal=USR1', '--ignore-signal=35', '--block-signal=USR2'];
  const words = [...options, 'grep', '-E', 'Sig(Blk|Ign)', '/proc/self/status'];
  const { stdout } = await run(words, { init, wrapper });
  return [...stdout.matchAll(/Sig(?:Blk|Ign):\s*(\w+)/g)].map(match => Number.parseInt(match[1]!, 16));
};

/** Who is the parent of an orphan, where the init is not PID 1. */
const parentOfOrphan = (options: readonly string[]) => async (init: readonly string[]) => {
  const script = "sh -c 'sleep 30 >/dev/null 2>&1 & echo orphan $!'; echo left; exec sleep 30";
  const container = await begin(init, [...options, 'sh', '-c', script], { nested: true });
  const orphan = Number((await container.says(/^orphan (\d+)$/m))[1]);
  leftovers.push(orphan);
  await container.says(/^left$/m);
  const parent = Number(statusOf(orphan)!['PPid']);
  // Whole: killed, the init would leave the program behind, which has its stdout.
  container.kill('SIGTERM');
  await container.ended;
  return parent === container.pid ? 'the init' : 'another';
};

for (const [peer, options, parent] of [
  ['tini', ['--'], 'another'],
  ['tini', ['-s', '--'], 'the init'],
  ['dumb-init', ['--'], 'another'],
  ['catatonit', ['--'], 'the init'],
] as const) {
  describeWith([PEERS[peer]], `${peer} ${options.join(' ')}, not PID 1`, () => {
    it(`leaves an orphan to ${parent}`, () => alike(peer, parentOfOrphan(options), parent));
  });
}

for (const [peer, group] of [
  ['tini', ['-g', '--']],
  ['catatonit', ['-g', '--']],
] as const) {
  describeWith([...needs, PEERS[peer]], peer, () => {
    const unforwarded = [17, 21, 22, 32, 33, ...FAULTS, ...(peer === 'catatonit' ? [20] : [])];

    it('passes these signals on', () =>
      alike(
        peer,
        ...passedOn(
          ['--'],
          CATCHABLE,
          CATCHABLE.filter(signal => !unforwarded.includes(signal)),
        ),
      ));
    it('signals the program alone', () => alike(peer, receivers(['--']), 'program'));
    it('signals the group with -g', () => alike(peer, receivers(group), 'group'));
    it('gives the program a group of its own', () => alike(peer, place(['--']), 'own group'));
  });

  // Node alone resets both before anybody can look.
  describeWith([whyNoNamespaces, PEERS[peer], entry === 'node' ? 'takes the launcher' : undefined], peer, () => {
    it('hands dispositions and mask on', async () => {
      const { peer: original, ours } = pair(peer);
      const [blocked, ignored] = [2 ** (SIGUSR2 - 1), 2 ** (SIGUSR1 - 1) + 2 ** 34];
      // catatonit adds TSTP, TTIN and TTOU: one of its bugs.
      const added = peer === 'catatonit' ? 0b111 << 19 : 0;
      expect(await dispositions(['--'])(original)).toEqual([blocked + added, ignored]);
      expect(await dispositions(['--'])(ours)).toEqual([blocked, ignored]);
    });
  });
}

describeWith([...needs, PEERS.tini], 'tini', () => {
  it('signals the group with TINI_KILL_PROCESS_GROUP', () =>
    alike('tini', receivers(['--'], { environment: { TINI_KILL_PROCESS_GROUP: '' } }), 'group'));

  it('-g -s -e 143 -v: tells what it passes on, and leaves with 0 after SIGTERM', async () => {
    const scenario = async (init: readonly string[]) => {
      // Not at once: tini looks for the dead after each signal, and then says nothing of a SIGCHLD.
      const script = `${recorder} member & exec ${recorder} main tidy=300 status=143`;
      const container = await begin(init, ['-g', '-s', '-e', '143', '-vv', '--', 'sh', '-c', script]);
      await container.says(/main ready/);
      await container.says(/member ready/);
      for (const signal of [SIGUSR1, 40]) {
        container.kill(signal);
        await container.says(new RegExp(`^member ${signal}$`, 'm'));
      }
      container.kill('SIGTERM');
      const { status, stdout, stderr } = await container.ended;
      return { status, stderr, said: comparable({ status, stdout, stderr }).stdout.match(/^\[.*\n/gm) };
    };
    const { peer, ours } = pair('tini');
    const expected = await scenario(peer);
    expect(expected.status).toBe(0);
    expect(expected.said).toContain("[DEBUG tini (N)] Passing signal: 'Real-time signal 6'\n");
    expect(await scenario(ours)).toEqual(expected);
  });

  it('gets the signal of -p when its parent dies', async () => {
    for (const init of Object.values(pair('tini'))) {
      const wrapper = ['sh', '-c', '"$@" & echo "init $!"; wait', 'sh'];
      const words = ['-s', '-p', 'SIGUSR1', '--', recorder, 'main'];
      const container = await begin(init, words, { nested: true, wrapper });
      const pid = Number((await container.says(/^init (\d+)/m))[1]);
      leftovers.push(pid, Number((await container.says(/main ready (\d+)/))[1]));
      process.kill(container.pid, 'SIGKILL');
      await container.says(new RegExp(`^main ${SIGUSR1}$`, 'm'));
    }
  });
});

describeWith([...needs, PEERS['dumb-init']], 'dumb-init', () => {
  const others = CATCHABLE.filter(signal => ![20, 21, 22].includes(signal));

  it('passes these signals on', () =>
    alike(
      'dumb-init',
      ...passedOn(
        [],
        others,
        others.filter(signal => ![17, 32, 33].includes(signal)),
      ),
    ));
  it('passes the stops of a terminal on with -c', () =>
    alike('dumb-init', ...passedOn(['-c'], [20, 21, 22], [20, 21, 22])));
  it('rewrites', () => alike('dumb-init', ...passedOn(['-r', '15:3', '-r', '1:0'], [1, 15], [3])));
  it('signals the group', () => alike('dumb-init', receivers([]), 'group'));
  it('signals the program alone with -c', () => alike('dumb-init', receivers(['-c']), 'program'));
  it('gives the program a session of its own', () => alike('dumb-init', place([]), 'own session'));
  it('leaves the program in its own group with -c', () => alike('dumb-init', place(['-c']), 'same group'));
  it('DUMB_INIT_SETSID=0: signals the program alone', () =>
    alike('dumb-init', receivers([], { environment: { DUMB_INIT_SETSID: '0' } }), 'program'));
  it('DUMB_INIT_SETSID=0: leaves the program in its own group', () =>
    alike('dumb-init', place([], { environment: { DUMB_INIT_SETSID: '0' } }), 'same group'));
  it('hands no disposition and no mask on, but for realtime signals', () =>
    alike('dumb-init', dispositions([]), [0, 2 ** 34]));

  it.each([20, 21, 22])('stops the program and itself on signal %i, and both go on', async signal => {
    for (const init of Object.values(pair('dumb-init'))) {
      const container = await record(init, [], { nested: true });
      const program = childrenOf(container.pid)[0]!;
      leftovers.push(program);
      container.kill(signal);
      await until(() => jobOf(container.pid)?.state === 'T' && jobOf(program)?.state === 'T');
      container.kill(SIGCONT);
      await container.says(new RegExp(`^main ${SIGCONT}$`, 'm'));
      expect(jobOf(container.pid)?.state).not.toBe('T');
    }
  });

  it('stops itself after a stop that is rewritten, too', async () => {
    for (const init of Object.values(pair('dumb-init'))) {
      const container = await record(init, ['-r', `20:${SIGUSR1}`], { nested: true });
      leftovers.push(childrenOf(container.pid)[0]!);
      container.kill(20);
      await container.says(new RegExp(`^main ${SIGUSR1}$`, 'm'));
      await until(() => jobOf(container.pid)?.state === 'T');
    }
  });

  it.each([
    [[], 15],
    [['-r', `15:${SIGUSR1}`], SIGUSR1],
  ])('%j: ends the rest of the group with %i, and does not wait', async (options, signal) => {
    for (const [name, init] of Object.entries(pair('dumb-init'))) {
      const said = join(folder, `${name}-${signal}`);
      const script = `${recorder} member >${said} 2>&1 & until grep -q ready ${said}; do sleep 0.02; done; exit 3`;
      const { status } = await run([...options, 'sh', '-c', script], { init, nested: true });
      expect(status).toBe(3);
      const text = await until(() => /^member ready (\d+)\nmember (\d+)\n/.exec(readFileSync(said, 'utf8')));
      leftovers.push(Number(text[1]));
      expect(Number(text[2])).toBe(signal);
    }
  });
});

describeWith([...needs, PEERS.catatonit], 'catatonit -P', () => {
  /** A signal sent before it is ready would be lost. The peer blocks signals; we catch them, as does no other. */
  async function paused(init: readonly string[], words: readonly string[]): Promise<Container> {
    const container = await begin(init, words);
    await until(() => {
      const { Name, SigBlk, SigCgt } = statusOf(container.pid) ?? {};
      return Name === 'catatonit' ? BigInt(`0x${SigBlk}`) >> 63n === 1n : (BigInt(`0x${SigCgt ?? 0}`) & 8n) === 8n;
    });
    return container;
  }

  it.each([2, 15])('ends with 0 on signal %i, and on no other', async signal => {
    for (const init of Object.values(pair('catatonit'))) {
      const container = await paused(init, ['-P', 'ignored']);
      container.kill(SIGUSR1);
      container.kill(signal);
      expect(await container.ended).toEqual({ status: 0, stdout: '', stderr: '' });
    }
  });

  it('is what pause means', async () => {
    const container = await paused(pair('catatonit', 'pause').ours, []);
    container.kill(15);
    expect(await container.ended).toEqual({ status: 0, stdout: '', stderr: '' });
  });
});

for (const [peer, options, ownSession] of [
  ['tini', ['--'], false],
  ['catatonit', ['--'], false],
  ['dumb-init', [], true],
] as const) {
  describeWith([...needs, PEERS[peer]], `${peer} on a terminal`, () => {
    it('gives it to the program, which Ctrl-C ends', async () => {
      for (const init of Object.values(pair(peer))) {
        const terminal = new Terminal([...init, ...options, 'sh', '-c', 'echo "rea""dy"; exec sleep 30'], {
          namespace: true,
        });
        await terminal.says(/^ready/m);
        const program = childrenOf(await terminal.leader())[0]!;
        const { foreground, group, session } = jobOf(program)!;
        expect([foreground, session === program]).toEqual([group, ownSession]);
        terminal.type(CTRL_C);
        expect((await terminal.ended).status).toBe(130);
      }
    });
  });
}
