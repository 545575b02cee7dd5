/** Signal names and numbers, as x86-64 and arm64 Linux have them: signal(7). */

const NAMES =
  'HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS'.split(
    ' ',
  );
const ALIASES: Readonly<Record<string, number>> = { IOT: 6, CLD: 17, POLL: 29 };

export const SIGHUP = 1;
export const SIGINT = 2;
export const SIGKILL = 9;
export const SIGTERM = 15;
export const SIGCHLD = 17;
export const SIGCONT = 18;
export const SIGSTOP = 19;
export const SIGTSTP = 20;
export const SIGTTIN = 21;
export const SIGTTOU = 22;
export const LAST_SIGNAL = 64;

/** ILL, TRAP, ABRT, BUS, FPE, SEGV and SYS: raised by a program's own mistakes. */
export const FAULTS: readonly number[] = [4, 5, 6, 7, 8, 11, 31];

/** KILL and STOP cannot be caught, CHLD is for the reaper, TTIN and TTOU are ignored so that an init may use its terminal. */
export const NEVER_FORWARDED: readonly number[] = [9, 17, 19, 21, 22];

/** 34 on every libc, as in Docker and Go: 32 and 33 belong to the C library. */
export const SIGRTMIN = 34;

/** `SIGTERM`, `SIGRTMIN+3`; a number that is no signal comes back as it is. */
export function signalName(signal: number): string {
  if (signal === SIGRTMIN) return 'SIGRTMIN';
  if (signal > SIGRTMIN && signal <= LAST_SIGNAL) return `SIGRTMIN+${signal - SIGRTMIN}`;
  const name = NAMES[signal - 1];
  return name === undefined ? String(signal) : `SIG${name}`;
}

/** `TERM`, `SIGTERM`, `15`, `RTMIN+3`, `RTMAX-1`, in any case. Returns undefined for what is no signal. */
export function signalNumber(text: string): number | undefined {
  if (/^[0-9]+$/.test(text)) return isSignal(Number(text)) ? Number(text) : undefined;
  const name = text.toUpperCase().replace(/^SIG/, '');
  const realtime = /^RT(MIN|MAX)(?:([+-])([0-9]+))?$/.exec(name);
  if (realtime) {
    const offset = Number(realtime[3] ?? 0) * (realtime[2] === '-' ? -1 : 1);
    const signal = (realtime[1] === 'MIN' ? SIGRTMIN : LAST_SIGNAL) + offset;
    return signal >= SIGRTMIN && signal <= LAST_SIGNAL ? signal : undefined;
  }
  const index = NAMES.indexOf(name);
  return index >= 0 ? index + 1 : ALIASES[name];
}

function isSignal(number: number): boolean {
  return (number >= 1 && number <= NAMES.length) || (number >= SIGRTMIN && number <= LAST_SIGNAL);
}
