import { openSync } from 'node:fs';
import { Failure } from '../failure.ts';
import { EAGAIN, ESRCH, errorText } from './errors.ts';
import type { Functions } from './ffi/ffi.ts';
import type { Kernel, Process, SignalEvent, Usage } from './kernel.ts';
import { findProcess, isProcOurs, readProcess, readProcesses } from './procfs.ts';
import { releaseCode } from './release-code.ts';
import { encodeSpawnRequest, failedStep, type SpawnRequest, type SpawnStep } from './spawn-request.ts';

// wait(2), prctl(2); alike on x86-64 and arm64.
const WNOHANG = 1;
const WUNTRACED = 2;
const WEXITED = 4;
const WNOWAIT = 0x01000000;
const P_ALL = 0;
const P_PID = 1;
const CLD_EXITED = 1;
const CLD_DUMPED = 3;
const CLD_STOPPED = 5;
const PR_SET_PDEATHSIG = 1;
const PR_SET_NAME = 15;
const PR_SET_CHILD_SUBREAPER = 36;
/** Linux 6.9: the whole process group, even after its leader was reaped. */
const PIDFD_SIGNAL_PROCESS_GROUP = 4;

/** struct rusage has 144 bytes on 64-bit Linux: getrusage(2). */
const RUSAGE_WORDS = 18;

/** How long nothing has to happen for the start to be over. Milliseconds. */
const REST = 250;
/** After so long it is over as soon as nothing waits: some containers are never quiet. Milliseconds. */
const LONGEST_START = 3000;

/** native/signals.h: beside the number of a signal that was passed on already. */
const PASSED = 0x100;

const LONGEST_TIMEOUT = 0x7fffffff;
const SECOND = 1000;

/** The kernel as the init sees it, and what is needed once around it. */
export interface Linux extends Kernel {
  /**
   * From now on signals wait for `next`; SIGTTIN and SIGTTOU too if they are wanted, else they are ignored.
   * Throws a Failure when that is refused.
   */
  listen(terminalStops: boolean): void;
  /** Returns the pid of the spawned program. Throws SpawnError. */
  spawn(request: SpawnRequest): number;
  /** Executes the request's program in our place. Returns only if that fails: -errno. */
  exec(request: SpawnRequest): number;
  /** Orphans below us become our children: prctl(2). Returns 0 or -errno. */
  becomeSubreaper(): number;
  /** Asks for a signal when our parent dies. Returns 0 or -errno. */
  setParentDeathSignal(signal: number): number;
  parent(): number;
  /** What `ps -o comm` shows of us, instead of "node". At most 15 bytes. */
  setName(name: string): void;
  close(fd: number): void;
  /** One write(2) that never blocks. Returns the bytes written or -errno. */
  write(fd: number, data: Uint8Array): number;
  /** exit_group(2), at once: no handler of Node's runs, and no terminal is touched. */
  exit(status: number): never;
  /** From now on `next` calls this once a second; what it throws is dropped. */
  eachSecond(elapse: () => void): void;
  /** From now on `usage` tells what the child that was reaped last has used. */
  measure(): void;
  readonly usage: Usage | undefined;
}

export class SpawnError extends Error {
  readonly step: SpawnStep;
  readonly errno: number;
  constructor(step: SpawnStep, errno: number) {
    super(`spawn: ${step}: errno ${errno}`);
    this.step = step;
    this.errno = errno;
  }
}

