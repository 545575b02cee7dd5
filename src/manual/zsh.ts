import { type CommandLine, type Flag, flagsOf, type Operand } from './command-line.ts';
import { SIGNALS, type Values, valuesOf } from './values.ts';

const REWRITES = `_sexton_rewrites() {
  local -a signals=(${SIGNALS.join(' ')})
  if compset -P '*:'; then compadd "$@" -- 0 $signals; else compadd "$@" -qS : -- $signals; fi
}
`;

/** A completion of a program that runs another one. */
export function zshOfRunner(line: CommandLine): string {
  return `#compdef ${line.name}
# Completion of ${line.name} for zsh. Written from its options by \`npm run build\`.

${REWRITES}
_arguments -s -S -A '-*' ${continued([
    ...flagsOf(line).map(specification),
    quoted('(-)1:program: _command_names -e'),
    quoted('*::argument: _normal'),
  ])}
`;
}

/** A completion of a program with subcommands. */
export function zshOfCommands(line: CommandLine): string {
  const { name, commands } = line;
  const descriptions = commands.map(command => quoted(`${command.name}:${command.summary.replaceAll(':', '\\:')}`));
  return `#compdef ${name}
# Completion of ${name} for zsh. Written from its commands by \`npm run build\`.

local curcontext=$curcontext state line
local -a commands=(${descriptions.map(text => `\n  ${text}`).join('')}
)

_arguments -C ${continued([...flagsOf(line).map(specification), quoted('1:command:->command'), quoted('*::argument:->argument')])}

case $state in
  command) _describe command commands ;;
  argument)
    case $words[1] in
${commands.map(command => `      ${command.name}) ${action(command)} ;;\n`).join('')}    esac
    ;;
esac
`;
}

function action(command: CommandLine): string {
  if (command.name === 'help') return '_describe command commands';
  return `_arguments ${[...flagsOf(command).map(specification), ...command.operands.map(operand)].join(' ')}`;
}

function operand({ name, variadic }: Operand, index: number): string {
  return quoted(`${variadic ? '*' : index + 1}:${name}:${shellAction(valuesOf(name))}`);
}

/** As _arguments wants it: `'(-c --single-child)'{-c,--single-child}'[…]'`. */
function specification(flag: Flag): string {
  const { short, long, argument, optional, repeatable, summary } = flag;
  const suffix = !argument ? '' : optional ? '=-' : '=';
  const value = argument ? `${optional ? '::' : ':'}${escaped(argument)}:${shellAction(valuesOf(argument))}` : '';
  const meaning = `[${summary.replace(/[[\]\\]/g, '\\$&')}]${value}`;
  if (!short) return quoted(`${repeatable ? '*' : ''}--${long}${suffix}${meaning}`);
  const others = quoted(repeatable ? '*' : `(-${short} --${long})`);
  return `${others}{-${short}${argument ? '+' : ''},--${long}${suffix}}${quoted(meaning)}`;
}

function shellAction(values: Values): string {
  switch (values) {
    case 'directories':
      return '_files -/';
    case 'files':
      return '_files';
    case 'users':
      return '_users';
    case 'variables':
      return '_parameters -qS= -g "*export*"';
    case 'rewrites':
      return '_sexton_rewrites';
    default:
      return values.length > 0 ? `(${values.join(' ')})` : ' ';
  }
}

function escaped(text: string): string {
  return text.replaceAll(':', '\\:');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function continued(words: readonly string[]): string {
  return words.map(word => `\\\n  ${word}`).join(' ');
}
