import { type CommandLine, type Flag, sentence } from './command-line.ts';

/** A section of a page: a paragraph, then terms with what they mean. */
export interface Section {
  readonly title: string;
  readonly text?: string;
  readonly entries?: readonly (readonly [term: string, meaning: string])[];
}

/** A manual page in man(7), for section 1. The date is that of the release, as YYYY-MM-DD; empty before it. */
export function manPage(line: CommandLine, sections: readonly Section[], version: string, date: string): string {
  const { name, summary, description, groups, commands } = line;
  return [
    `.TH ${name.toUpperCase()} 1 "${date}" "sexton ${version}"`,
    '.nh', // no hyphens in names that are to be copied
    '.ad l',
    '.SH NAME',
    `${text(name)} \\- ${text(summary)}`,
    '.SH SYNOPSIS',
    ...(commands.length > 0
      ? commands.flatMap(command => [...usage(command, `${name} ${command.name}`), '.br']).slice(0, -1)
      : [`.B ${text(name)}`, '[options] [\\-\\-] program [args...]']),
    ...(description ? ['.SH DESCRIPTION', text(description)] : []),
    ...(commands.length > 0 ? ['.SH COMMANDS', ...commands.flatMap(command => commandSection(command, name))] : []),
    '.SH OPTIONS',
    ...groups.flatMap(([title, flags]) => [...(title ? [`.SS ${text(title)}`] : []), ...flags.flatMap(flagEntry)]),
    ...sections.flatMap(section),
    '',
  ].join('\n');
}

function usage({ operands }: CommandLine, name: string): string[] {
  return [`.B ${text(name)}`, text(['[options]', ...operands.map(operand => operand.usage)].join(' '))];
}

function commandSection(command: CommandLine, program: string): string[] {
  const { name, summary, description, operands, groups } = command;
  return [
    `.SS ${text(`${program} ${[name, ...operands.map(operand => operand.usage)].join(' ')}`)}`,
    text(description || sentence(summary)),
    ...operands.flatMap(operand => entry(`.I ${text(operand.name)}`, sentence(operand.summary))),
    ...groups.flatMap(([, flags]) => flags.flatMap(flagEntry)),
  ];
}

function flagEntry(flag: Flag): string[] {
  const { short, long, argument, optional, summary, details, variable } = flag;
  const names = [...(short ? [`-${short}`] : []), `--${long}`].map(name => `\\fB${text(name)}\\fR`).join(', ');
  const value = !argument ? '' : optional ? `[=\\fI${text(argument)}\\fR]` : ` \\fI${text(argument)}\\fR`;
  const meaning = [sentence(summary), details, variable && `[${variable}]`].filter(Boolean).join(' ');
  return entry(names + value, meaning);
}

function section({ title, text: paragraph, entries = [] }: Section): string[] {
  return [
    `.SH ${title}`,
    ...(paragraph ? [text(paragraph)] : []),
    ...entries.flatMap(([term, meaning]) =>
      entry(`.B ${text(term)}`, /[.!]$/.test(meaning) ? meaning : sentence(meaning)),
    ),
  ];
}

function entry(term: string, meaning: string): string[] {
  return ['.TP', term, text(meaning)];
}

/** A minus is one that can be copied, and a sentence never begins with what roff takes for a request. */
function text(plain: string): string {
  return plain
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('"', '\\(dq')
    .replaceAll('`', '\\(ga')
    .replaceAll('~', '\\(ti')
    .replaceAll('^', '\\(ha')
    .replaceAll('…', '...')
    .replace(/^\./, '\\&.');
}
