import { Command, CommanderError, Option as CommanderOption } from 'commander';
import { Failure } from '../failure.ts';
import { ownVariables } from './environment.ts';
import { longHelp, shortHelp } from './help.ts';
import { license } from './license.ts';
import { OPTIONS, type Option, variableOf, variableValues } from './options.ts';
import { defaultSettings, type Settings } from './settings.ts';

declare const VERSION: string;

/** Text that the command line asks for, to be printed on stdout instead of running anything. */
export interface Answer {
  readonly text: string;
}

/**
 * Reads the command line and the environment. Options end at the first word that is not one, or at `--`.
 * Throws a Failure that names the option, its value and what would be right.
 */
export function readCommandLine(words: readonly string[], environment: readonly string[]): Settings | Answer {
  const { occurrences, program } = parse(words);
  const answer = asked(words.slice(0, words.length - program.length), occurrences);
  if (answer !== undefined) return { text: answer };

  const settings = defaultSettings(program);
  for (const [option, text] of ownVariables(environment)) {
    naming(variableOf(option)!, () => {
      const values = variableValues(option, text);
      if (values.length > 0) option.apply(settings, values);
    });
  }
  for (const [option, values] of occurrences) {
    naming(`--${option.long}`, () => option.apply(settings, values));
  }
  const { warnOnReap, report, control, metrics } = settings;
  settings.inspectOrphans = warnOnReap || report || control !== undefined || metrics !== undefined;
  return checked(settings);
}

/** No more words are options. commander spreads what is left into a call, which a program with 120,000 arguments is too much for. */
const MOST_OPTIONS = 50_000;

/** Each option with its values; those given last come last, so that they win. */
type Occurrences = Map<Option, string[]>;

function parse(words: readonly string[]): { occurrences: Occurrences; program: readonly string[] } {
  const occurrences: Occurrences = new Map();
  const command = new Command('sexton')
    .argument('[program...]')
    .helpOption(false)
    .passThroughOptions()
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  for (const option of OPTIONS) {
    command.addOption(new CommanderOption(flags(option)));
    command.on(`option:${option.long}`, (value: string | null | undefined) => {
      const values = occurrences.get(option) ?? [];
      occurrences.delete(option);
      occurrences.set(option, [...values, value ?? 'on']);
    });
  }
  const head = words.slice(0, MOST_OPTIONS);
  try {
    command.parse(head.map(withItsOwnValue), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    throw new Failure(`${error.message.replace(/^error: /, '').replaceAll('\n', ' ')}; see 'sexton --help'`);
  }
  const program = words.slice(head.length - command.args.length);
  // commander takes a negative number for an argument.
  if (/^-./.test(program[0] ?? '') && words[words.length - program.length - 1] !== '--')
    throw new Failure(`unknown option '${program[0]}'; see 'sexton --help'`);
  return { occurrences, program };
}

/** As commander wants them: `-e, --remap-exit <value>`. */
function flags({ short, long, argument, optional }: Option): string {
  const value = !argument ? '' : optional ? ' [value]' : ' <value>';
  return `${short ? `-${short}, ` : ''}--${long}${value}`;
}

/** An optional value is never the next word: that may be the program. commander has to be told that there is one. */
function withItsOwnValue(word: string): string {
  return OPTIONS.some(option => option.optional && word === `--${option.long}`) ? `${word}=` : word;
}

function asked(words: readonly string[], occurrences: Occurrences): string | undefined {
  const given = [...occurrences.keys()].map(option => option.long);
  if (given.includes('help')) return words.includes('--help') ? longHelp() : shortHelp();
  if (given.includes('version')) return `sexton ${VERSION}\n`;
  if (given.includes('license')) return license;
  return undefined;
}

function naming(source: string, apply: () => void): void {
  try {
    apply();
  } catch (error) {
    throw error instanceof Failure ? new Failure(`${source}: ${error.message}`) : error;
  }
}

function checked(settings: Settings): Settings {
  const { pause, program, wait, waitTimeout } = settings;
  if (wait === 'main' && waitTimeout !== Infinity)
    throw new Failure('--wait-timeout: nobody is waited for; say --wait group or --wait all too');
  if (pause && program.length > 0)
    throw new Failure(`--pause runs no program, but '${program[0]}' was given: leave one of them out`);
  if (!pause && program.length === 0)
    throw new Failure('no program given; usage: sexton [options] [--] program [args...]');
  return settings;
}
