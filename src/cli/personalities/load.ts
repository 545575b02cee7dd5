import type { Inherited } from '../../kernel/inherited.ts';
import type { Name } from '../../names.ts';
import { choose } from './choose.ts';
import { ownPlan } from './own.ts';
import { type Answer, answer, type Personality, type Plan } from './personality.ts';

/** Each is loaded only when it is asked for: the others are no burden. */
const LOAD: Readonly<Record<Name, () => Personality>> = {
  sexton: loadOwn,
  tini: () => (require('./tini.ts') as typeof import('./tini.ts')).tini,
  'dumb-init': () => (require('./dumb-init.ts') as typeof import('./dumb-init.ts')).dumbInit,
  catatonit: () => (require('./catatonit.ts') as typeof import('./catatonit.ts')).catatonit,
};

/** Reads the command line as whom we are asked to be reads it. */
export function readCall(inherited: Inherited, pid: number): Plan | Answer {
  const { name, call } = choose(inherited, pid);
  return LOAD[name]().read(call);
}

function loadOwn(): Personality {
  const { readCommandLine } = require('../command-line.ts') as typeof import('../command-line.ts');
  return {
    read({ words, environment }) {
      // SEXTON_AS has been decided upon: --as sexton wins over it.
      const settings = readCommandLine(
        words,
        environment.filter(entry => !entry.startsWith('SEXTON_AS=')),
      );
      return 'text' in settings ? answer(0, [1, settings.text]) : ownPlan(settings);
    },
  };
}
