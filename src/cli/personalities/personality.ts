import type { Voice } from '../../init/voice.ts';
import { errorText } from '../../kernel/errors.ts';
import type { Usage } from '../../kernel/kernel.ts';
import type { SpawnStep } from '../../kernel/spawn-request.ts';
import type { Ledger } from '../../report/ledger/layout.ts';
import { textLine } from '../../report/log.ts';
import type { Settings } from '../settings.ts';

/** Whose command line we read, and how we speak: sexton's own, or that of a peer whose place we take. */
export interface Personality {
  /** What the words and the environment ask for. Throws a Failure only where sexton's own answer is due. */
  read(call: Call): Plan | Answer;
}

/** How we were called. Texts are byte strings. */
export interface Call {
  /** argv[0]: the name by which messages of getopt(3) call us. */
  readonly calledAs: string;
  /** The words behind it. */
  readonly words: readonly string[];
  readonly environment: readonly string[];
  readonly pid: number;
}

export type Stream = 1 | 2;

/** Something to say instead of running a program: help, a version, what is wrong with the command line. */
export interface Answer {
  readonly texts: readonly { readonly stream: Stream; readonly text: string }[];
  readonly status: number;
}

/** Something to do, and in which manner. */
export interface Plan {
  readonly settings: Settings;
  createManner(output: Output): Manner;
}

export interface Output {
  readonly pid: number;
  /** Writes a line; returns the bytes written, or -errno. */
  write(stream: Stream, line: Uint8Array): number;
  /** What the child that was reaped last has used; undefined until the kernel is there. */
  usage(): Usage | undefined;
}

/** Becoming a subreaper, finding the parent alive of whose death we want to be told, or a step of the spawn. */
export type Step = 'subreaper' | 'parent' | SpawnStep;

/** What is said around the init, beside what the init itself says; and the statuses of failures. */
export interface Manner {
  readonly voice: Voice;
  /** Orphans come to us: as PID 1 or as a subreaper; or, as neither, they do not. */
  becameInit(how: 'PID 1' | 'subreaper' | 'neither'): void;
  spawned(program: number): void;
  /** A step on the way to the program was refused, exec with it. Returns the status to leave with. */
  refused(step: Step, errno: number): number;
  /** Anything else that keeps us from running it. Returns the status to leave with. */
  failed(message: string): number;
  /** What is written down, if anything is; then `usage` is asked for. */
  readonly ledger?: Ledger | undefined;
  /** To be called once a second, if at all. */
  readonly elapseSecond?: (() => void) | undefined;
  /** The init is over; it leaves with this status. */
  leaving?(status: number): void;
}

export function answer(status: number, ...texts: [stream: Stream, text: string][]): Answer {
  return { status, texts: texts.map(([stream, text]) => ({ stream, text })) };
}

/** One line of a peer's log. Whether it arrives is nobody's concern: a log must not hold up an init. */
export function say(output: Output, stream: Stream, text: string): void {
  output.write(stream, textLine(text));
}

/** A step for which a peer has no words, without the names of our options. */
export function refusal(program: string, step: Step, errno: number): string {
  if (step === 'parent') return 'the parent has died already';
  return `cannot start '${program}': ${step}: ${errorText(errno)}`;
}

/** A voice that says nothing: what a peer's log has no line for. */
export const SILENT: Voice = {
  received() {},
  forwarded() {},
  dropped() {},
  undelivered() {},
  held() {},
  killing() {},
  dying() {},
  reaped() {},
  settled() {},
  ended() {},
  waiting() {},
  stopped() {},
  continued() {},
  trouble() {},
};
