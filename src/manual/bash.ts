import { type CommandLine, type Flag, flagsOf } from './command-line.ts';
import { SIGNALS, type Values, valuesOf } from './values.ts';

/** A completion of a program that runs another one, for bash 4.3 and later; bash-completion is used where it is there. */
export function bashOfRunner(line: CommandLine): string {
  const { name } = line;
  const flags = flagsOf(line);
  return `${head(name)}
_${name}() {
  local words starts prefix='' option='' index last
  _${name}_words
  last=$((\${#words[@]} - 1))
  for ((index = 1; index < last; index++)); do
    option=''
    case \${words[index]} in
      --) _${name}_program $((index + 1)); return ;;
      ${valued(flags).map(long).join(' | ')}) option=\${words[index]} ;;
      --*) ;;
      -?*) [[ \${words[index]} =~ ^-[${letters(flags.filter(isSwitch))}]*([${letters(valued(flags))}])$ ]] && option=-\${BASH_REMATCH[1]} ;;
      *) _${name}_program "$index"; return ;;
    esac
    [[ $option ]] && ((index++))
  done
  ((index > last)) || option=''
  if [[ $option ]]; then _${name}_values "$option" "\${words[last]}"; return; fi
  case \${words[last]} in
    --*=*) prefix=\${words[last]%%=*}= ; _${name}_values "\${words[last]%%=*}" "\${words[last]#*=}" ;;
    -*) _${name}_reply -W '${namesOf(flags)}' -- "\${words[last]}" ;;
    *) _${name}_program "$last" ;;
  esac
}

# What the program and its arguments may be is its own completion's business.
_${name}_program() {
  if declare -F _comp_command_offset >/dev/null; then _comp_command_offset "\${starts[$1]}"
  elif declare -F _command_offset >/dev/null; then _command_offset "\${starts[$1]}"
  elif (($1 == last)); then _${name}_reply -c -- "\${words[last]}"
  else compopt -o filenames; _${name}_reply -f -- "\${words[last]}"
  fi
}

${values(name, flags)}
${sharedFunctions(name)}
complete -F _${name} ${name}
`;
}

/** A completion of a program with subcommands. */
export function bashOfCommands(line: CommandLine): string {
  const { name, commands } = line;
  const all = commands.flatMap(flagsOf);
  const names = commands.map(command => command.name).join(' ');
  const options = [line, ...commands].map(command => {
    const own = command === line ? '' : command.name;
    return `    ${own},-*) _${name}_reply -W '${namesOf(flagsOf(command))}' -- "\${words[last]}" ;;`;
  });
  return `${head(name)}
_${name}() {
  local words starts prefix='' option='' command='' operands=0 index last
  _${name}_words
  last=$((\${#words[@]} - 1))
  for ((index = 1; index < last; index++)); do
    case \${words[index]} in
      ${valued(all).map(long).join(' | ')}) option=\${words[index++]} ;;
      -*) ;;
      *) if [[ $command ]]; then ((operands++)); else command=\${words[index]}; fi ;;
    esac
  done
  ((index > last)) || option=''
  if [[ $option ]]; then _${name}_values "$option" "\${words[last]}"; return; fi
  case $command,\${words[last]} in
    *,--*=*) prefix=\${words[last]%%=*}= ; _${name}_values "\${words[last]%%=*}" "\${words[last]#*=}" ;;
${options.join('\n')}
    ,*) _${name}_reply -W '${names}' -- "\${words[last]}" ;;
    help,*) ((operands)) || _${name}_reply -W '${names}' -- "\${words[last]}" ;;
    *) _${name}_values "$command:$operands" "\${words[last]}" ;;
  esac
}

${values(name, all, operandCases(line))}
${sharedFunctions(name)}
complete -F _${name} ${name}
`;
}

function head(name: string): string {
  return `# Completion of ${name} for bash. Written from its options by \`npm run build\`.

_${name}_signals='${SIGNALS.join(' ')}'
`;
}