export function openLinux(native: Functions): Linux {
  const { pid } = process;
  const statusPlace = new Int32Array(1);
  // siginfo_t: 128 bytes; on 64-bit si_signo, si_errno, si_code, padding, then si_pid, si_uid, si_status.
  const information = new Int32Array(32);
  const eventPlace = new Int32Array(4);
  const event: SignalEvent = { signal: 0, code: 0, sender: 0, uid: 0, passed: false };
  let status = 0;
  let hasRested = false;
  let startUntil: number | undefined;
  let beginPassing: (() => void) | undefined;
  let everySecond: (() => void) | undefined;
  /** When it is due next, on the clock of `now`. */
  let due = 0;
  let resources: BigInt64Array | undefined;
  let groupDescriptor = -1;
  let terminal: number | undefined;
  let procIsOurs: boolean | undefined;

  function received(): SignalEvent {
    event.signal = eventPlace[0]! & ~PASSED;
    event.passed = event.signal !== eventPlace[0];
    event.code = eventPlace[1]!;
    event.sender = eventPlace[2]!;
    event.uid = eventPlace[3]! >>> 0;
    return event;
  }

  /** As sexton_next, and what is due once a second is done in time, before a signal is told of: whatever else happens. */
  function wait(timeout: number): number {
    if (!everySecond) return native.next(eventPlace, inMilliseconds(timeout));
    let now = performance.now();
    for (const end = now + timeout; ; ) {
      if (now >= due) {
        due = now + SECOND;
        everySecond();
      }
      const result = native.next(eventPlace, inMilliseconds(Math.max(0, Math.min(end, due) - now)));
      if (result !== 0) return result;
      now = performance.now();
      if (now >= end) return 0;
    }
  }

  /** Nothing happens: the start is over. */
  function rest(): void {
    // Not sooner: what came while Node booted is passed on by us, and nothing overtakes it.
    beginPassing?.();
    try {
      releaseCode(range => void native.release(range));
    } catch {
      // No /proc.
    }
  }

  function hasProc(): boolean {
    procIsOurs ??= isProcOurs();
    return procIsOurs;
  }

  return {
    pid,
    now: () => performance.now(),

    next(timeout) {
      if (!hasRested && timeout === Infinity) {
        startUntil ??= performance.now() + LONGEST_START;
        if (wait(performance.now() < startUntil ? REST : 0) === 1) return received();
        hasRested = true;
        rest();
      }
      return wait(timeout) === 1 ? received() : undefined;
    },

    passOn(leader, wholeGroup, as, isTold) {
      const descriptor = native.pidfdOpen(leader);
      if (descriptor < 0) return;
      beginPassing = () => {
        const flags = wholeGroup ? PIDFD_SIGNAL_PROCESS_GROUP : 0;
        if (native.passOn(descriptor, flags, as, isTold ? 1 : 0) < 0) native.close(descriptor);
      };
    },

    endPassing() {
      beginPassing = undefined;
      return native.endPassing(eventPlace) === 1 ? received() : undefined;
    },

    reap(child, stops) {
      const options = stops ? WNOHANG | WUNTRACED : WNOHANG;
      const reaped = resources
        ? native.wait4(child, statusPlace, options, resources)
        : native.waitpid(child, statusPlace, options);
      status = statusPlace[0]!;
      return reaped;
    },

    reapUntold(program, most) {
      const reaped = native.reapUntold(program, most, statusPlace);
      status = statusPlace[0]!;
      return reaped;
    },

    peek(stops) {
      information[4] = 0;
      const options = WEXITED | WNOHANG | WNOWAIT | (stops ? WUNTRACED : 0);
      const error = native.waitid(P_ALL, 0, information, options);
      if (error < 0) return error;
      status = waitStatus(information[2]!, information[6]!);
      return information[4]!;
    },

    takeStop(child) {
      information[4] = 0;
      const error = native.waitid(P_PID, child, information, WUNTRACED | WNOHANG);
      return error < 0 ? error : information[4]!;
    },

    get status() {
      return status;
    },

    eachSecond(elapse) {
      due = performance.now() + SECOND;
      everySecond = () => {
        try {
          elapse();
        } catch {
          // It is only a diagnosis.
        }
      };
    },

    measure() {
      resources = new BigInt64Array(RUSAGE_WORDS);
    },

    get usage() {
      return resources && usageOf(resources);
    },

    kill: (target, signal) => native.kill(target, signal),

    killProcess(target, signal) {
      // The descriptor names the process that has the pid now; then the start time tells whether it is the one meant.
      const descriptor = native.pidfdOpen(target.pid);
      const isMeant = isStill(target);
      // Only if that is sure: the pid may have been given to another since.
      const refusal = isMeant === false ? -ESRCH : -EAGAIN;
      if (descriptor < 0) return isMeant ? native.kill(target.pid, signal) : refusal;
      const sent = isMeant ? native.pidfdSendSignal(descriptor, signal, 0) : refusal;
      native.close(descriptor);
      return sent;
    },

    holdGroup(leader) {
      groupDescriptor = native.pidfdOpen(leader);
      return Math.min(groupDescriptor, 0);
    },

    killHeldGroup: signal => native.pidfdSendSignal(groupDescriptor, signal, PIDFD_SIGNAL_PROCESS_GROUP),

    processes: () => (hasProc() ? readProcesses() : undefined),

    ownGroup: () => native.getpgrp(),

    isGroupOrphaned() {
      // Up the chain of those in our own group (npm → sh → sexton) to whoever started it.
      let member = hasProc() ? readProcess(pid) : undefined;
      while (member) {
        const parent = readProcess(member.parent);
        if (!parent || parent.session !== member.session) return true;
        if (parent.group !== member.group) return false;
        member = parent;
      }
      return true;
    },

    foregroundGroup() {
      terminal ??= openTerminal(native);
      return terminal < 0 ? -1 : native.tcgetpgrp(terminal);
    },

    setForegroundGroup: group => native.setForeground(terminal ?? -1, group),

    listen(terminalStops) {
      const listening = native.listen(terminalStops ? 1 : 0);
      if (listening < 0) throw new Failure(`cannot listen for signals: ${errorText(-listening)}`);
    },

    spawn(request) {
      const buffer = encodeSpawnRequest(request, pid);
      const child = native.spawn(buffer, buffer.length);
      if (child < 0) throw new SpawnError(failedStep(buffer), -child);
      return child;
    },

    exec(request) {
      const buffer = encodeSpawnRequest(request, pid);
      return native.exec(buffer, buffer.length);
    },

    becomeSubreaper: () => native.prctl(PR_SET_CHILD_SUBREAPER, 1),
    setParentDeathSignal: signal => native.prctl(PR_SET_PDEATHSIG, signal),
    parent: () => native.getppid(),
    setName: name => void native.prctlName(PR_SET_NAME, Buffer.from(`${name}\0`, 'latin1')),
    close: fd => void native.close(fd),
    write: (fd, data) => native.write(fd, data, data.length),
    exit(code) {
      for (;;) native.exit(code);
    },
  };
}

