import { ESRCH } from '../kernel/errors.ts';
import { isAlive, type Kernel, type Process } from '../kernel/kernel.ts';
import { SIGKILL, SIGTERM } from '../kernel/signals.ts';
import type { InitSettings } from './settings.ts';
import type { Voice } from './voice.ts';

/** How often to look who is left: a process that is not our child ends without a SIGCHLD. Milliseconds. */
const LOOK_EVERY = 100;
/** How long a killed process may take to vanish before we leave without it: it may hang in the kernel for ever. */
const AFTER_KILL = 1000;

/**
 * --wait: what is left when the program has ended gets SIGTERM and the time to finish, and SIGKILL
 * at the end of --wait-timeout. Zombies do not count as alive.
 */
export interface Remaining {
  /** The program has ended but is still a zombie, so that its group is still its group. */
  programEnding(): void;
  /** Takes note of who is there, before children are reaped: an ending member may have left a new one behind. */
  look(): void;
  /** The program was reaped: the wait begins. */
  begin(): void;
  /** Signals everybody who is waited for. Returns 0 or -errno. */
  send(signal: number): number;
  /** Whether nobody is left to wait for. `childless`: we have no child at all, dead or alive. */
  areGone(childless: boolean): boolean;
  /** When `elapse` wants to be called; Infinity: not at all. */
  deadline(): number;
  elapse(now: number): undefined;
}

export function createRemaining(kernel: Kernel, settings: InitSettings, voice: Voice, program: number): Remaining {
  let begun = false;
  let warned = false;
  let lookAt = Infinity;
  let killAt = Infinity;
  let leaveAt = Infinity;
  let leave = false;
  const everybody = settings.wait === 'all';
  const members = everybody ? () => descendants(kernel) : groupMembers(kernel, program);
  if (settings.wait === 'group') kernel.holdGroup(program);

  function living(): Process[] | undefined {
    return members()?.filter(isAlive);
  }

  function send(signal: number): number {
    if (!begun) return -ESRCH;
    if (everybody && kernel.pid === 1) return kernel.kill(-1, signal);
    if (!everybody) {
      const result = kernel.killHeldGroup(signal);
      if (result === 0 || result === -ESRCH) return result;
    }
    const targets = living() ?? [];
    for (const target of targets) kernel.killProcess(target, signal);
    return targets.length > 0 ? 0 : -ESRCH;
  }

  return {
    programEnding() {
      if (settings.farewell !== 0) kernel.kill(-program, settings.farewell);
      if (settings.wait !== 'group') return;
      members();
      kernel.kill(-program, SIGTERM);
      warned = true;
    },

    look() {
      if (begun && !everybody) members();
    },

    begin() {
      begun = true;
      const now = kernel.now();
      lookAt = now + LOOK_EVERY;
      killAt = now + settings.waitTimeout;
      if (!warned) send(SIGTERM);
      voice.waiting(living());
    },

    send,

    areGone(childless) {
      const left = living();
      if (leave || left?.length === 0) return true;
      // Without /proc: the descendants of an init become its children sooner or later.
      return left === undefined && (childless || (!everybody && kernel.killHeldGroup(0) === -ESRCH));
    },

    deadline: () => Math.min(lookAt, killAt, leaveAt),

    elapse(now) {
      if (now >= lookAt) lookAt = now + LOOK_EVERY;
      if (now >= leaveAt) leave = true;
      if (now < killAt) return undefined;
      killAt = Infinity;
      leaveAt = now + AFTER_KILL;
      voice.killing('wait', settings.waitTimeout, living());
      send(SIGKILL);
      return undefined;
    },
  };
}

/**
 * Who is in the program's group. The number of a group whose leader was reaped is only safe as long as
 * one of its members is left. The held group knows; where the kernel cannot tell, each look wants to
 * recognise a member from the look before (pid and start time).
 */
function groupMembers(kernel: Kernel, program: number): () => Process[] | undefined {
  let known: ReadonlySet<string> | undefined;
  return () => {
    const members = kernel.processes()?.filter(process => process.group === program);
    if (!members) return undefined;
    // Asked after /proc was read: a number that is still held now was the group's own then.
    const isHeld = kernel.killHeldGroup(0) === 0;
    if (!isHeld && known && !members.some(member => known!.has(identity(member)))) return [];
    known = new Set(members.map(identity));
    return members;
  };
}

function identity(process: Process): string {
  return `${process.pid} ${process.startTime}`;
}

/** As PID 1 everybody else; as a subreaper those below us. */
function descendants(kernel: Kernel): Process[] | undefined {
  const all = kernel.processes();
  if (!all || kernel.pid === 1) return all?.filter(process => process.pid !== 1);
  const below = new Set([kernel.pid]);
  for (let size = 0; size !== below.size; ) {
    size = below.size;
    for (const process of all) if (below.has(process.parent)) below.add(process.pid);
  }
  below.delete(kernel.pid);
  return all.filter(process => below.has(process.pid));
}
