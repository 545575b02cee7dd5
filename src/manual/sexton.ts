import { byGroup, DESCRIPTION, STATUSES, VALUES } from '../cli/help.ts';
import { OPTIONS, type Option, variableOf } from '../cli/options.ts';
import type { CommandLine, Flag } from './command-line.ts';
import type { Section } from './man-page.ts';

/** The command line of sexton, from the table of options. */
export function sexton(): CommandLine {
  return {
    name: 'sexton',
    summary: 'a container init: runs a program, forwards signals, reaps orphans',
    description: DESCRIPTION,
    groups: byGroup().map(([group, options]) => [group, options.map(flag)]),
    operands: [],
    commands: [],
  };
}

function flag(option: Option): Flag {
  const { long, short, argument, optional = false, repeatable = false, summary, details } = option;
  return { long, short, argument, optional, repeatable, summary, details, variable: variableOf(option) };
}

/** The variables that are no option: options.ts lists them, docs/reference.md says the same. */
export const FURTHER_VARIABLES: Readonly<Record<string, string>> = {
  SEXTON_FFI:
    'How native code is called: node-ffi (built into Node 26 and later, the default there), koffi (the default elsewhere) or ffi-napi, if that is installed.',
  SEXTON_NODE: 'The Node that the launcher executes. By default the one beside the package, or in PATH.',
  SEXTON_FAST_LANE: '0: start the program when Node is up, not before.',
};

const named = OPTIONS.flatMap(option => variableOf(option) ?? []);

/** What sexton(1) says beside the options. */
export const SECTIONS: readonly Section[] = [
  {
    title: 'ENVIRONMENT',
    text: VALUES,
    entries: [
      ...Object.entries(FURTHER_VARIABLES),
      [named.join(', '), 'The options of these names. A switch is 1 or 0. An empty variable says nothing.'],
    ],
  },
  { title: 'EXIT STATUS', entries: STATUSES },
  {
    title: 'EXAMPLES',
    entries: [
      ['ENTRYPOINT ["sexton", "--"]', 'In a Dockerfile: whatever CMD is runs under sexton.'],
      ['sexton --report -- node server.js', 'Say at the end why it ended.'],
      ['sexton -c --stop-timeout 25s -- nginx', 'Signal the master alone, and SIGKILL what is left after 25 seconds.'],
      ['docker run -e SEXTON_VERBOSE=1 IMAGE', 'A line for each signal, without a change of the image.'],
    ],
  },
  { title: 'SEE ALSO', text: 'sextonctl(1), tini(1), dumb-init(1), catatonit(1), signal(7), pid_namespaces(7)' },
];
