/**
 * What sexton knows of its container, as the JSON that the control socket, `sextonctl status --json` and --report
 * give: docs/logs.md documents each key. Texts are byte strings here, and UTF-8 in JSON; times are milliseconds since 1970.
 */
export interface Status {
  version: string;
  pid: number;
  started: number;
  program: ProgramStatus;
  signals: SignalCount[];
  orphans: OrphanCounts;
  /** Processes that the OOM killer took in our cgroup since the start; undefined where no cgroup tells. */
  oom_kills: number | undefined;
  /** The most memory that our cgroup ever held, caches included, and its limit, as far as it tells. */
  memory_peak_bytes: number | undefined;
  memory_limit_bytes: number | undefined;
  /** Errors of our own that we went on after. */
  errors: number;
  /** Lines of the log that nobody took. */
  lost_lines: number;
}

export interface ProgramStatus {
  /** 0: none (--pause). */
  pid: number;
  /** With its arguments. */
  command: string;
  /** When it was started; 0: not yet, or never. */
  spawned: number;
  state: 'running' | 'stopped' | 'ended';
  /** All of the following once it has ended. */
  ended?: number;
  exit_status?: number;
  killed_by?: string;
  /** The OOM killer took it. */
  oom_killed?: true;
  /** Who had sent the signal that it died of, where it came through us; 'sexton' when --stop-timeout was over. */
  sent_by?: string;
  /** Of itself and of the children that it waited for. */
  user_seconds?: number;
  system_seconds?: number;
  peak_bytes?: number;
  /** Instead, when that was no more than our own: exec(3) does not forget what a process held before. */
  peak_bytes_at_most?: number;
}

/** Signals that came with the same name from the same sender. */
export interface SignalCount {
  signal: string;
  /** The pid of the last of that name, 0 for one outside the container, 'kernel', or 'unknown'. */
  sender: number | 'kernel' | 'unknown';
  sender_name?: string;
  uid?: number;
  received: number;
  forwarded: number;
  /** As what it was last forwarded, where that is another signal. */
  sent?: string;
}

export interface OrphanCounts {
  reaped: number;
  /** Of those: ended with another status than 0; killed by a signal. */
  failed: number;
  killed: number;
  /** The commonest first; bounded, what came later is counted under the name ''. */
  commands: CommandCount[];
}

export interface CommandCount {
  name: string;
  reaped: number;
  failed: number;
  killed: number;
  /** Of the killed ones, those that the OOM killer took. */
  oom_killed?: number;
}
