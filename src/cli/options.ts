import { Failure } from '../failure.ts';
import type { Settings } from './settings.ts';
import {
  parseAddress,
  parseCatchable,
  parseChoice,
  parseCount,
  parseOptionalPath,
  parsePeriod,
  parseRemap,
  parseRewrite,
  parseSignal,
  parseSocketPath,
  parseSwitch,
  parseTime,
  parseVariable,
} from './values.ts';

/**
 * THE table of options. The parser, the environment variables, `-h`, `--help`, the manual page, the completions and
 * docs/reference.md are made from it; tests hold them together.
 */
export interface Option {
  readonly long: string;
  readonly short?: string;
  /** What stands for the value in the help; none: a switch. */
  readonly argument?: string;
  /** The value may be left out; it is only taken with `=`, since the next word may be the program. */
  readonly optional?: true;
  /** May be given several times; in the environment its values are separated by commas. */
  readonly repeatable?: true;
  /** False: not read from the environment. */
  readonly variable?: false;
  readonly group: Group;
  /** One line, for -h. */
  readonly summary: string;
  /** More, for --help and the docs. */
  readonly details?: string;
  /** Applies all the values of one source, in their order. A switch gets `on` or `off` for each time that it was given. */
  apply(settings: Settings, values: readonly string[]): void;
}

export type Group =
  | 'Signals'
  | 'Stopping'
  | 'The program'
  | 'Being an init'
  | 'Saying what happens'
  | 'Watching'
  | "A peer's place"
  | 'Help';

