import { dirname } from 'node:path';
import { Command } from 'commander';
import { Failure } from '../failure.ts';
import { singleFile } from '../parts.ts';
import { controlSocket } from './control.ts';
import { explain } from './explain.ts';
import { install } from './install.ts';
import { metrics } from './metrics.ts';
import { status } from './status.ts';
import { terminalOf } from './terminal.ts';
import { zombies } from './zombies.ts';

declare const VERSION: string;

/** What every failure ends with, as sexton's own. */
export const FAILED = 125;

/** The command line of sextonctl, for commander; its manual and completions are made from it too. */
export function commands(): Command {
  const terminal = terminalOf(process.stdout, process.env);

  const program = new Command('sextonctl')
    .description('Looks into containers: what sexton knows, who leaves zombies, what an exit status means.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this, or the help of a command')
    .helpCommand('help [command]', 'the same')
    .configureOutput({ writeErr: () => {}, getOutHelpWidth: () => Math.min(terminal.width, 80) })
    .exitOverride()
    .addHelpText('after', '\nExit status: 0, or 125 if it failed, with one line on stderr.');

  program
    .command('zombies')
    .summary('which parents do not wait for their zombies; works without sexton')
    .description(
      'Names each parent that does not wait for its children, with the zombies that it holds. Reads /proc alone: works ' +
        'in any container, and on a host for all containers. It looks twice, half a second apart, so that zombies that ' +
        'are just being reaped do not count. The exit status is 0 whether there are zombies or not: programs read --json.',
    )
    .option('-a, --all', 'list every zombie, those that have just ended too')
    .option('--json', 'for programs')
    .action(async options => print(await zombies(options, terminal)));

  overSocket(
    program
      .command('status')
      .summary('what sexton knows: the program, signals, orphans, OOM kills')
      .description('Asks sexton over its control socket what it knows of its container.'),
  ).action(async options => print(await status(options.control, options, terminal)));

  overSocket(
    program
      .command('metrics')
      .summary('the numbers of sexton, as OpenMetrics')
      .description('Asks sexton over its control socket for its numbers, as OpenMetrics text.'),
  ).action(async options => print(await metrics(options.control, options)));

  program
    .command('explain')
    .summary('what an exit status of a container means')
    .description('Says what an exit status means, what may be the cause, and how to find out.')
    .argument('<code>', 'an exit status (137), or a signal (KILL, SIGKILL)')
    .option('--json', 'for programs')
    .action((code, options) => print(explain(code, options, terminal)));

  program
    .command('install')
    .summary('link the launcher into a directory of PATH, for an image')
    .description(
      'Makes DIR/sexton a link to the launcher, for the ENTRYPOINT of an image; and NAMEs of peers links to that. ' +
        'The single file copies itself, and DIR/sextonctl is a link to it too.',
    )
    .argument('<dir>', 'a directory of PATH: /usr/local/bin')
    .argument('[name...]', 'tini, docker-init, dumb-init, catatonit, …')
    .action((directory, names) => print(install(directory, dirname(__dirname), names, singleFile())));

  // Last, since commands inherit what stands above them.
  program.allowExcessArguments().action(() => {
    const problem = program.args.length === 0 ? 'no command given' : `'${program.args[0]}' is not a command`;
    throw new Failure(`${problem}; there are: ${program.commands.map(command => command.name()).join(', ')}`);
  });
  return program;
}

function overSocket(command: Command): Command {
  return command
    .option('--control <path>', 'the socket of sexton --control', controlSocket(process.env))
    .option('--json', 'for programs')
    .addHelpText('after', '\nWithout --control: $SEXTON_CONTROL, else /run/sexton.sock.');
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
