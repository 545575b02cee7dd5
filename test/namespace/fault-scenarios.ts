/** What is run while calls fail, and which errors a call may have. */
import { join } from 'node:path';
import { isRoot, node, nodeEntry, root } from './harness.ts';
import { type Fault, type Observed, type Scenario, type Site, tools } from './injection.ts';

const launcher = join(root, 'prebuilds', `linux-${process.arch}`, 'sexton');

/** What sexton calls through libc, and neither V8 nor libuv on the first thread. */
const THROUGH_LIBC = ['ioctl(0x540f)', 'prctl(15)'];

/** sexton's own scenarios. */
export interface OwnScenario extends Scenario {
  /** The program runs before Node does: the one case in which we may have to end it. */
  readonly startsEarly?: boolean;
  /** Why it cannot be run here. */
  readonly whyNot?: string | undefined;
}

function ours(name: string, words: readonly string[], more: Partial<Scenario> = {}): OwnScenario {
  return {
    name,
    command: [launcher, ...words],
    status: 7,
    objects: ['sexton', 'libsexton.so'],
    calls: THROUGH_LIBC,
    ...more,
    environment: { SEXTON_NODE: node, SEXTON_FFI: 'koffi', ...more.environment },
  };
}

export function scenarios(): OwnScenario[] {
  const { answer } = tools();
  const nowhere = '/nonexistent/program';
  return [
    { ...ours('fast lane', ['--', answer]), environment: { SEXTON_NODE: node }, startsEarly: true },
    ours('Node entry', [], { command: [node, nodeEntry, '--', answer] }),
    ours('told to tell', ['-vv', '--report', '--warn-on-reap', '--', answer]),
    ours('stop ladder', ['--stop-delay', '50ms', '--stop-timeout', '50ms', '--', answer, '-i'], { status: 137 }),
    ours('wait group', ['--wait', 'group', '--wait-timeout', '60s', '--', answer, '-l']),
    {
      ...ours('another user', ['--user', '65534:65534', '--chdir', '/tmp', '--setsid', '--', answer]),
      whyNot: isRoot ? undefined : 'not root',
    },
    ours('terminal', ['-q', '--', answer], { onTerminal: true }),
    {
      ...ours('terminal, fast lane', ['--', answer], { onTerminal: true }),
      environment: { SEXTON_NODE: node },
      startsEarly: true,
    },
    ours('not found', ['--', nowhere], { status: 127, isRefused: true }),
  ];
}

/** Calls that have no way to fail, by their manual pages. */
const CANNOT_FAIL = ['getpid', 'getppid', 'gettid', 'geteuid', 'getpgrp', 'exit_group', 'rt_sigreturn'];

export function canFail({ call }: Site): boolean {
  return !CANNOT_FAIL.includes(call);
}

/** What may become of an init besides "unharmed" and, before the program is started, "refused". */
export interface Exception {
  readonly object?: string;
  readonly inside?: string;
  readonly call?: RegExp;
  readonly may: Observed['result'] | 'crash' | 'say nothing';
  readonly since: string;
}

export const EXCEPTIONS: readonly Exception[] = [
  { inside: 'sigaction', may: 'crash', since: "it is Node's own call, by way of us, and Node asserts that it works" },
  { call: /^kill$/, may: 'recovered', since: 'it is what passes the signal on: with it fails just this signal' },
  { call: /^(wait4|waitid)$/, may: 'recovered', since: 'it is what reaps, and is tried again every 100 ms' },
  { call: /^read$/, object: 'libsexton.so', may: 'recovered', since: 'it is what takes the signal from the pipe' },
  {
    call: /^rt_sigtimedwait$/,
    may: 'recovered',
    since: 'it is what takes the signal, and is tried again every 100 ms',
  },
  {
    call: /^(rt_sigprocmask\([02]\)|pipe2|rt_sigaction)$/,
    may: 'recovered',
    since: 'without it the library keeps no signals while Node boots, as with the Node entry',
  },
  { call: /^(write|pwritev2|ppoll|read)$/, may: 'say nothing', since: 'it is what says why' },
];

const EPERM = 1;
const ENOENT = 2;
const EINTR = 4;
const EIO = 5;
const E2BIG = 7;
const EAGAIN = 11;
const ENOMEM = 12;
const EACCES = 13;
const EINVAL = 22;
const ENFILE = 23;
const EMFILE = 24;
const ENOTTY = 25;
const ENOSPC = 28;
const ESPIPE = 29;
const EPIPE = 32;
const ENOSYS = 38;
const EOPNOTSUPP = 95;

/** By the manual pages; the first is the likeliest. Every call can be refused by seccomp besides: EPERM, ENOSYS. */
const ERRORS: Readonly<Record<string, readonly number[]>> = {
  chdir: [EACCES, ENOENT, EIO],
  clone: [EAGAIN, ENOMEM],
  close: [EIO, EINTR],
  /* Not ENOEXEC: then a shell runs it, as POSIX wants. */
  execve: [ENOENT, EACCES, E2BIG, ENOMEM, EIO],
  faccessat: [ENOENT, EACCES],
  fchdir: [EACCES],
  fork: [EAGAIN, ENOMEM],
  getcwd: [ENOENT],
  getdents64: [EIO, ENOENT],
  ioctl: [ENOTTY, EIO],
  lseek: [ESPIPE],
  madvise: [EAGAIN, EINVAL],
  memfd_create: [ENOSYS, EMFILE, ENOMEM],
  mmap: [ENOMEM],
  munmap: [ENOMEM],
  nanosleep: [EINTR],
  openat: [EMFILE, ENFILE, EACCES, ENOENT],
  pidfd_open: [EMFILE, ENOMEM, ENOSYS],
  pidfd_send_signal: [EPERM, EINVAL],
  pipe2: [EMFILE, ENFILE],
  ppoll: [EINTR, ENOMEM],
  prctl: [EINVAL],
  pwritev2: [EAGAIN, EOPNOTSUPP, EPIPE, ENOSPC],
  read: [EIO, EINTR, EAGAIN],
  readlinkat: [ENOENT, EACCES],
  rt_sigtimedwait: [EINTR],
  setgroups: [EPERM, ENOMEM],
  setresgid: [EPERM, EAGAIN],
  setresuid: [EPERM, EAGAIN],
  signalfd4: [EMFILE],
  wait4: [EINTR],
  waitid: [EINTR],
  write: [EAGAIN, EINTR, EIO, ENOSPC],
};

/** The errors that a call may have, the likeliest first. */
export function errorsOf({ call }: Site): number[] {
  const own = ERRORS[call.replace(/\(.*/, '')] ?? [];
  return [...new Set([...own, EPERM, ENOSYS])];
}

/** Each of them at the first, the second and the last time, once and from then on. */
export function allFaults(site: Site): Fault[] {
  const times = [...new Set([1, 2, site.count])].filter(time => time <= site.count);
  return errorsOf(site).flatMap(errno =>
    times.flatMap(first => [first, 0].map(last => ({ site, errno, first, last }))),
  );
}
