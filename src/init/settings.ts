import { SIGTERM } from '../kernel/signals.ts';

/** What the init is told to do. src/cli fills it in; everything here is already checked. */
export interface InitSettings {
  /** Who gets forwarded signals. */
  scope: Scope;
  /** The signal to pass on, by the signal that came; 0 drops it. */
  rewrite: Uint8Array;
  /** The received signal (before `rewrite`) that begins a stop. */
  stopSignal: number;
  /** Milliseconds for which the stop signal is held back. */
  stopDelay: number;
  /** Milliseconds from passing the stop signal on to SIGKILL; Infinity: never. */
  stopTimeout: number;
  /** For whom to wait, after SIGTERM, when the program has ended. */
  wait: Wait;
  /** Milliseconds of that wait until SIGKILL; Infinity: never. */
  waitTimeout: number;
  /** Exit statuses to report as another. */
  remapExit: ReadonlyMap<number, number>;
  /** Tell the voice of every signal; else only of those with which something is wrong. */
  tellSignals: boolean;
  /** Tell the voice of every orphan that was reaped; else JavaScript has nothing to do with them. */
  tellOrphans: boolean;
  /** Look at each orphan before it is reaped, so that the voice can name it. */
  inspectOrphans: boolean;
  /** Take part in the job control of the shell that started us. */
  jobControl: boolean;
  /** Signals (before `rewrite`) after which we stop ourselves too, once they were passed on. */
  stopAfter: readonly number[];
  /** Sent to what is left of the program's group when the program has ended; nobody is waited for. 0: none. */
  farewell: number;
}

export type Scope = 'child' | 'group' | 'all';
export type Wait = 'main' | 'group' | 'all';

/** Every signal becomes itself. */
export function identityRewrite(): Uint8Array {
  return Uint8Array.from({ length: 65 }, (_, signal) => signal);
}

/** An init that was told nothing. */
export function defaultInitSettings(): InitSettings {
  return {
    scope: 'group',
    rewrite: identityRewrite(),
    stopSignal: SIGTERM,
    stopDelay: 0,
    stopTimeout: Infinity,
    wait: 'main',
    waitTimeout: Infinity,
    remapExit: new Map(),
    tellSignals: false,
    tellOrphans: true,
    inspectOrphans: false,
    jobControl: true,
    stopAfter: [],
    farewell: 0,
  };
}
