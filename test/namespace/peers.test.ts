/** Where sexton claims to do better than a peer: both run, side by side. The peers' versions are those of Debian 12. */
import { execFileSync } from 'node:child_process';
import { closeSync, constants as files, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { temporaryFolder, whyNoCompiler } from './c-fixture.ts';
import {
  type Container,
  childrenOf,
  describeWith,
  isRoot,
  missing,
  type Options,
  run,
  sexton,
  start,
  statusOf,
  until,
  whyNoNamespaces,
} from './harness.ts';
import { PEERS, type Peer } from './peer.ts';
import { CTRL_Z, jobOf, Terminal } from './terminal.ts';

/** Wants the system calls of processes that are another's child. */
const whyNotRoot = isRoot ? undefined : 'takes root';

const started: Container[] = [];

async function begin(words: readonly string[], options?: Options): Promise<Container> {
  const container = await start(words, options);
  started.push(container);
  return container;
}

afterEach(async () => {
  await Promise.all(started.splice(0).map(container => container.end()));
});

/** Runs tests with the peer, unless it is not here. */
function beside(peer: Peer, needs: readonly (string | undefined)[], tests: () => void): void {
  describeWith([...needs, PEERS[peer]], peer, tests);
}

/** It sleeps, and no signal waits for it. */
function isAtRest(pid: number): boolean {
  const status = statusOf(pid);
  return Boolean(status?.['State']?.startsWith('S') && /^0+$/.test(status['ShdPnd']!));
}

describe('an interactive shell', () => {
  const needs = [whyNoCompiler, missing('bash')];

  async function shell(): Promise<{ terminal: Terminal; bash: number }> {
    const terminal = new Terminal(['bash', '--norc', '--noprofile', '--noediting', '-i'], { environment: { PS1: '' } });
    terminal.type('PS1=; echo "he""re"\n');
    await terminal.says(/^here/m);
    return { terminal, bash: await terminal.leader() };
  }

  /** The foreground group after `… sleep 30 &`: the shell's own, or the thief's. */
  async function keepsTerminal(init: string): Promise<boolean> {
    const { terminal, bash } = await shell();
    terminal.type(`${init} sh -c 'echo "rea""dy"; sleep 30' &\n`);
    await terminal.says(/^ready/m);
    return jobOf(bash)?.foreground === bash;
  }

  /** Whether what follows in a script can read the terminal; it is stopped otherwise. */
  async function givesBack(init: string): Promise<boolean> {
    const { terminal, bash } = await shell();
    terminal.type(`sh -c '${init} true; read x; echo "got $x"'\n`);
    terminal.type('typed\n');
    await until(() => /^got typed|Stopped|^exit/m.test(terminal.stdout) || jobOf(bash)?.state === 'Z');
    return /^got typed/m.test(terminal.stdout);
  }

  /** A program that Ctrl-Z has stopped, and its init. */
  async function stopped(init: string): Promise<{ bash: number; init: number }> {
    const { terminal, bash } = await shell();
    terminal.type(`${init} sh -c 'echo "rea""dy $$"; exec sleep 30'\n`);
    const program = Number((await terminal.says(/^ready (\d+)/m))[1]);
    terminal.type(CTRL_Z);
    await until(() => jobOf(program)?.state === 'T');
    return { bash, init: Number(statusOf(program)?.['PPid']) };
  }

  async function stopsWithProgram(command: string): Promise<void> {
    const { bash, init } = await stopped(command);
    await until(() => jobOf(init)?.state === 'T' && jobOf(bash)?.foreground === bash);
  }

  async function sleepsBesideProgram(command: string): Promise<void> {
    const { bash, init } = await stopped(command);
    await until(() => isAtRest(init));
    expect(jobOf(bash)?.foreground).not.toBe(bash);
  }

  describeWith(needs, 'sexton', () => {
    it('keeps its terminal beside a background job', async () => expect(await keepsTerminal('sexton')).toBe(true));
    it('gets its terminal back in a script', async () => expect(await givesBack('sexton')).toBe(true));
    it('gets its terminal back on Ctrl-Z', () => stopsWithProgram('sexton'));
  });

  beside('tini', needs, () => {
    it('loses its terminal to a background job', async () => expect(await keepsTerminal('tini -s --')).toBe(false));
    it('keeps it where sexton is in its place', async () =>
      expect(await keepsTerminal('sexton --as tini -s --')).toBe(true));
    it('does not get it back in a script', async () => expect(await givesBack('tini -s --')).toBe(false));
    it('gets it back where sexton is in its place', async () =>
      expect(await givesBack('sexton --as tini -s --')).toBe(true));
    it('gets it back on Ctrl-Z where sexton is in its place', () => stopsWithProgram('sexton --as tini -s --'));
    it('does not get it back on Ctrl-Z', () => sleepsBesideProgram('tini -s --'));
  });

  beside('catatonit', needs, () => {
    it('loses its terminal to a background job', async () => expect(await keepsTerminal('catatonit --')).toBe(false));
    it('keeps it where sexton is in its place', async () =>
      expect(await keepsTerminal('sexton --as catatonit --')).toBe(true));
    it('does not get it back in a script', async () => expect(await givesBack('catatonit --')).toBe(false));
    it('gets it back where sexton is in its place', async () =>
      expect(await givesBack('sexton --as catatonit --')).toBe(true));
    it('gets it back on Ctrl-Z where sexton is in its place', () => stopsWithProgram('sexton --as catatonit --'));
    it('cannot stop the program with Ctrl-Z', async () => {
      const { terminal } = await shell();
      terminal.type(`catatonit -- sh -c 'echo "rea""dy $$"; exec sleep 30'\n`);
      const program = Number((await terminal.says(/^ready (\d+)/m))[1]);
      const blocked = Number.parseInt(statusOf(program)!['SigBlk']!, 16);
      expect(blocked & (1 << (constants.signals.SIGTSTP - 1))).not.toBe(0);
    });
  });

  beside('dumb-init', needs, () => {
    it('keeps its terminal beside a background job', async () => expect(await keepsTerminal('dumb-init')).toBe(true));
    it('gets its terminal back in a script', async () => expect(await givesBack('dumb-init')).toBe(true));
    it('gets its terminal back on Ctrl-Z', () => stopsWithProgram('dumb-init'));
  });
});

describe('a full stdout and stderr, at the highest verbosity', () => {
  /** The number of write(2). */
  const WRITE = { x64: '1', arm64: '64' }[process.arch as string];
  const program = 'trap "echo got >>$0" USR1; echo ready >>$0; while :; do sleep 30 & wait; done';

  async function full(init: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    const folder = temporaryFolder();
    const path = join(folder, 'pipe');
    execFileSync('mkfifo', [path]);
    const fd = openSync(path, files.O_RDWR | files.O_NONBLOCK);
    for (const size of [4096, 1]) while (accepts(fd, size));
    const file = join(folder, 'said');
    writeFileSync(file, '');
    const wrapper = ['sh', '-c', 'pipe=$1; shift; exec "$@" >"$pipe" 2>&1', 'sh', path];
    const container = await begin(['sh', '-c', program, file], { init, wrapper, environment });
    return { container, said: () => readFileSync(file, 'utf8'), close: () => closeSync(fd) };
  }

  function accepts(fd: number, size: number): boolean {
    try {
      return writeSync(fd, Buffer.alloc(size)) > 0;
    } catch {
      return false;
    }
  }

  async function hangs(init: readonly string[], environment?: Readonly<Record<string, string>>): Promise<void> {
    const { container, close } = await full(init, environment);
    await until(() => {
      try {
        // tini writes its lines when 4 KiB have come together.
        container.kill('SIGUSR1');
        const [call, descriptor] = readFileSync(`/proc/${container.pid}/syscall`, 'utf8').split(' ');
        return (
          call === WRITE && ['0x1', '0x2'].includes(descriptor!) && statusOf(container.pid)?.['State']?.[0] === 'S'
        );
      } catch {
        return false;
      }
    });
    close();
  }

  const needs = [whyNoNamespaces, whyNotRoot];

  describeWith(needs, 'sexton', () => {
    it.each([
      [['-vvv', '--']],
      [['--as', 'tini', '-vvv', '--']],
      [['--as', 'dumb-init', '-v', '--']],
      [['--as', 'catatonit', '--'], { CATATONIT_DEBUG: '1' }],
    ])('%j: does not hold up signals', async (options, environment: Readonly<Record<string, string>> = {}) => {
      const { container, said, close } = await full([...sexton, ...options], environment);
      await until(() => said().includes('ready'));
      container.kill('SIGUSR1');
      await until(() => said().includes('got'));
      container.kill('SIGTERM');
      expect(await container.ended).toMatchObject({ status: 143 });
      close();
    });
  });

  beside('tini', needs, () => {
    it('makes it wait in write(2)', () => hangs(['tini', '-vvv', '--']));
  });

  beside('dumb-init', needs, () => {
    it('makes it wait in write(2)', () => hangs(['dumb-init', '-v']));
  });

  beside('catatonit', needs, () => {
    it('makes it wait in write(2)', () => hangs(['catatonit', '--'], { CATATONIT_DEBUG: '1' }));
  });
});

describe('SIGCHLD ignored by whoever started the init', () => {
  const wrapper = ['env', '--ignore-signal=CHLD'];

  /** It goes on although it has no child any more: not even a signal makes it look. */
  async function staysForEver(init: readonly string[]): Promise<void> {
    const container = await begin(['true'], { init, wrapper });
    const { pid } = await until(() => {
      try {
        return { pid: container.pid };
      } catch {
        return undefined;
      }
    });
    await until(() => statusOf(pid)?.['Name'] === init[0] && childrenOf(pid).length === 0 && isAtRest(pid));
    const before = wakeUps(pid);
    container.kill('SIGUSR1');
    await until(() => wakeUps(pid) > before && isAtRest(pid));
    expect(childrenOf(pid)).toEqual([]);
  }

  function wakeUps(pid: number): number {
    return Number(statusOf(pid)?.['voluntary_ctxt_switches']);
  }

  describeWith([whyNoNamespaces], 'sexton', () => {
    it('leaves with the status of its program', async () => {
      expect(await run(['sh', '-c', 'exit 3'], { wrapper })).toMatchObject({ status: 3 });
    });
  });

  beside('tini', [whyNoNamespaces], () => {
    it('stays for ever', () => staysForEver(['tini', '--']));
  });

  beside('dumb-init', [whyNoNamespaces], () => {
    it('leaves too', async () => {
      expect(await run(['sh', '-c', 'exit 3'], { init: ['dumb-init'], wrapper })).toMatchObject({ status: 3 });
    });
  });
});

describe('a closed stdin', () => {
  const wrapper = ['sh', '-c', 'exec "$@" <&-', 'sh'];

  it.skipIf(whyNoNamespaces)('is nothing to sexton', async () => {
    expect(await run(['true'], { wrapper })).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  beside('tini', [whyNoNamespaces], () => {
    it('ends it', async () => {
      const { status, stderr } = await run(['true'], { init: ['tini', '--'], wrapper });
      expect(stderr).toContain('tcsetpgrp failed: Bad file descriptor');
      expect(status).not.toBe(0);
    });
  });
});
