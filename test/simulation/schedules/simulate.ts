import { init, pause } from '../../../src/init/init.ts';
import { defaultInitSettings, type InitSettings } from '../../../src/init/settings.ts';
import { recorder } from '../harness.ts';
import { Reference } from './reference.ts';
import { ALL_ENDED, type Schedule, type Told } from './schedule.ts';
import { stage } from './stage.ts';
import { WatchedKernel } from './watched-kernel.ts';

const DEFAULTS = defaultInitSettings();

/** Plays a schedule, and says what was wrong with the init. */
export function simulate(schedule: Schedule, trace?: (line: string) => void): string[] {
  const machine = stage(schedule);
  if (schedule.pause) machine.at(ALL_ENDED + 1, () => machine.signal(15));
  const reference = new Reference(schedule, machine);
  const kernel = new WatchedKernel(machine, reference, schedule.faults, trace);
  const voice = recorder();
  let status: number;
  try {
    status = schedule.pause
      ? pause(kernel, schedule.settings, voice)
      : init(kernel, settings(schedule.settings), voice, machine.program.pid);
  } catch (error) {
    return [...reference.complaints, `an exception ended the init: ${(error as Error).stack}`];
  }
  reference.left(status);
  return [...reference.complaints, ...heard(schedule, reference, voice.said, machine.passedOn.length)];
}

/** What the voice said, beside what happened. */
function heard(
  schedule: Schedule,
  reference: Reference,
  said: ReturnType<typeof recorder>['said'],
  passedOn: number,
): string[] {
  const count = (...words: string[]) => said.filter(({ what }) => words.includes(what)).length;
  const complaints: string[] = [];
  const equal = (is: unknown, should: unknown, what: string) => {
    if (String(is) !== String(should)) complaints.push(`said of ${what}: ${is}, not ${should}`);
  };
  const reaped = said.filter(({ what }) => what === 'reaped').map(({ args }) => args.join(' '));
  equal(reaped, reference.reaped, 'orphans');
  // Or that the program's status is lost.
  const isLost = !schedule.pause && !count('ended') && count('trouble') > reference.spoken.trouble;
  if (!reference.hasThrown) equal(count('trouble'), reference.spoken.trouble + (isLost ? 1 : 0), 'trouble');
  equal(count('received'), reference.spoken.received, 'signals that came');
  if (!reference.clockFailed)
    equal(count('forwarded', 'dropped', 'undelivered'), reference.spoken.signals, 'signals passed on');
  equal(count('held'), reference.spoken.held, 'signals held back');
  if (schedule.settings.tellSignals && !reference.hasThrown && count('ended')) {
    const told = said.slice(
      0,
      said.findIndex(({ what }) => what === 'ended'),
    );
    equal(
      told.filter(({ what, args }) => what === 'forwarded' && (args[0] as { passed: boolean }).passed).length,
      passedOn,
      'what the kernel passed on',
    );
  }
  return complaints;
}

function settings({ stopTimeout, waitTimeout, rewrite, remapExit, ...rest }: Told): InitSettings {
  const table = DEFAULTS.rewrite.slice();
  for (const [from, to] of rewrite) table[from] = to;
  return {
    ...DEFAULTS,
    ...rest,
    stopTimeout: stopTimeout ?? Infinity,
    waitTimeout: waitTimeout ?? Infinity,
    rewrite: table,
    remapExit: new Map(remapExit),
  };
}
