import { CommanderError } from 'commander';
import { commands, FAILED } from './ctl/commands.ts';
import { Failure } from './failure.ts';

// A reader that has enough (| head) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : FAILED));

commands()
  .parseAsync()
  .catch(error => {
    const problem = problemOf(error);
    if (problem === undefined) return;
    console.error(`sextonctl: ${problem}`);
    process.exitCode = FAILED;
  });

/** In one line; undefined for none: help was asked for. */
function problemOf(error: unknown): string | undefined {
  if (error instanceof Failure) return error.message;
  if (!(error instanceof CommanderError)) return `an error of its own: ${(error as Error).message}`;
  if (error.exitCode === 0) return undefined;
  return `${error.message.replace(/^error: /, '').replaceAll('\n', ' ')}; see 'sextonctl --help'`;
}
