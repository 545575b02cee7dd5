/**
 * A Node program as PID 1, without an init: it reaps the orphans that it adopts, and ends on SIGTERM. docs/register.md.
 * What has a type here is public; it refers to no other file, so that dist/index.d.ts can be made from it alone.
 */
import type { EventEmitter } from 'node:events';
import { sharedAdoption } from './adoption.ts';

export interface AdoptOptions {
  /** Adopt the orphans below us also when not PID 1: prctl(2), PR_SET_CHILD_SUBREAPER. Default false. */
  subreaper?: boolean | undefined;
  /** Milliseconds that a zombie is left to native code that waits for it itself. Default 100. */
  grace?: number | undefined;
  /** As PID 1: SIGTERM, SIGINT and SIGHUP end the program while it does not listen to them. Default true. */
  signals?: boolean | undefined;
  /** Milliseconds after which a zombie that is not ours to reap is reported. Default 30,000. */
  neglect?: number | undefined;
}

/** An orphan that was reaped. exitCode and signalCode as ChildProcess has them: one of them is null. */
export interface Orphan {
  pid: number;
  /** As `ps -o comm` shows it: at most 15 bytes. */
  name: string;
  exitCode: number | null;
  /** SIGTERM, or SIGRTMIN+3 for a realtime signal. */
  signalCode: string | null;
}

/** A child that this program itself started, that has ended, and that nobody has waited for. */
export interface NeglectedChild {
  pid: number;
  name: string;
  /** The thread that started it: 'main', or the thread id of a worker or of native code. */
  thread: 'main' | number;
}

/** Counts since the start. `orphans` is shaped as in `sextonctl status --json`. */
export interface Status {
  version: string;
  pid: number;
  /** Whether orphans are reaped. */
  active: boolean;
  /** Why not. */
  reason?: string;
  /** Milliseconds since 1970; when reaping began. */
  started?: number;
  orphans: OrphanCounts;
  /** Zombies that are not ours to reap, at the last look. */
  neglected: NeglectedChild[];
}

export interface OrphanCounts {
  reaped: number;
  /** Of those: ended with another status than 0; killed by a signal. */
  failed: number;
  killed: number;
  /** The commonest first; at most 100 names, the rest is counted under the name ''. */
  commands: CommandCount[];
}

export interface CommandCount {
  name: string;
  reaped: number;
  failed: number;
  killed: number;
}

/** Its listeners do not keep the program alive; what they throw is an uncaught exception. */
export interface Adoption extends EventEmitter<{ orphan: [Orphan]; neglected: [NeglectedChild] }> {
  status(): Status;
  /** Reaps no more, and gives the signals back. */
  stop(): void;
}

/**
 * From now on orphans that this process adopts are reaped. Does nothing where it adopts none: not as PID 1 and not
 * asked to be a subreaper, in a worker thread, on another system than Linux; status().reason says which.
 * One adoption for a process: further calls return it, and start it if it does not run.
 */
export function adoptOrphans(options: AdoptOptions = {}): Adoption {
  const adoption = sharedAdoption();
  adoption.start(options);
  return adoption;
}

/** What was reaped so far, by `adoptOrphans()` or by `sexton/register`. */
export function status(): Status {
  return sharedAdoption().status();
}
