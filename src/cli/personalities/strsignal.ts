import { LAST_SIGNAL, SIGRTMIN } from '../../kernel/signals.ts';

const TEXTS = [
  'Hangup',
  'Interrupt',
  'Quit',
  'Illegal instruction',
  'Trace/breakpoint trap',
  'Aborted',
  'Bus error',
  'Floating point exception',
  'Killed',
  'User defined signal 1',
  'Segmentation fault',
  'User defined signal 2',
  'Broken pipe',
  'Alarm clock',
  'Terminated',
  'Stack fault',
  'Child exited',
  'Continued',
  'Stopped (signal)',
  'Stopped',
  'Stopped (tty input)',
  'Stopped (tty output)',
  'Urgent I/O condition',
  'CPU time limit exceeded',
  'File size limit exceeded',
  'Virtual timer expired',
  'Profiling timer expired',
  'Window changed',
  'I/O possible',
  'Power failure',
  'Bad system call',
];

/** What glibc's strsignal(3) says in the C locale. */
export function strsignal(signal: number): string {
  if (signal >= SIGRTMIN && signal <= LAST_SIGNAL) return `Real-time signal ${signal - SIGRTMIN}`;
  return TEXTS[signal - 1] ?? `Unknown signal ${signal}`;
}
