import { Failure } from '../failure.ts';
import type { Voice } from '../init/voice.ts';
import { reasonOf } from '../kernel/errors.ts';
import { isAlive, type Process, type Usage } from '../kernel/kernel.ts';
import { isProcOurs, readProcesses } from '../kernel/procfs.ts';
import { containerMemory } from './container-memory.ts';
import type { DyingOrphans } from './dying.ts';
import { endingText } from './ending.ts';
import { exitReport } from './exit-report.ts';
import type { Ledger } from './ledger/layout.ts';
import { readLedger } from './ledger/read.ts';
import { createLedger } from './ledger/write.ts';
import type { Log, LogFields } from './log.ts';
import { ours } from './ours.ts';
import type { Status } from './status.ts';
import { openTerminationLog } from './termination-log.ts';
import type { Line } from './voice.ts';

/** What is written down from the start, so that the end can be explained. */
export interface Account {
  /** Has to hear everything that the init says, before whoever asks for `ending`. */
  readonly voice: Voice;
  readonly ledger: Ledger;
  /** Once a second; where there is nothing to be done then, none. */
  readonly elapseSecond: (() => void) | undefined;
  /** All that may fail, before the program is there. Throws a Failure. */
  prepare(): void;
  spawned(program: number): void;
  lostLine(): void;
  /** All that is known of the program's end. */
  ending(): Line;
  /** Says, and writes down, what was asked for. */
  leaving(exitStatus: number, log: Log): void;
}

/** What of the settings an account goes by. */
export interface AccountSettings {
  readonly program: readonly string[];
  readonly report: boolean;
  readonly terminationLog: string | undefined;
}

export function openAccount(
  settings: AccountSettings,
  pid: number,
  orphans: DyingOrphans | undefined,
  usage: () => Usage | undefined,
): Account {
  const memory = containerMemory();
  const { ledger, voice, elapseSecond, spawned, lostLine } = createLedger({
    pid,
    command: settings.program.join(' '),
    orphans,
    usage,
    oomKills: memory.oomKills,
  });
  let writeTerminationLog: ((message: string) => void) | undefined;

  /** For the log, which is kept and sent elsewhere: without the program's arguments, passwords among them. */
  function status(): Status {
    const known = readLedger(ledger, memory);
    return { ...known, program: { ...known.program, command: settings.program[0] ?? '' } };
  }

  return {
    voice,
    ledger,
    elapseSecond,
    spawned,
    lostLine,

    prepare() {
      const path = settings.terminationLog;
      if (path === undefined) return;
      try {
        writeTerminationLog = openTerminationLog(Buffer.from(path, 'latin1'));
      } catch (error) {
        throw new Failure(`--termination-log: cannot write '${path}': ${reasonOf(error as NodeJS.ErrnoException)}`);
      }
    },

    ending() {
      const now = status();
      return { message: endingText(now), fields: { program: now.program as unknown as LogFields } };
    },

    leaving(exitStatus, log) {
      const now = status();
      if (now.program.state === 'ended') writeTerminationLog?.(endingText(now));
      if (settings.report) {
        const { lines, fields } = exitReport(now, exitStatus, alive(pid));
        if (log.format === 'json') log.always('report', fields);
        else for (const line of lines) log.always(`report: ${line}`);
      }
    },
  };
}

/** Who is left. */
function alive(pid: number): Process[] | undefined {
  const processes = isProcOurs() ? readProcesses() : undefined;
  return processes && ours(processes, pid).filter(process => isAlive(process) && process.pid !== pid);
}
