import { FAULTS, SIGTSTP } from '../../kernel/signals.ts';
import { baseName } from '../../names.ts';
import { variable } from '../environment.ts';
import { license } from '../license.ts';
import { defaultSettings } from '../settings.ts';
import { createCatatonitManner, errorLine } from './catatonit-manner.ts';
import { type Grammar, getopt } from './getopt.ts';
import { answer, type Personality } from './personality.ts';

/** As catatonit does, for `docker info`, which looks for "tini version". */
const VERSION = 'tini version 0.1.7_sexton\n';
const USAGE = 'usage: catatonit [-ghLPV] [--] <progname> [<arguments>...]\n';
const FAILED = 1;

/** catatonit 0.1.7. */
export const catatonit: Personality = {
  read({ calledAs, words, environment, pid }) {
    const isPresent = (name: string): boolean => variable(environment, name) !== undefined;
    const error = (message: string): string => `${errorLine(pid, message)}\n`;
    if (isPresent('CATATONIT_LOG')) return answer(FAILED, [2, error('CATATONIT_LOG is reserved for future use')]);

    const grammar: Grammar = {
      short: 'ghLPV',
      long: [{ name: 'version', letter: 'V' }],
      permutes: () => !isPresent('POSIXLY_CORRECT'),
    };
    const program: string[] = [];
    const settings = defaultSettings(program);
    settings.scope = 'child';
    settings.pause = baseName(calledAs) === 'pause';
    for (const signal of [...FAULTS, SIGTSTP]) settings.rewrite[signal] = 0;
    for (const found of getopt(words, grammar, program)) {
      if ('error' in found) return answer(FAILED, [2, `${calledAs}: ${found.error}\n${USAGE}`]);
      const { letter } = found;
      if (letter === 'h') return answer(0, [2, HELP]);
      if (letter === 'L') return answer(0, [1, license]);
      if (letter === 'V') return answer(0, [1, VERSION]);
      if (letter === 'P') settings.pause = true;
      else settings.scope = 'group';
    }
    if (program.length === 0 && !settings.pause) return answer(FAILED, [2, `${error('missing program name')}${USAGE}`]);
    const isDebugging = isPresent('CATATONIT_DEBUG');
    settings.tellOrphans = isDebugging;
    return { settings, createManner: output => createCatatonitManner(program, isDebugging, output) };
  },
};

const HELP = `${USAGE}
options:
  -g              Signal the program's process group, not the program alone.
  -h              This list.
  -L              Print the license.
  -P              Pause: no program, only reaping, until SIGTERM or SIGINT.
  -V, --version   Print the version.

This is sexton, in the place of catatonit: its docs/migrating.md says more.
`;
