import { type Group, OPTIONS, type Option, variableOf } from './options.ts';

const SYNOPSIS = 'Usage: sexton [options] [--] program [args...]';
const WIDTH = 79;

export const DESCRIPTION =
  "Runs the program as a container's init should: forwards signals to it, reaps orphans, and leaves with its exit " +
  'status. Options end at the first word that is none, or at --; everything behind belongs to the program.';

export const VALUES =
  'TIME is 500ms, 10s, 2m or plain seconds. SIG is TERM, SIGTERM, 15 or RTMIN+3. Options can be set in the ' +
  'environment; the command line wins. Lists are separated by commas there. The program does not get to see these ' +
  'variables.';

export const STATUSES: readonly (readonly [status: string, meaning: string])[] = [
  ['125', 'sexton itself failed: bad option, unknown user, fork refused'],
  ['126', 'the program could not be executed'],
  ['127', 'the program was not found'],
  ['other', "the program's own, or 128 + n if it died of signal n"],
];

/** -h: a line an option. */
export function shortHelp(): string {
  const labels = OPTIONS.map(label);
  const width = Math.max(...labels.map(text => text.length));
  const line = (option: Option): string => `  ${label(option).padEnd(width)}  ${option.summary}`;
  const groups = byGroup().map(([group, options]) => `${group}:\n${options.map(line).join('\n')}`);
  return `${SYNOPSIS}\n\n${groups.join('\n\n')}\n`;
}

/** --help: everything. */
export function longHelp(): string {
  const groups = byGroup().map(([group, options]) => `${group}:\n${options.map(entry).join('\n')}`);
  const statuses = STATUSES.map(([status, meaning]) => `  ${status.padEnd(5)}  ${meaning}`);
  return `${SYNOPSIS}

${wrap(DESCRIPTION, '').join('\n')}

${groups.join('\n\n')}

${wrap(VALUES, '').join('\n')}

Exit status:
${statuses.join('\n')}
`;
}

/** `-s, --subreaper`, `    --scope child|group|all`. */
export function label(option: Option): string {
  const short = option.short ? `-${option.short}, ` : '    ';
  return `${short}--${option.long}${argumentText(option)}`;
}

function argumentText({ argument, optional }: Option): string {
  if (!argument) return '';
  return optional ? `[=${argument}]` : ` ${argument}`;
}

export function byGroup(): [Group, Option[]][] {
  const groups = new Map<Group, Option[]>();
  for (const option of OPTIONS) groups.set(option.group, [...(groups.get(option.group) ?? []), option]);
  return [...groups];
}

function entry(option: Option): string {
  const text = `${capitalised(option.summary)}.${option.details ? ` ${option.details}` : ''}`;
  const variable = variableOf(option);
  return [`  ${label(option)}`, ...wrap(text + (variable ? ` [${variable}]` : ''), '          ')].join('\n');
}

export function capitalised(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function wrap(text: string, indent: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= WIDTH) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(indent + word);
  }
  return lines;
}
