/**
 * The ledger: everything that sexton counts, in one piece of memory that the init's loop writes and the service's
 * thread may read at any time. Its size is fixed, whatever happens in the container.
 *
 * Numbers are doubles: they never wrap around, and one is read as a whole or not at all.
 */

/** All that a reader needs; it can be handed to another thread. */
export interface Ledger {
  readonly memory: SharedArrayBuffer;
  readonly pid: number;
  /** The program and its arguments, as a byte string; empty with --pause. */
  readonly command: string;
}

/** Places in `numbers`. */
export const STARTED = 0;
export const PROGRAM = 1;
export const SPAWNED = 2;
export const STOPPED = 3;
export const ENDED = 4;
export const WAIT_STATUS = 5;
export const USER_SECONDS = 6;
export const SYSTEM_SECONDS = 7;
export const PEAK_BYTES = 8;
export const OOM_KILLED = 9;
/** The entry of the signal that ended the program, plus 1; KILLED_BY_SEXTON when we killed it ourselves. */
export const ENDED_BY = 10;
export const ERRORS = 11;
export const LOST_LINES = 12;
export const ORPHANS_REAPED = 13;
export const ORPHANS_FAILED = 14;
export const ORPHANS_KILLED = 15;
/** Of the cgroup, when we started; -1 where no cgroup tells. */
export const OOM_KILLS_BEFORE = 16;
/** The most that we held ourselves when we started the program: the least that it can be said to have held. */
export const OWN_PEAK_BYTES = 17;
/** Of the service's thread, which counts for itself. */
export const SERVICE_LOST_LINES = 20;
export const SIGNALS_USED = 18;
export const COMMANDS_USED = 19;
const HEADER = 24;

export const KILLED_BY_SEXTON = -1;

/** A signal by one sender. The last entry takes all that have no place any more. */
export const SIGNALS = 64;
export const SIGNAL = 0;
export const SENDER = 1;
export const UID = 2;
export const RECEIVED = 3;
export const FORWARDED = 4;
export const SENT = 5;
const SIGNAL_FIELDS = 6;

/** What SENDER holds beside pids. */
export const BY_KERNEL = -2;
export const BY_UNKNOWN = -1;

/** The orphans of one name. The last entry takes all that have no place any more. */
export const COMMANDS = 128;
export const REAPED = 0;
export const FAILED = 1;
export const KILLED = 2;
export const OOM = 3;
const COMMAND_FIELDS = 4;

/** TASK_COMM_LEN: a process's name has at most 15 bytes. */
export const NAME_LENGTH = 16;

const SIGNALS_AT = HEADER;
const COMMANDS_AT = SIGNALS_AT + SIGNALS * SIGNAL_FIELDS;
const NUMBERS = COMMANDS_AT + COMMANDS * COMMAND_FIELDS;

export const LEDGER_BYTES: number = NUMBERS * Float64Array.BYTES_PER_ELEMENT + (SIGNALS + COMMANDS) * NAME_LENGTH;

/** Where the fields of an entry begin. */
export function signalAt(entry: number): number {
  return SIGNALS_AT + entry * SIGNAL_FIELDS;
}

export function commandAt(entry: number): number {
  return COMMANDS_AT + entry * COMMAND_FIELDS;
}

export function viewsOf(memory: SharedArrayBuffer): { numbers: Float64Array; names: Buffer } {
  return {
    numbers: new Float64Array(memory, 0, NUMBERS),
    names: Buffer.from(memory, NUMBERS * Float64Array.BYTES_PER_ELEMENT),
  };
}

/** Where the name of an entry begins in `names`. */
export function senderNameAt(entry: number): number {
  return entry * NAME_LENGTH;
}

export function commandNameAt(entry: number): number {
  return (SIGNALS + entry) * NAME_LENGTH;
}
