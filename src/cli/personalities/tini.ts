import { isMusl } from '../../kernel/libc.ts';
import { FAULTS, signalNumber } from '../../kernel/signals.ts';
import { baseName } from '../../names.ts';
import { variable } from '../environment.ts';
import { license } from '../license.ts';
import { defaultSettings } from '../settings.ts';
import { type Grammar, getopt } from './getopt.ts';
import { answer, type Personality } from './personality.ts';
import { createTiniManner, fatalLine } from './tini-manner.ts';
import { toInt } from './to-int.ts';

/** `docker info` looks for "tini version". */
const VERSION = 'tini version 0.19.0_sexton';
const FAILED = 1;
/** -p knows the signals that tini has in its table. */
const UNKNOWN_TO_TINI = ['SIGSTKFLT', 'SIGIO', 'SIGPWR', 'SIGIOT', 'SIGCLD', 'SIGPOLL'];

/** tini 0.19.0. */
export const tini: Personality = {
  read({ calledAs, words, environment, pid }) {
    const name = baseName(calledAs);
    const isPresent = (text: string): boolean => variable(environment, text) !== undefined;
    if (words.length === 1 && words[0] === '--version') return answer(0, [1, `${VERSION}\n`]);
    const grammar: Grammar = {
      short: 'p:hvwgle:s',
      // The tini that an image of Alpine has is linked with musl, whose getopt(3) never does.
      permutes: () => !isPresent('POSIXLY_CORRECT') && !isMusl(),
    };
    const program: string[] = [];
    const settings = defaultSettings(program);
    settings.scope = 'child';
    settings.subreaper = 'no';
    for (const fault of FAULTS) settings.rewrite[fault] = 0;
    const expected = new Map<number, number>();
    let verbosity = 1;

    const invalid = (letter: string, value: string) =>
      answer(FAILED, [2, `${fatalLine(pid, `Not a valid option for -${letter}: ${value}`)}\n`]);

    for (const found of getopt(words, grammar, program)) {
      if ('error' in found) return answer(FAILED, [2, `${calledAs}: ${found.error}\n${usage(name)}`]);
      const { letter, value } = found;
      if (letter === 'h') return answer(0, [1, usage(name)]);
      if (letter === 'l') return answer(0, [1, license]);
      if (letter === 's') settings.subreaper = 'yes';
      else if (letter === 'g') settings.scope = 'group';
      else if (letter === 'w') settings.warnOnReap = true;
      else if (letter === 'v') verbosity++;
      else if (letter === 'p') {
        const signal = signalByName(value);
        if (signal === undefined) return invalid(letter, value);
        settings.parentDeathSignal = signal;
      } else {
        const status = statusOf(value);
        if (status === undefined) return invalid(letter, value);
        expected.set(status, 0);
      }
    }
    if (program.length === 0) return answer(FAILED, [2, usage(name)]);

    if (isPresent('TINI_SUBREAPER')) settings.subreaper = 'yes';
    if (isPresent('TINI_KILL_PROCESS_GROUP')) settings.scope = 'group';
    verbosity = unsigned(variable(environment, 'TINI_VERBOSITY')) ?? verbosity;
    settings.tellSignals = verbosity >= 3;
    settings.tellOrphans = verbosity >= 3 || settings.warnOnReap;
    settings.remapExit = expected;
    return { settings, createManner: output => createTiniManner(settings, verbosity, output) };
  },
};

/** The full name only: neither `TERM` nor `15`. */
function signalByName(text: string): number | undefined {
  return /^SIG(?!RT)[A-Z]+[12]?$/.test(text) && !UNKNOWN_TO_TINI.includes(text) ? signalNumber(text) : undefined;
}

/** strtol(3), to the end of the text: white space in front and nothing at all are numbers too. */
function statusOf(text: string): number | undefined {
  if (!/^(|[ \t-\r]*[-+]?[0-9]+)$/.test(text)) return undefined;
  const status = Number(text);
  return status >= 0 && status <= 255 ? status : undefined;
}

/** atoi(3), made unsigned: -1 is more verbose than anything. */
function unsigned(text: string | undefined): number | undefined {
  return text === undefined ? undefined : toInt(/^[ \t-\r]*([-+]?[0-9]+)/.exec(text)?.[1] ?? '0') >>> 0;
}

function usage(name: string): string {
  return `${name} (${VERSION})
Usage: ${name} [OPTIONS] PROGRAM -- [ARGS] | --version

Execute a program under the supervision of a valid init process (${name})

Command line options:

  --version: Show version and exit.
  -h: Show this help message and exit.
  -s: Register as a process subreaper (requires Linux >= 3.4).
  -p SIGNAL: Trigger SIGNAL when parent dies, e.g. "-p SIGKILL".
  -v: Generate more verbose output. Repeat up to 3 times.
  -w: Print a warning when processes are getting reaped.
  -g: Send signals to the child's process group.
  -e EXIT_CODE: Remap EXIT_CODE (from 0 to 255) to 0.
  -l: Show license and exit.

Environment variables:

  TINI_SUBREAPER: Register as a process subreaper (requires Linux >= 3.4).
  TINI_VERBOSITY: Set the verbosity level (default: 1).
  TINI_KILL_PROCESS_GROUP: Send signals to the child's process group.

`;
}
