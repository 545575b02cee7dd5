/** Bugs of the peers that are not copied: the peer has them, sexton in its place has not. docs/migrating.md lists them. */
import { chmodSync, copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { compile, temporaryFolder, whyNoCompiler } from '../namespace/c-fixture.ts';
import {
  type Container,
  childrenOf,
  describeWith,
  isRoot,
  missing,
  type Options,
  run,
  start,
  statusOf,
  until,
  whyNoNamespaces,
} from '../namespace/harness.ts';
import { PEERS } from '../namespace/peer.ts';
import { jobOf, Terminal } from '../namespace/terminal.ts';
import { pair } from './side-by-side.ts';

const whyNotRoot = isRoot ? undefined : 'takes root';
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

async function begin(init: readonly string[], words: readonly string[], options: Options = {}): Promise<Container> {
  const container = await start(words, { init, ...options });
  started.push(container);
  return container;
}

describeWith([whyNoNamespaces, PEERS.tini], 'tini', () => {
  it('ends when stdin is closed', async () => {
    const wrapper = ['sh', '-c', 'exec "$@" <&-', 'sh'];
    const { peer, ours } = pair('tini');
    expect((await run(['--', 'true'], { init: peer, wrapper })).stderr).toContain('tcsetpgrp failed');
    expect(await run(['--', 'true'], { init: ours, wrapper })).toEqual({ status: 0, stdout: '', stderr: '' });
  });
});

for (const peer of ['tini', 'catatonit'] as const) {
  describeWith([whyNoNamespaces, PEERS[peer]], peer, () => {
    it('stays for ever where SIGCHLD is ignored', async () => {
      const wrapper = ['env', '--ignore-signal=CHLD'];
      const commands = pair(peer);
      const container = await begin(commands.peer, ['--', 'sleep', '0.1'], { wrapper });
      const { pid } = container;
      await until(() => statusOf(pid)?.['Name'] === peer && statusOf(pid)?.['SigIgn'] !== undefined);
      await until(() => childrenOf(pid).length > 0);
      await until(() => childrenOf(pid).length === 0);
      const words = ['--', 'sh', '-c', 'exit 3'];
      expect(await run(words, { init: commands.ours, wrapper })).toMatchObject({ status: 3 });
      expect(statusOf(pid)?.['State']).toMatch(/^S/);
    });
  });
}

describeWith([whyNoNamespaces, PEERS.catatonit], 'catatonit', () => {
  it("blocks a terminal's stops in the program", async () => {
    const words = ['--', 'grep', 'SigBlk', '/proc/self/status'];
    const { peer, ours } = pair('catatonit');
    expect((await run(words, { init: peer })).stdout).toMatch(/\t0000000000380000$/m);
    expect((await run(words, { init: ours })).stdout).toMatch(/\t0{16}$/m);
  });
});

describeWith([whyNoNamespaces, whyNotRoot, missing('setpriv'), whyNoCompiler, PEERS.tini], 'tini', () => {
  it('exits when a program of another user refuses a signal', async context => {
    const program = join(temporaryFolder(), 'set-user-id');
    copyFileSync(compile('foreign', temporaryFolder()), program);
    chmodSync(program, 0o4755);
    const wrapper = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
    const { peer, ours } = pair('tini');
    if ((await run(['--', 'true'], { init: ours, wrapper })).status !== 0)
      return context.skip('this Node is for root only');

    const theirs = await begin(peer, ['--', program], { wrapper });
    await theirs.says(/ready/);
    theirs.kill('SIGTERM');
    expect(await theirs.ended).toMatchObject({ status: 1, stderr: expect.stringMatching(/Operation not permitted/) });

    const container = await begin(ours, ['--', program], { wrapper });
    await container.says(/ready/);
    // setpriv has dropped the parent death signal that would end it with the test.
    leftovers.push(container.pid);
    const warning = /^\[WARN {2}tini \(1\)\] Unexpected error when forwarding signal: 'Operation not permitted'$/gm;
    for (let time = 1; time <= 2; time++) {
      container.kill('SIGTERM');
      await until(() => container.stderr.match(warning)?.length === time);
    }
    process.kill(childrenOf(container.pid)[0]!, 'SIGKILL');
    expect((await container.ended).status).toBe(137);
  });
});

/** User and system time, in 1/100 s. */
function processorTicks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

/** It has got whatever was sent to it before. */
function isAtRest(pid: number): boolean {
  const { State, ShdPnd } = statusOf(pid) ?? {};
  return Boolean(State?.startsWith('S') && /^0+$/.test(ShdPnd ?? ''));
}

for (const peer of ['tini', 'catatonit'] as const) {
  describeWith([PEERS[peer]], `${peer}, not PID 1`, () => {
    it.each(['SIGSEGV', 'SIGABRT'] as const)('dies of a %s that somebody sends to it', async signal => {
      const words = ['--', 'sh', '-c', 'echo ready; exec sleep 30'];
      const commands = pair(peer);
      const theirs = await begin(commands.peer, words, { nested: true });
      await theirs.says(/ready/);
      const program = await until(() => childrenOf(theirs.pid)[0]);
      leftovers.push(program);
      theirs.kill(signal);
      // Its program stays, and holds its stdout: it has not ended for us before.
      await until(() => !statusOf(theirs.pid) || statusOf(theirs.pid)?.['State']?.startsWith('Z'));
      expect(statusOf(program)).toBeDefined();

      const container = await begin(commands.ours, words, { nested: true });
      await container.says(/ready/);
      await container.listening();
      container.kill(signal);
      await until(() => isAtRest(container.pid));
      container.kill('SIGTERM');
      expect((await container.ended).status).toBe(143);
    });
  });
}

/** Whether a program whose stdin is not the terminal has it all the same: in its session, and in the foreground. */
async function terminalOf(command: readonly string[]): Promise<'foreground' | 'background' | 'none'> {
  const script = 'exec "$@" sh -c \'echo "rea""dy"; exec sleep 30\' </dev/null';
  const terminal = new Terminal(['sh', '-c', script, 'sh', ...command], { namespace: true });
  await terminal.says(/^ready/m);
  const { foreground, group } = jobOf(childrenOf(await terminal.leader())[0]!)!;
  return foreground === group ? 'foreground' : foreground > 0 ? 'background' : 'none';
}

describe('on a terminal, with stdin from elsewhere', () => {
  const needs = [whyNoNamespaces, whyNoCompiler];
  for (const [peer, options, has] of [
    ['tini', ['--'], 'background'],
    ['dumb-init', [], 'none'],
    ['catatonit', ['--'], 'foreground'],
  ] as const) {
    describeWith([...needs, PEERS[peer]], peer, () => {
      it(`leaves its program: ${has}`, async () => {
        const commands = pair(peer);
        expect(await terminalOf([...commands.peer, ...options])).toBe(has);
        expect(await terminalOf([...commands.ours, ...options])).toBe('foreground');
      });
    });
  }
});

describe('whose reader is gone', () => {
  /** Both streams of the init are a pipe that nobody reads any more. */
  const wrapper = ['bash', '-c', 'exec 9> >(exec true); wait $!; exec "$@" >&9 2>&9 9>&-', 'bash'];
  /** Leaves an orphan behind, for the init to tell of. */
  const words = ['sh', '-c', 'sh -c "sh -c : &"; sleep 2; exit 3'];
  const environment = { CATATONIT_DEBUG: '1' };
  const needs = [whyNoNamespaces, missing('bash')];

  for (const [peer, options] of [
    ['tini', ['-w', '--']],
    ['catatonit', ['--']],
  ] as const) {
    describeWith([...needs, PEERS[peer]], peer, () => {
      it('passes its SIGPIPE on to the program', async () => {
        const commands = pair(peer);
        expect((await run([...options, ...words], { init: commands.peer, wrapper, environment })).status).toBe(141);
        expect((await run([...options, ...words], { init: commands.ours, wrapper, environment })).status).toBe(3);
      });
    });
  }

  describeWith([...needs, PEERS['dumb-init']], 'dumb-init', () => {
    it('never ends', async () => {
      const commands = pair('dumb-init');
      const { pid } = await begin(commands.peer, ['-v', '--', ...words], { wrapper });
      await until(() => statusOf(childrenOf(pid)[0] ?? 0)?.['State']?.startsWith('Z'));
      const before = processorTicks(pid);
      await until(() => processorTicks(pid) > before + 20);
      expect(statusOf(childrenOf(pid)[0]!)?.['State']).toMatch(/^Z/);
      expect((await run(['-v', '--', ...words], { init: commands.ours, wrapper })).status).toBe(3);
    });
  });
});

describe('LISTEN_PID, which names the init', () => {
  for (const peer of ['tini', 'dumb-init', 'catatonit'] as const) {
    describeWith([whyNoNamespaces, PEERS[peer]], peer, () => {
      it(peer === 'catatonit' ? 'becomes the program' : 'is left as it is', async () => {
        const environment = { LISTEN_PID: '1', LISTEN_FDS: '0' };
        const words = ['--', 'sh', '-c', 'test $LISTEN_PID = $$ && echo mine || echo $LISTEN_PID'];
        const commands = pair(peer);
        expect((await run(words, { init: commands.peer, environment })).stdout).toBe(
          peer === 'catatonit' ? 'mine\n' : '1\n',
        );
        expect((await run(words, { init: commands.ours, environment })).stdout).toBe('mine\n');
      });
    });
  }
});

describe('a name with control characters', () => {
  for (const peer of ['tini', 'dumb-init'] as const) {
    describeWith([whyNoNamespaces, PEERS[peer]], peer, () => {
      it('reaches the terminal of whoever reads the log', async () => {
        const words = ['--', 'no\x1b[31msuch'];
        const commands = pair(peer);
        expect((await run(words, { init: commands.peer })).stderr).toContain('no\x1b[31msuch');
        expect((await run(words, { init: commands.ours })).stderr).toContain('no\\x1b[31msuch');
      });
    });
  }
});