/** As sexton_next takes it: -1 for ever. */
function inMilliseconds(timeout: number): number {
  return timeout === Infinity ? -1 : Math.min(Math.ceil(timeout), LONGEST_TIMEOUT);
}

/** Whether it is there and no other; undefined where that cannot be told for now. */
function isStill({ pid, startTime }: Process): boolean | undefined {
  try {
    return findProcess(pid)?.startTime === startTime;
  } catch {
    return undefined;
  }
}

/** The wait status that waitpid would give for what waitid told. */
function waitStatus(code: number, status: number): number {
  if (code === CLD_EXITED) return (status & 0xff) << 8;
  if (code === CLD_STOPPED) return (status << 8) | 0x7f;
  return code === CLD_DUMPED ? status | 0x80 : status;
}

/** struct rusage: ru_utime and ru_stime as seconds and microseconds, ru_maxrss in KiB. */
function usageOf(resources: BigInt64Array): Usage {
  const [userSeconds, userMicros, systemSeconds, systemMicros, peak] = Array.from(resources, Number);
  return {
    userSeconds: userSeconds! + userMicros! / 1e6,
    systemSeconds: systemSeconds! + systemMicros! / 1e6,
    peakBytes: peak! * 1024,
  };
}

/** A descriptor of our controlling terminal, wherever stdin leads; -1 without one. */
function openTerminal(native: Functions): number {
  if (native.tcgetpgrp(0) >= 0) return 0;
  try {
    return openSync('/dev/tty', 'r+');
  } catch {
    return -1;
  }
}