export const OPTIONS: readonly Option[] = [
  {
    long: 'single-child',
    short: 'c',
    group: 'Signals',
    summary: 'signal the program alone, not its group',
    details: 'The same as --scope child. For programs that pass signals on to their workers themselves.',
    apply: (settings, values) => {
      if (last(values) === 'on') settings.scope = 'child';
    },
  },
  {
    long: 'group',
    short: 'g',
    group: 'Signals',
    summary: "signal the program's process group (default)",
    details: 'The same as --scope group. Accepted so that command lines of tini and catatonit work.',
    apply: (settings, values) => {
      if (last(values) === 'on') settings.scope = 'group';
    },
  },
  {
    long: 'scope',
    argument: 'child|group|all',
    group: 'Signals',
    summary: 'who gets forwarded signals',
    details: 'The program, its process group, or every process in the container. all works only as PID 1.',
    apply: (settings, values) => {
      settings.scope = parseChoice(last(values), ['child', 'group', 'all']);
    },
  },
  {
    long: 'rewrite',
    short: 'r',
    argument: 'FROM:TO',
    repeatable: true,
    group: 'Signals',
    summary: 'pass FROM on as TO; FROM:0 drops it',
    details: 'By name or number: TERM:QUIT, 15:3, RTMIN+3:TERM.',
    apply: (settings, values) => {
      for (const [from, to] of values.map(parseRewrite)) settings.rewrite[from] = to;
    },
  },
  {
    long: 'setsid',
    group: 'Signals',
    summary: 'a session of its own, with the terminal',
    details: 'As dumb-init does by default. Otherwise the program gets a process group of its own in our session.',
    apply: (settings, values) => {
      settings.leads = last(values) === 'on' ? 'session' : 'group';
    },
  },
  {
    long: 'stop-signal',
    argument: 'SIG',
    group: 'Stopping',
    summary: 'the signal that begins a stop (default TERM)',
    details:
      "As received, before any rewrite. Say here what the image's STOPSIGNAL is: QUIT for nginx, INT for postgres, WINCH for httpd. No other signal begins a stop.",
    apply: (settings, values) => {
      settings.stopSignal = parseCatchable(last(values));
    },
  },
  {
    long: 'stop-delay',
    argument: 'TIME',
    group: 'Stopping',
    summary: 'hold the stop signal back so long',
    details: 'Time for a load balancer to take the container out. A second stop signal cuts it short.',
    apply: (settings, values) => {
      settings.stopDelay = parseTime(last(values));
    },
  },
  {
    long: 'stop-timeout',
    argument: 'TIME',
    group: 'Stopping',
    summary: 'SIGKILL what has not gone by then',
    details:
      'Counted from when the stop signal was passed on. The survivors are named first. Off by default: nothing is killed earlier than the platform does it.',
    apply: (settings, values) => {
      settings.stopTimeout = parseTime(last(values));
    },
  },
  {
    long: 'wait',
    argument: 'main|group|all',
    group: 'Stopping',
    summary: 'whom to end and wait for after the program',
    details:
      "main: nobody, leave at once (the default). group: SIGTERM to what is left of its process group, and wait. all: the same for everything that is left. The exit status stays the program's.",
    apply: (settings, values) => {
      settings.wait = parseChoice(last(values), ['main', 'group', 'all']);
    },
  },
  {
    long: 'wait-timeout',
    argument: 'TIME',
    group: 'Stopping',
    summary: 'the longest such wait, then SIGKILL',
    details: 'Off by default.',
    apply: (settings, values) => {
      settings.waitTimeout = parseTime(last(values));
    },
  },
  {
    long: 'user',
    short: 'u',
    argument: 'USER[:GROUP]',
    group: 'The program',
    summary: 'run the program as this user',
    details:
      "By name or number, with the supplementary groups, for good. HOME becomes the user's (/ for a number without an entry in /etc/passwd).",
    apply: (settings, values) => {
      settings.user = last(values);
    },
  },
  {
    long: 'chdir',
    short: 'C',
    argument: 'DIR',
    group: 'The program',
    summary: 'run the program in this directory',
    apply: (settings, values) => {
      settings.directory = last(values);
    },
  },
  {
    long: 'env',
    short: 'E',
    argument: 'KEY=VALUE',
    repeatable: true,
    variable: false,
    group: 'The program',
    summary: 'set a variable for the program',
    apply: (settings, values) => {
      settings.addedEnvironment = values.map(parseVariable);
    },
  },
  {
    long: 'remap-exit',
    short: 'e',
    argument: 'CODE[:TO]',
    repeatable: true,
    group: 'The program',
    summary: 'leave with TO (default 0) for status CODE',
    details: 'Also for 128 + n after signal n: 143 for a program that dies of SIGTERM.',
    apply: (settings, values) => {
      settings.remapExit = new Map([...settings.remapExit, ...values.map(parseRemap)]);
    },
  },
  {
    long: 'pause',
    short: 'P',
    group: 'Being an init',
    summary: 'no program: reap until TERM or INT, then 0',
    apply: (settings, values) => {
      settings.pause = last(values) === 'on';
    },
  },
  {
    long: 'subreaper',
    short: 's',
    group: 'Being an init',
    summary: 'adopt orphans when not PID 1 (default)',
    apply: (settings, values) => {
      settings.subreaper = last(values) === 'on' ? 'yes' : 'no';
    },
  },
  {
    long: 'no-subreaper',
    variable: false,
    group: 'Being an init',
    summary: 'leave orphans to others when not PID 1',
    details: 'In the environment: SEXTON_SUBREAPER=0.',
    apply: settings => {
      settings.subreaper = 'no';
    },
  },
  {
    long: 'parent-death-signal',
    short: 'p',
    argument: 'SIG',
    group: 'Being an init',
    summary: "get SIG when sexton's parent dies",
    apply: (settings, values) => {
      settings.parentDeathSignal = parseSignal(last(values));
    },
  },
  {
    long: 'verbose',
    short: 'v',
    repeatable: true,
    group: 'Saying what happens',
    summary: 'say more: -v info, -vv debug, -vvv trace',
    details: "All on stderr; stdout is the program's. In the environment: SEXTON_VERBOSE=2 for -vv.",
    apply: (settings, values) => {
      settings.verbosity = 1 + values.length;
    },
  },
  {
    long: 'quiet',
    short: 'q',
    group: 'Saying what happens',
    summary: 'errors only, no warnings',
    apply: (settings, values) => {
      if (last(values) === 'on') settings.verbosity = 0;
    },
  },
  {
    long: 'log-format',
    argument: 'text|json',
    group: 'Saying what happens',
    summary: 'lines for people, or JSON lines',
    apply: (settings, values) => {
      settings.logFormat = parseChoice(last(values), ['text', 'json']);
    },
  },
  {
    long: 'warn-on-reap',
    short: 'w',
    group: 'Saying what happens',
    summary: 'name every orphan as it is reaped',
    details: 'Pid, command, exit status and age.',
    apply: (settings, values) => {
      settings.warnOnReap = last(values) === 'on';
    },
  },
  {
    long: 'report',
    group: 'Saying what happens',
    summary: 'at the end, say all that happened',
    details:
      'Why the program ended, CPU and memory, signals and who sent them, orphans by command, OOM kills, who is still alive. Lines, or one JSON object.',
    apply: (settings, values) => {
      settings.report = last(values) === 'on';
    },
  },
  {
    long: 'termination-log',
    argument: 'PATH',
    optional: true,
    group: 'Saying what happens',
    summary: 'write there why the program ended',
    details:
      'For kubectl describe. /dev/termination-log unless a path is given. What the program has written there itself stays.',
    apply: (settings, values) => {
      settings.terminationLog = parseOptionalPath(last(values), '/dev/termination-log');
    },
  },
  {
    long: 'watch',
    argument: 'TIME',
    group: 'Watching',
    summary: 'look for neglected zombies every TIME',
    details:
      "Zombies whose parent lives and does not wait for them, which no init can reap: the parent is named. And warn when the processes and threads near the cgroup's limit (80 and 95 %).",
    apply: (settings, values) => {
      settings.watch = parsePeriod(last(values));
    },
  },
  {
    long: 'control',
    argument: 'PATH',
    group: 'Watching',
    summary: 'a unix socket with status and metrics',
    details: 'Mode 0600, HTTP: /status, /zombies, /metrics. For sextonctl and curl.',
    apply: (settings, values) => {
      settings.control = parseSocketPath(last(values));
    },
  },
  {
    long: 'metrics',
    argument: '[HOST:]PORT',
    group: 'Watching',
    summary: 'serve /metrics for Prometheus there',
    details: 'HOST is an address, 127.0.0.1 by default: 9090, 0.0.0.0:9090, [::]:9090.',
    apply: (settings, values) => {
      settings.metrics = parseAddress(last(values));
    },
  },
  {
    long: 'as',
    argument: 'NAME',
    group: "A peer's place",
    summary: 'behave as tini, dumb-init or catatonit',
    details:
      "With its command line, variables, messages and exit statuses: docs/migrating.md. Comes first; whatever follows is NAME's own command line. The same by the name that it is called by: tini, tini-static, docker-init, dumb-init, catatonit, podman-init, pause.",
    apply: (_settings, values) => {
      // choose.ts has taken it, unless it stands behind other options.
      if (last(values) !== 'sexton')
        throw new Failure(`must come first: what follows is ${last(values)}'s own command line`);
    },
  },
  { long: 'help', short: 'h', variable: false, group: 'Help', summary: 'this list; --help says more', apply: () => {} },
  { long: 'version', short: 'V', variable: false, group: 'Help', summary: 'print the version', apply: () => {} },
  { long: 'license', short: 'l', variable: false, group: 'Help', summary: 'print the license', apply: () => {} },
];

/** The variables beside the options that are sexton's own, and not passed on. */
export const OTHER_VARIABLES: readonly string[] = ['SEXTON_FFI', 'SEXTON_NODE', 'SEXTON_FAST_LANE'];

/** The environment variable of an option; undefined if it has none. */
export function variableOf(option: Option): string | undefined {
  if (option.variable === false) return undefined;
  return `SEXTON_${option.long.toUpperCase().replaceAll('-', '_')}`;
}

/** Reads a variable's text as the values that the command line would have given; an empty one says nothing. */
export function variableValues(option: Option, text: string): readonly string[] {
  if (text === '') return [];
  if (option.argument) return option.repeatable ? text.split(',') : [text];
  return option.repeatable ? Array(parseCount(text)).fill('on') : [parseSwitch(text) ? 'on' : 'off'];
}

function last(values: readonly string[]): string {
  return values.at(-1)!;
}
