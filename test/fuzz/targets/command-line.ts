import { readCommandLine } from '../../../src/cli/command-line.ts';
import { OPTIONS } from '../../../src/cli/options.ts';
import { catatonit } from '../../../src/cli/personalities/catatonit.ts';
import { dumbInit } from '../../../src/cli/personalities/dumb-init.ts';
import { ownPlan } from '../../../src/cli/personalities/own.ts';
import { type Answer, answer, type Personality, type Plan } from '../../../src/cli/personalities/personality.ts';
import { tini } from '../../../src/cli/personalities/tini.ts';
import { Failure } from '../../../src/failure.ts';
import { holds, type Target, texts } from '../target.ts';
import { expectOneLine } from './lines.ts';

const sexton: Personality = {
  read({ words, environment }) {
    const settings = readCommandLine(words, environment);
    return 'text' in settings ? answer(0, [1, settings.text]) : ownPlan(settings);
  },
};

/** Each with the statuses that it may leave with instead of running a program. */
const PERSONALITIES: readonly { name: string; personality: Personality; statuses: readonly number[] }[] = [
  { name: 'sexton', personality: sexton, statuses: [0] },
  { name: 'tini', personality: tini, statuses: [0, 1] },
  { name: 'dumb-init', personality: dumbInit, statuses: [0, 1] },
  { name: 'catatonit', personality: catatonit, statuses: [0, 1] },
];

/** As getopt(3) of glibc does for them. */
const PERMUTING = ['tini', 'catatonit'];

/**
 * The personality (its index), the number of variables, then variables and words, each ended by NUL. What is said is
 * one line or a text of ours, the status is a documented one, and the program's words are the last ones, untouched.
 */
export const commandLine: Target = {
  seeds: [
    '\0\0--\0true\0-v\0--help',
    '\0\0-vvs\0-e\x00143\0--rewrite=TERM:QUIT\0prog\0--\0x',
    '\0\0--stop-timeout\x0010s\0--metrics\0[::1]:90\0--control\0/run/s\0p',
    '\0\x02SEXTON_REWRITE=15:3,RTMIN+3:0\0SEXTON_VERBOSE=2\0p',
    '\0\0-E\0A=\xff\0-u\0a:b\0-C\0/\0--watch=1s\0p',
    '\x01\0-g\0-p\0SIGTERM\0-e\x00143\0--\0p',
    '\x01\x01TINI_VERBOSITY=3\0p\0-v',
    '\x02\0-c\0-r\x0015:3\0--single-child\0p',
    '\x02\x02DUMB_INIT_DEBUG=1\0DUMB_INIT_SETSID=0\0p\0--',
    '\x03\0-P',
    '\x03\0-g\0--\0p\0\xff',
  ],
  words: [
    ...OPTIONS.flatMap(({ short, long }) => [`--${long}`, `--${long}=`, ...(short ? [`-${short}`] : [])]),
    ...[
      '--',
      '\0',
      '\0--\0',
      '\0-',
      '=',
      'SEXTON_',
      'TINI_SUBREAPER=',
      'DUMB_INIT_ARGS=',
      '-V',
      'RTMAX-1',
      'constructor',
    ],
  ],
  check(input) {
    const all = texts(input.subarray(2));
    const { name, personality, statuses } = PERSONALITIES[(input[0] ?? 0) % PERSONALITIES.length]!;
    const count = (input[1] ?? 0) % 8;
    const words = all.slice(count);
    const result = read(personality, name, words, all.slice(0, count));
    if ('failed' in result) {
      expectOneLine(result.failed);
    } else if ('texts' in result) {
      holds(statuses.includes(result.status), `${result.status} is a status of ${name}`);
      holds(result.texts.length > 0, 'an answer says something');
    } else {
      const { program, pause } = result.settings;
      holds(program.length > 0 || pause, 'there is a program');
      // What permutes (getopt(3) of glibc) may take a program's words for options, as the peer does; never change them.
      const isEnd = program.every((word, index) => word === words[words.length - program.length + index]);
      holds(isEnd || (PERMUTING.includes(name) && isPicked(program, words)), 'the words of the program are untouched');
      if (words.includes('--') && isEnd && program.length > 0)
        behindDashes(personality, name, words, all.slice(0, count), result);
    }
  },
};

/** Whatever comes behind the program's words is the program's too. */
function behindDashes(
  personality: Personality,
  name: string,
  words: readonly string[],
  environment: readonly string[],
  plan: Plan,
): void {
  const { program } = plan.settings;
  if (words[words.length - program.length - 1] !== '--') return;
  const more = ['--help', '-v', '--', '-\xff', ''];
  const longer = read(personality, name, [...words, ...more], environment);
  holds('settings' in longer, 'words of the program change nothing');
  holds(
    JSON.stringify(longer.settings.program) === JSON.stringify([...program, ...more]),
    'words behind -- are untouched',
  );
}

/** Some of the words, in their order. */
function isPicked(some: readonly string[], words: readonly string[]): boolean {
  let at = 0;
  return some.every(word => {
    at = words.indexOf(word, at) + 1;
    return at > 0;
  });
}

function read(
  personality: Personality,
  calledAs: string,
  words: readonly string[],
  environment: readonly string[],
): Plan | Answer | { failed: string } {
  try {
    return personality.read({ calledAs, words, environment, pid: 1 });
  } catch (error) {
    // Whatever else is thrown is a bug: it would be told with its stack.
    if (error instanceof Failure) return { failed: error.message };
    throw error;
  }
}
