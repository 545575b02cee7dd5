import { createContext, Script } from 'node:vm';
import { init, pause } from '../../src/init/init.ts';
import { defaultInitSettings, type InitSettings, identityRewrite } from '../../src/init/settings.ts';
import type { Voice } from '../../src/init/voice.ts';
import type { Machine } from './machine.ts';

export function settings(changes: Partial<InitSettings> = {}): InitSettings {
  return { ...defaultInitSettings(), ...changes };
}

export function rewriting(...pairs: [from: number, to: number][]): Uint8Array {
  const rewrite = identityRewrite();
  for (const [from, to] of pairs) rewrite[from] = to;
  return rewrite;
}

/** A voice that remembers. Events are copied, since they are only valid during the call. */
export interface Recorder extends Voice {
  readonly said: { what: keyof Voice; args: unknown[] }[];
}

const WORDS: readonly (keyof Voice)[] = [
  'received',
  'forwarded',
  'dropped',
  'undelivered',
  'held',
  'killing',
  'dying',
  'reaped',
  'settled',
  'ended',
  'waiting',
  'stopped',
  'continued',
  'trouble',
];

/** `before` is called for every word, and may throw. */
export function recorder(before: (what: keyof Voice) => void = () => {}): Recorder {
  const said: Recorder['said'] = [];
  const say =
    (what: keyof Voice) =>
    (first: unknown, ...others: unknown[]) => {
      const copied = typeof first === 'object' && first !== null && !Array.isArray(first) ? { ...first } : first;
      said.push({ what, args: [copied, ...others] });
      before(what);
    };
  const voice = Object.fromEntries(WORDS.map(what => [what, say(what)])) as unknown as Voice;
  return { ...voice, said };
}

export interface Run {
  readonly status: number;
  readonly voice: Recorder;
  /** The arguments of every time that the voice said this. */
  said(what: keyof Voice): unknown[][];
}

export function run(machine: Machine, changes: Partial<InitSettings> = {}, voice = recorder()): Run {
  return finish(machine, voice, () => init(machine, settings(changes), voice, machine.program.pid));
}

/** --pause: the machine's program stands for any other child. */
export function runPause(machine: Machine, inspectOrphans = false, voice = recorder()): Run {
  return finish(machine, voice, () => pause(machine, settings({ inspectOrphans }), voice));
}

function finish(machine: Machine, voice: Recorder, body: () => number): Run {
  const status = withinSeconds(60, body);
  if (machine.deadlock) throw machine.deadlock;
  return { status, voice, said: what => voice.said.filter(one => one.what === what).map(one => one.args) };
}

const context = createContext({ body: undefined });
const script = new Script('body()');

/** Ends even a loop that catches everything. */
function withinSeconds(limit: number, body: () => number): number {
  context['body'] = body;
  return script.runInContext(context, { timeout: limit * 1000 }) as number;
}
