import { channel } from 'node:diagnostics_channel';
import { EventEmitter } from 'node:events';
import { createCounts } from './counts.ts';
import { endOnSignals } from './default-signals.ts';
import type { Adoption, AdoptOptions, NeglectedChild, Orphan, Status } from './index.ts';
import { isBelowWatchingPid1, whyNoOrphans, whyUnable } from './place.ts';
import { type Reaping, startReaping } from './reaping.ts';
import { warnOfNeglect, warnUnable } from './warnings.ts';

declare const VERSION: string;

/** One for a process, also where a bundle has its own copy of this code: libuv's children must not be reaped by a second. */
const KEY = Symbol.for('sexton.adoption.1');

export function sharedAdoption(): Adoption & { start(options: AdoptOptions): void } {
  const place = process as unknown as { [KEY]?: ProcessAdoption };
  place[KEY] ??= new ProcessAdoption();
  return place[KEY];
}

interface Events {
  orphan: [Orphan];
  neglected: [NeglectedChild];
}

class ProcessAdoption extends EventEmitter<Events> implements Adoption {
  #reaping: Reaping | undefined;
  #giveSignalsBack: (() => void) | undefined;
  #reason = 'adoptOrphans() was not called';
  readonly #counts = createCounts();

  start(options: AdoptOptions): void {
    const { grace = 100, neglect = 30_000, signals = true } = options;
    checkTime('grace', grace);
    checkTime('neglect', neglect);
    if (this.#reaping) return;
    const isPid1 = process.pid === 1;
    const isSubreaper = !isPid1 && (options.subreaper || isBelowWatchingPid1());
    const noOrphans = whyNoOrphans(isSubreaper);
    if (noOrphans !== undefined) {
      this.#reason = noOrphans;
      return;
    }
    if (isPid1 && signals) this.#giveSignalsBack ??= endOnSignals();
    const unable = whyUnable();
    if (unable !== undefined) {
      this.#reason = unable;
      // Those of a process that is not made a subreaper go to PID 1.
      if (isPid1) warnUnable(unable);
      return;
    }
    try {
      this.#reaping = startReaping({
        grace,
        neglect,
        isSubreaper,
        reaped: orphan => {
          this.#counts.add(orphan);
          this.#tell('orphan', 'sexton:orphan:reaped', orphan);
        },
        neglected: child => {
          warnOfNeglect(child);
          this.#tell('neglected', 'sexton:child:neglected', child);
        },
      });
    } catch (error) {
      this.#reason = String(error);
      warnUnable(error);
    }
  }

  stop(): void {
    this.#giveSignalsBack?.();
    this.#giveSignalsBack = undefined;
    if (!this.#reaping) return;
    this.#reaping.stop();
    this.#reaping = undefined;
    this.#reason = 'stopped';
  }

  status(): Status {
    const reaping = this.#reaping;
    return {
      version: VERSION,
      pid: process.pid,
      active: reaping !== undefined,
      ...(reaping ? { started: reaping.started } : { reason: this.#reason }),
      orphans: this.#counts.read(),
      neglected: reaping?.neglected ?? [],
    };
  }

  /** Later: what a listener throws must not come between the reaper and the next orphan. */
  #tell<Event extends keyof Events>(event: Event, channelName: string, ...message: Events[Event]): void {
    channel(channelName).publish(message[0]);
    const { emit } = this as EventEmitter;
    if (this.listenerCount(event) > 0) process.nextTick(() => emit.call(this, event, ...message));
  }
}

function checkTime(name: string, value: unknown): void {
  if (typeof value !== 'number')
    throw new TypeError(
      `adoptOrphans: ${name}: a number of milliseconds is needed, not ${value === null ? 'null' : typeof value}`,
    );
  if (!(value >= 0 && value <= 0x7fffffff))
    throw new RangeError(`adoptOrphans: ${name}: ${value} is not a number of milliseconds`);
}
