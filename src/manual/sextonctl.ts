import type { Command, Option } from 'commander';
import { commands as program } from '../ctl/commands.ts';
import type { CommandLine, Flag } from './command-line.ts';
import type { Section } from './man-page.ts';

/** The command line of sextonctl, from its commander program. */
export function sextonctl(): CommandLine {
  return { ...commandLine(program()), summary: 'looks into containers: zombies, signals, exit statuses' };
}

function commandLine(command: Command): CommandLine {
  const help = command.createHelp();
  return {
    name: command.name(),
    summary: command.summary() || command.description(),
    description: command.summary() ? command.description() : '',
    groups: [['', help.visibleOptions(command).map(flag)]],
    operands: command.registeredArguments.map(argument => ({
      name: argument.name(),
      usage: argument.required ? `<${argument.name()}>` : `[${argument.name()}${argument.variadic ? '...' : ''}]`,
      summary: argument.description,
      variadic: argument.variadic,
    })),
    commands: help.visibleCommands(command).map(commandLine),
  };
}

function flag(option: Option): Flag {
  return {
    long: option.long!.slice(2),
    short: option.short?.slice(1),
    argument: /<(.*)>/.exec(option.flags)?.[1],
    optional: option.optional,
    repeatable: false,
    summary: option.description,
  };
}

/** What sextonctl(1) says beside its commands. */
export const SECTIONS: readonly Section[] = [
  {
    title: 'ENVIRONMENT',
    entries: [
      ['SEXTON_CONTROL', 'The socket to ask, where --control is not given. Without either: /run/sexton.sock.'],
      ['COLUMNS', 'How wide tables may be. By default as wide as the terminal, or 80.'],
      ['NO_COLOR, TERM=dumb', 'No colour.'],
    ],
  },
  {
    title: 'EXIT STATUS',
    entries: [
      ['0', 'The command has done its work. That there are zombies is no failure.'],
      ['125', 'It failed; one line on stderr says why.'],
    ],
  },
  { title: 'SEE ALSO', text: 'sexton(1), proc(5), cgroups(7)' },
];
