/** A terminal for tests to type on: test/fixtures/pty.c. */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { compile, temporaryFolder } from './c-fixture.ts';
import { Container, childrenOf, isRoot, sexton, sextonEnvironment, until } from './harness.ts';

export const CTRL_C = '\x03';
export const CTRL_D = '\x04';
export const CTRL_S = '\x13';
export const CTRL_Q = '\x11';
export const CTRL_Z = '\x1a';

let pty: string | undefined;
let path: string | undefined;

const terminals = new Set<Terminal>();

afterEach(async () => {
  await Promise.all([...terminals].map(terminal => terminal.end()));
  terminals.clear();
});

export interface TerminalOptions {
  /** The command is PID 1 of a namespace of its own. */
  namespace?: boolean;
  /** Nobody reads what it shows, until `look`. */
  unread?: boolean;
  environment?: Readonly<Record<string, string>>;
}

/** A command as session leader on a terminal of its own. What the terminal shows is its stdout. */
export class Terminal extends Container {
  readonly #pty: ChildProcess;

  constructor(command: readonly string[], options: TerminalOptions = {}) {
    pty ??= compile('pty', temporaryFolder());
    const { namespace = false, unread = false } = options;
    const words = [
      ...(namespace && !isRoot ? ['unshare', '--user', '--map-root-user'] : []),
      pty,
      ...(namespace ? ['-n'] : []),
      ...(unread ? ['-s'] : []),
      ...command,
    ];
    const child = spawn(words[0]!, words.slice(1), {
      stdio: 'pipe',
      env: {
        PATH: `${programs()}:${process.env['PATH']}`,
        TERM: 'dumb',
        ...sextonEnvironment,
        ...options.environment,
      },
    });
    // It may be gone before all was typed.
    child.stdin.on('error', () => {});
    super(child, true);
    this.#pty = child;
    terminals.add(this);
  }

  type(text: string): void {
    this.#pty.stdin!.write(text);
  }

  hangUp(): void {
    this.#pty.stdin!.end();
  }

  look(): void {
    this.#pty.kill('SIGUSR1');
  }

  /** The session leader, as the tests see it. */
  async leader(): Promise<number> {
    return until(() => childrenOf(this.pid)[0]);
  }
}

/** A folder with `sexton` as a command, to be typed. */
function programs(): string {
  if (path !== undefined) return path;
  path = temporaryFolder();
  writeFileSync(join(path, 'sexton'), `#!/bin/sh\nexec ${sexton.map(word => `'${word}'`).join(' ')} "$@"\n`);
  chmodSync(join(path, 'sexton'), 0o755);
  return path;
}

/** Fields of /proc/PID/stat that tell of job control; undefined when it is gone. */
export function jobOf(pid: number): { state: string; group: number; session: number; foreground: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state, , group, session, , foreground] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: state!, group: Number(group), session: Number(session), foreground: Number(foreground) };
  } catch {
    return undefined;
  }
}
