import { SIGSTOP, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU } from '../../kernel/signals.ts';
import { variable } from '../environment.ts';
import { defaultSettings } from '../settings.ts';
import { createDumbInitManner } from './dumb-init-manner.ts';
import { type Grammar, getopt } from './getopt.ts';
import { answer, type Personality } from './personality.ts';
import { toInt } from './to-int.ts';

const VERSION = 'dumb-init v1.2.5_sexton\n';
const FAILED = 1;
/** -r knows the standard signals only. */
const LAST_REWRITTEN = 31;
const TERMINAL_STOPS = [SIGTSTP, SIGTTIN, SIGTTOU];

const GRAMMAR: Grammar = {
  short: 'hvVcr:',
  long: [
    { name: 'help', letter: 'h' },
    { name: 'single-child', letter: 'c' },
    { name: 'rewrite', letter: 'r', value: true },
    { name: 'verbose', letter: 'v' },
    { name: 'version', letter: 'V' },
  ],
  permutes: () => false,
};

/** dumb-init 1.2.5. */
export const dumbInit: Personality = {
  read({ calledAs, words, environment }) {
    const program: string[] = [];
    const rewritten = new Map<number, number>();
    let singleChild = false;
    let isVerbose = false;
    for (const found of getopt(words, GRAMMAR, program)) {
      if ('error' in found) return answer(FAILED, [2, `${calledAs}: ${found.error}\n`]);
      const { letter, value } = found;
      if (letter === 'h') return answer(0, [2, help(calledAs)]);
      if (letter === 'V') return answer(0, [2, VERSION]);
      if (letter === 'v') isVerbose = true;
      else if (letter === 'c') singleChild = true;
      else {
        const pair = rewriteOf(value);
        if (!pair) return answer(FAILED, [2, REWRITE_HELP]);
        rewritten.set(...pair);
      }
    }
    if (program.length === 0) return answer(FAILED, [2, usage(calledAs)]);

    const settings = defaultSettings(program);
    const isDebugging = variable(environment, 'DUMB_INIT_DEBUG') === '1';
    const hasNoSession = variable(environment, 'DUMB_INIT_SETSID') === '0';
    const usesSession = !singleChild && !hasNoSession;
    for (const stop of usesSession ? TERMINAL_STOPS : []) if (!rewritten.has(stop)) rewritten.set(stop, SIGSTOP);
    for (const [from, to] of rewritten) settings.rewrite[from] = to;

    settings.scope = usesSession ? 'group' : 'child';
    settings.leads = usesSession ? 'session' : 'nothing';
    settings.subreaper = 'no';
    settings.inheritSignals = false;
    settings.jobControl = false;
    settings.takesTerminalStops = true;
    settings.stopAfter = TERMINAL_STOPS;
    // Without a session it would go to the program alone, which is gone by then: its pid may be somebody else's.
    settings.farewell = usesSession ? settings.rewrite[SIGTERM]! : 0;
    const isTalking = isVerbose || isDebugging;
    settings.tellSignals = isTalking;
    settings.tellOrphans = isTalking;

    const facts = { program: program[0]!, rewritten, usesSession, isDebugging, hasNoSession };
    return { settings, createManner: output => createDumbInitManner(facts, isTalking, output) };
  },
};

/** sscanf(3) with `%d:%d`: whatever follows does not count. */
function rewriteOf(text: string): [from: number, to: number] | undefined {
  const match = /^[ \t-\r]*([-+]?[0-9]+):[ \t-\r]*([-+]?[0-9]+)/.exec(text);
  if (!match) return undefined;
  const from = toInt(match[1]!);
  const to = toInt(match[2]!);
  return from >= 1 && from <= LAST_REWRITTEN && to >= 0 && to <= LAST_REWRITTEN ? [from, to] : undefined;
}

const REWRITE_HELP = `Usage: -r option takes <signum>:<signum>, where <signum> is between 1 and 31.
This option can be specified multiple times.
Use --help for full usage.
`;

function usage(calledAs: string): string {
  return `Usage: ${calledAs} [option] program [args]
Try ${calledAs} --help for full usage.
`;
}

function help(calledAs: string): string {
  return `${VERSION}Usage: ${calledAs} [option] command [[arg] ...]

dumb-init is a simple process supervisor that forwards signals to children.
It is designed to run as PID1 in minimal container environments.

Optional arguments:
   -c, --single-child   Run in single-child mode.
                        In this mode, signals are only proxied to the
                        direct child and not any of its descendants.
   -r, --rewrite s:r    Rewrite received signal s to new signal r before proxying.
                        To ignore (not proxy) a signal, rewrite it to 0.
                        This option can be specified multiple times.
   -v, --verbose        Print debugging information to stderr.
   -h, --help           Print this help message and exit.
   -V, --version        Print the current version and exit.

This is sexton, in the place of dumb-init: its docs/migrating.md says more.
`;
}
