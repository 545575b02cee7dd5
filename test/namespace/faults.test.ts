/**
 * Every system call that sexton itself makes fails in turn. Before the program is started: one clear line, and 125, 126
 * or 127. From then on: signals are passed on, orphans are reaped, and the status is the program's.
 *
 * SEXTON_DEEP=1: with each error that the call can have, at the first, second and last time, once and from then on.
 * SEXTON_FAULTS: only in the scenarios with this in their name.
 */
import { expect, it } from 'vitest';
import {
  allFaults,
  canFail,
  EXCEPTIONS,
  type Exception,
  errorsOf,
  type OwnScenario,
  scenarios,
} from './fault-scenarios.ts';
import { describeWith } from './harness.ts';
import {
  atOnce,
  type Fault,
  type Observed,
  observe,
  PATIENCE,
  type Site,
  sitesOf,
  whyNoInjection,
} from './injection.ts';

const isDeep = process.env['SEXTON_DEEP'] === '1';
/** Where a call may make us late, for the reason that stands with the exception: until the fault goes away. Milliseconds. */
const SOON = 300;
const SIGUSR2 = 12;

describeWith([whyNoInjection], 'a system call that fails', () => {
  const seen = new Set<string>();
  const only = process.env['SEXTON_FAULTS'] ?? '';
  for (const scenario of scenarios().filter(({ name }) => name.includes(only))) {
    describeWith([scenario.whyNot], scenario.name, () => {
      it('does no harm', async () => {
        const sites = (await sitesOf(scenario)).filter(site => canFail(site) && (isDeep || !seen.has(site.name)));
        for (const { name } of sites) seen.add(name);
        const faults = sites.flatMap(isDeep ? allFaults : oneFault);
        expect((await atOnce(faults, fault => complaint(scenario, fault))).filter(Boolean)).toEqual([]);
      }, 7_200_000);
    });
  }
});

function oneFault(site: Site): Fault[] {
  return [{ site, errno: errorsOf(site)[0]!, first: 1, last: 0 }];
}

/** What is wrong with how it went; undefined if nothing is. */
async function complaint(scenario: OwnScenario, fault: Fault): Promise<string | undefined> {
  const exceptions = EXCEPTIONS.filter(exception => isAbout(exception, fault.site)).map(({ may }) => may);
  const mayBeLate = exceptions.includes('recovered');
  const observed = await observe(scenario, fault, {
    patience: mayBeLate ? SOON : PATIENCE,
    leniency: mayBeLate ? PATIENCE : 0,
  });
  if (isRight(scenario, observed, exceptions)) return undefined;
  const { site, errno, first, last } = fault;
  const what = `${site.inside ?? ''} ${site.name} ${site.call} ${site.where}`;
  return `${what}, errno ${errno} from ${first} to ${last}: ${JSON.stringify(observed)}`;
}

function isAbout({ object, inside, call }: Exception, site: Site): boolean {
  return (
    (object === undefined || site.name.startsWith(`${object}+`)) &&
    (inside === undefined || site.inside === inside) &&
    (call === undefined || call.test(site.call))
  );
}

function isRight(scenario: OwnScenario, observed: Observed, may: readonly Exception['may'][]): boolean {
  const { result, status } = observed;
  const mayEnd = result === 'refused' || (result === 'withdrawn' && scenario.startsEarly === true);
  if (mayEnd && may.includes('crash')) return true;
  // Not PID 1, it dies of a signal that nobody keeps.
  if (scenario.onTerminal && may.includes('recovered') && status === 128 + SIGUSR2) return true;
  if (mayEnd) return status >= 125 && status <= 127 && (saysWhy(observed) || may.includes('say nothing'));
  return result === 'unharmed' || may.some(one => one === result);
}

/** In one line; what -vv says besides is ours too. */
function saysWhy({ stdout, stderr, result }: Observed): boolean {
  const lines = `${stdout}${stderr}`
    .split(/\r?\n/)
    .filter(line => line !== '' && line !== 'ready' && line !== 'answered');
  const isStory = lines.some(line => line.startsWith('sexton: spawned'));
  if (result === 'withdrawn' && lines.some(line => line.includes('its status is lost'))) return false;
  return lines.every(line => line.startsWith('sexton: ')) && (lines.length === 1 || isStory);
}
