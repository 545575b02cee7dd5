import { Failure } from '../failure.ts';
import type { Voice } from '../init/voice.ts';
import { errorText } from '../kernel/errors.ts';
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
import { openTerminationLog } from './termination-log.ts';
import type { Line } from './voice.ts';

/** What is written down from the start, so that the end can be explained. */
export interface Account {
  /** Has to hear everything that the init says, before whoever asks for `ending`. */
  readonly voice: Voice;
  readonly ledger: Ledger;
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
  const { ledger, voice, spawned, lostLine } = createLedger({
    pid,
    command: settings.program.join(' '),
    orphans,
    usage,
    oomKills: memory.oomKills,
  });
  let writeTerminationLog: ((message: string) => void) | undefined;

  const status = () => readLedger(ledger, memory);

  return {
    voice,
    ledger,
    spawned,
    lostLine,

    prepare() {
      const path = settings.terminationLog;
      if (path === undefined) return;
      try {
        writeTerminationLog = openTerminationLog(Buffer.from(path, 'latin1'));
      } catch (error) {
        throw new Failure(`--termination-log: cannot write '${path}': ${reason(error)}`);
      }
    },

    ending() {
      const now = status();
      return { message: endingText(now), fields: now.program as unknown as LogFields };
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

function reason(error: unknown): string {
  const { errno, message } = error as NodeJS.ErrnoException;
  return errno === undefined ? message : errorText(-errno);
}

/** Those below us that live. */
function alive(pid: number): Process[] | undefined {
  const processes = isProcOurs() ? readProcesses() : undefined;
  if (!processes) return undefined;
  const parents = new Map(processes.map(process => [process.pid, process.parent]));
  const isBelow = (process: number): boolean => {
    const parent = parents.get(process);
    return parent !== undefined && (parent === pid || isBelow(parent));
  };
  return processes.filter(process => isAlive(process) && isBelow(process.pid));
}
