import { endingSignal, exitStatus } from '../../init/exit-status.ts';
import type { Voice } from '../../init/voice.ts';
import { type SignalEvent, UNKNOWN_SENDER, type Usage } from '../../kernel/kernel.ts';
import { isProcOurs, processName } from '../../kernel/procfs.ts';
import { SIGCHLD, SIGKILL } from '../../kernel/signals.ts';
import type { DyingOrphans } from '../dying.ts';
import * as layout from './layout.ts';

export interface LedgerOptions {
  readonly pid: number;
  readonly command: string;
  /** Where they are to be told of by name. */
  readonly orphans?: DyingOrphans | undefined;
  /** wait4(2)'s account of the child that was reaped last. */
  usage(): Usage | undefined;
  /** How many processes the OOM killer has taken in our cgroup; undefined where no cgroup tells. */
  oomKills(): number | undefined;
}

export interface LedgerWriter {
  readonly ledger: layout.Ledger;
  /** Listens to the init, and writes down what it hears. */
  readonly voice: Voice;
  /** To be called once a second, where there is a cgroup to be looked at. */
  readonly elapseSecond: (() => void) | undefined;
  spawned(program: number): void;
  lostLine(): void;
}

export function createLedger({ pid, command, orphans, usage, oomKills }: LedgerOptions): LedgerWriter {
  const memory = new SharedArrayBuffer(layout.LEDGER_BYTES);
  const { numbers, names } = layout.viewsOf(memory);
  const procIsOurs = isProcOurs();
  const signalEntries = new Map<string, number>();
  const commandEntries = new Map<string, number>();
  /** By signal: the entry that it came under last, by the signal that was sent for it: the same. */
  const lastReceived = new Int32Array(65).fill(-1);
  const lastSent = new Int32Array(65).fill(-1);
  const oomKillsBefore = oomKills();
  /** The OOM kills that are none of what is reaped next: told of already, or more than a second ago. */
  let oomKillsKnown = oomKillsBefore ?? 0;
  let oomKillsSampled = oomKillsKnown;
  let isKilledByUs = false;

  numbers[layout.STARTED] = Date.now();
  numbers[layout.OOM_KILLS_BEFORE] = oomKillsBefore ?? -1;

  /** Whether a process that died of SIGKILL was the OOM killer's: its counter has risen of late, by more than was told. */
  function isOomKill(waitStatus: number): boolean {
    if (endingSignal(waitStatus) !== SIGKILL || oomKillsBefore === undefined) return false;
    if ((oomKills() ?? 0) <= oomKillsKnown) return false;
    oomKillsKnown++;
    return true;
  }

  function signalEntry(event: SignalEvent): number {
    const sender =
      event.code > 0 ? layout.BY_KERNEL : event.sender === UNKNOWN_SENDER ? layout.BY_UNKNOWN : event.sender;
    const name = sender > 0 && procIsOurs ? (processName(sender) ?? '') : '';
    // A health check that sends one is another process every time: by its name it is the same.
    const key = `${event.signal} ${sender > 0 ? `(${name})` : sender} ${event.uid}`;
    const entry = entryFor(signalEntries, key, layout.SIGNALS, numbers, layout.SIGNALS_USED);
    if (entry === layout.SIGNALS - 1) {
      numbers[layout.signalAt(entry) + layout.SENDER] = layout.BY_UNKNOWN;
      return entry;
    }
    const at = layout.signalAt(entry);
    numbers[at + layout.SIGNAL] = event.signal;
    numbers[at + layout.SENDER] = sender;
    numbers[at + layout.UID] = event.uid;
    names.write(name, layout.senderNameAt(entry), layout.NAME_LENGTH, 'latin1');
    return entry;
  }

  function commandEntry(name: string): number {
    const known = commandEntries.get(name);
    if (known !== undefined) return known;
    const entry = entryFor(commandEntries, name, layout.COMMANDS, numbers, layout.COMMANDS_USED);
    if (entry < layout.COMMANDS - 1) names.write(name, layout.commandNameAt(entry), layout.NAME_LENGTH, 'latin1');
    return entry;
  }

  function elapseSecond(): void {
    // What was counted a second ago: from the kill to the reap of a process with much memory it takes a while.
    oomKillsKnown = Math.max(oomKillsKnown, oomKillsSampled);
    oomKillsSampled = oomKills() ?? 0;
  }

  const voice: Voice = {
    received(event) {
      if (event.signal === SIGCHLD) return;
      const entry = signalEntry(event);
      lastReceived[event.signal] = entry;
      numbers[layout.signalAt(entry) + layout.RECEIVED]!++;
    },

    forwarded(event, sent) {
      const entry = lastReceived[event.signal]!;
      if (entry < 0) return;
      lastSent[sent] = entry;
      numbers[layout.signalAt(entry) + layout.FORWARDED]!++;
      if (entry < layout.SIGNALS - 1) numbers[layout.signalAt(entry) + layout.SENT] = sent;
    },

    killing(reason) {
      if (reason === 'stop') isKilledByUs = true;
    },

    dying(orphan) {
      orphans?.look(orphan);
    },

    reaped(orphan, waitStatus) {
      const signal = endingSignal(waitStatus);
      const at = layout.commandAt(commandEntry(orphans?.of(orphan)?.name ?? ''));
      numbers[layout.ORPHANS_REAPED]!++;
      numbers[at + layout.REAPED]!++;
      if (signal > 0) {
        numbers[layout.ORPHANS_KILLED]!++;
        numbers[at + layout.KILLED]!++;
      } else if (waitStatus !== 0) {
        numbers[layout.ORPHANS_FAILED]!++;
        numbers[at + layout.FAILED]!++;
      }
      if (isOomKill(waitStatus)) numbers[at + layout.OOM]!++;
    },

    ended(program, waitStatus) {
      const signal = endingSignal(waitStatus);
      const used = usage();
      numbers[layout.PROGRAM] = program;
      numbers[layout.WAIT_STATUS] = waitStatus;
      numbers[layout.USER_SECONDS] = used?.userSeconds ?? 0;
      numbers[layout.SYSTEM_SECONDS] = used?.systemSeconds ?? 0;
      numbers[layout.PEAK_BYTES] = used?.peakBytes ?? 0;
      if (signal === SIGKILL && isKilledByUs) numbers[layout.ENDED_BY] = layout.KILLED_BY_SEXTON;
      else if (isOomKill(waitStatus)) numbers[layout.OOM_KILLED] = 1;
      else numbers[layout.ENDED_BY] = (lastSent[signal > 0 ? signal : exitStatus(waitStatus) - 128] ?? -1) + 1;
      // Last: whoever reads it finds the rest complete.
      numbers[layout.ENDED] = Date.now();
    },

    stopped() {
      numbers[layout.STOPPED] = 1;
    },
    continued() {
      numbers[layout.STOPPED] = 0;
    },
    trouble() {
      numbers[layout.ERRORS]!++;
    },
    dropped() {},
    undelivered() {},
    held() {},
    settled() {},
    waiting() {},
  };

  return {
    ledger: { memory, pid, command },
    voice,
    elapseSecond: oomKillsBefore === undefined ? undefined : elapseSecond,
    spawned(program) {
      numbers[layout.PROGRAM] = program;
      numbers[layout.SPAWNED] = Date.now();
      numbers[layout.OWN_PEAK_BYTES] = process.resourceUsage().maxRSS * 1024;
    },
    lostLine() {
      numbers[layout.LOST_LINES]!++;
    },
  };
}

/** The entry of a key; the last of all for those that come when there is no room any more. */
function entryFor(
  entries: Map<string, number>,
  key: string,
  room: number,
  numbers: Float64Array,
  usedAt: number,
): number {
  const known = entries.get(key);
  if (known !== undefined) return known;
  const used = numbers[usedAt]!;
  if (used >= room - 1) {
    numbers[usedAt] = room;
    return room - 1;
  }
  entries.set(key, used);
  numbers[usedAt] = used + 1;
  return used;
}
