import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { whyNoCompiler } from '../namespace/c-fixture.ts';
import { describeWith, missing, until } from '../namespace/harness.ts';
import { CTRL_C, CTRL_Z, jobOf, Terminal } from '../namespace/terminal.ts';
import { whyNoContainers } from './container.ts';
import { command } from './podman.ts';

const SHELL = ['bash', '--norc', '--noediting'];
/** Found among all processes of the machine. */
const SLEEP = `sleep 1${process.pid}`;

for (const init of [[], ['--init']]) {
  const missed = init.length > 0 ? missing('catatonit') : undefined;
  describeWith([whyNoContainers, whyNoCompiler, missed], ['podman run', ...init, '-it'].join(' '), () => {
    it('a shell has the terminal: job control, Ctrl-C, and its status', async () => {
      const terminal = new Terminal([command, 'run', '--rm', ...init, '-it', 'service', ...SHELL]);
      await terminal.says(/\$ $/);
      terminal.type('tty; echo options: $-\n');
      await terminal.says(/\/dev\/pts\/0\s+options: \S*m/);
      terminal.type(`${SLEEP}\n`);
      await until(isInForeground);
      terminal.type(CTRL_C);
      terminal.type('echo status: $?\n');
      await terminal.says(/status: 130/);
      // Podman's init blocks it for good in all that it starts.
      if (init.length === 0) {
        terminal.type(`${SLEEP}\n`);
        await until(isInForeground);
        terminal.type(CTRL_Z);
        await terminal.says(/Stopped\s+sleep/);
        terminal.type('fg\n');
        await until(isInForeground);
        terminal.type(CTRL_C);
      }
      terminal.type('exit 5\n');
      expect((await terminal.ended).status).toBe(5);
    });
  });
}

/** Whether Ctrl-C would reach it. */
function isInForeground(): boolean {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name) && commandLine(name) === SLEEP)
    .some(pid => {
      const job = jobOf(Number(pid));
      return job !== undefined && job.foreground === job.group;
    });
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}