/** The function that replies with what an option's value may be. `$prefix` stands in front of it in the same word. */
function values(name: string, flags: readonly Flag[], further: readonly string[] = []): string {
  const cases = new Map(
    valued(flags).map(flag => [
      [...(flag.short ? [`-${flag.short}`] : []), long(flag)].join(' | '),
      reply(name, valuesOf(flag.argument!)),
    ]),
  );
  return `# $1: the option. $2: the value so far.
_${name}_values() {
  case $1 in
${[...cases].map(([pattern, action]) => `    ${pattern}) ${action} ;;`).join('\n')}
${further.map(line => `    ${line}\n`).join('')}  esac
}
`;
}

function operandCases({ name: program, commands }: CommandLine): string[] {
  return commands
    .filter(command => command.name !== 'help')
    .flatMap(({ name, operands }) =>
      operands.map(
        (operand, index) => `${name}:${operand.variadic ? '*' : index}) ${reply(program, valuesOf(operand.name))} ;;`,
      ),
    );
}

function reply(name: string, values: Values): string {
  switch (values) {
    case 'directories':
      return `compopt -o filenames; _${name}_reply -d -- "$2"`;
    case 'files':
      return `compopt -o filenames; _${name}_reply -f -- "$2"`;
    case 'users':
      return `if [[ $2 == *:* ]]; then prefix+=\${2%%:*}:; _${name}_reply -g -- "\${2#*:}"; else _${name}_reply -u -- "$2"; fi`;
    case 'variables':
      return `compopt -o nospace; [[ $2 == *=* ]] || _${name}_reply -v -S = -- "$2"`;
    case 'rewrites':
      return `if [[ $2 == *:* ]]; then prefix+=\${2%%:*}:; _${name}_reply -W "0 $_${name}_signals" -- "\${2#*:}"; else compopt -o nospace; _${name}_reply -W "$_${name}_signals" -S : -- "$2"; fi`;
    default:
      if (values === SIGNALS) return `_${name}_reply -W "$_${name}_signals" -- "$2"`;
      return values.length > 0 ? `_${name}_reply -W '${values.join(' ')}' -- "$2"` : ':';
  }
}

/** What every script has of its own: it may be the only one that is loaded. */
function sharedFunctions(name: string): string {
  return `# Replies with what compgen finds, less what readline takes for words of their own: it ends words at = and :.
_${name}_reply() {
  local typed=\${COMP_WORDS[COMP_CWORD]}
  [[ $typed == [=:] ]] && typed=''
  mapfile -t COMPREPLY < <(compgen -P "$prefix" "$@")
  COMPREPLY=("\${COMPREPLY[@]#"\${words[last]%"$typed"}"}")
}

# The words up to the cursor as ${name} will get them, and where each starts in COMP_WORDS.
_${name}_words() {
  local line=\${COMP_LINE:0:COMP_POINT} index word before
  words=() starts=()
  for ((index = 0; index <= COMP_CWORD; index++)); do
    before=\${line%%[![:space:]]*}
    line=\${line#"$before"}
    word=\${COMP_WORDS[index]}
    ((index == COMP_CWORD)) && word=$line
    if ((index == 0)) || [[ $before ]]; then words+=("$word") starts+=("$index"); else words[-1]+=$word; fi
    line=\${line#"$word"}
  done
}
`;
}

function valued(flags: readonly Flag[]): readonly Flag[] {
  const seen = new Set<string>();
  return flags.filter(flag => flag.argument && !flag.optional && !seen.has(flag.long) && seen.add(flag.long));
}

function isSwitch(flag: Flag): boolean {
  return !flag.argument;
}

function long(flag: Flag): string {
  return `--${flag.long}`;
}

function letters(flags: readonly Flag[]): string {
  return flags.flatMap(flag => flag.short ?? []).join('');
}

function namesOf(flags: readonly Flag[]): string {
  return flags.flatMap(flag => [...(flag.short ? [`-${flag.short}`] : []), long(flag)]).join(' ');
}
