import { defaultInitSettings, type InitSettings } from '../init/settings.ts';
import type { SpawnRequest } from '../kernel/spawn-request.ts';
import type { LogFormat } from '../report/log.ts';

/** Everything that the command line and the environment decide. Texts are byte strings. */
export interface Settings extends InitSettings {
  /** The program and its arguments; empty with `pause`. */
  program: readonly string[];
  pause: boolean;
  /** auto: when not PID 1. */
  subreaper: 'auto' | 'yes' | 'no';
  /** 0: none. */
  parentDeathSignal: number;
  /** What the program is made the leader of; of nothing: it stays in our process group. */
  leads: SpawnRequest['leads'];
  /** The program gets the signals blocked and ignored that we got; else none are, but for ignored realtime signals. */
  inheritSignals: boolean;
  /** SIGTTIN and SIGTTOU come to us as any other signal, instead of being ignored. */
  takesTerminalStops: boolean;
  /** USER or USER:GROUP, to be looked up. */
  user: string | undefined;
  directory: string | undefined;
  /** NAME=value, added to the program's environment. */
  addedEnvironment: readonly string[];
  /** 0 errors, 1 warnings, 2 info, 3 debug, 4 trace. */
  verbosity: number;
  logFormat: LogFormat;
  /** Name every orphan as it is reaped. */
  warnOnReap: boolean;
  /** One account of all that has happened, at the end. */
  report: boolean;
  /** The file that is told why the program ended. */
  terminationLog: string | undefined;
  /** Milliseconds from one look through /proc to the next. */
  watch: number | undefined;
  /** The control socket: an absolute path, and no byte string. */
  control: string | undefined;
  metrics: { host: string; port: number } | undefined;
}

/** What `sexton program` means, without any option. */
export function defaultSettings(program: readonly string[]): Settings {
  return {
    program,
    pause: false,
    subreaper: 'auto',
    parentDeathSignal: 0,
    leads: 'group',
    inheritSignals: true,
    takesTerminalStops: false,
    user: undefined,
    directory: undefined,
    addedEnvironment: [],
    verbosity: 1,
    logFormat: 'text',
    warnOnReap: false,
    report: false,
    terminationLog: undefined,
    watch: undefined,
    control: undefined,
    metrics: undefined,
    ...defaultInitSettings(),
  };
}
