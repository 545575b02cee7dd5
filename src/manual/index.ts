import { bashOfCommands, bashOfRunner } from './bash.ts';
import { manPage } from './man-page.ts';
import * as runner from './sexton.ts';
import * as control from './sextonctl.ts';
import { zshOfCommands, zshOfRunner } from './zsh.ts';

/** The manual pages and completions of both programs, by their paths below dist/. `date`: of the release, or empty. */
export function manual(version: string, date: string): Readonly<Record<string, string>> {
  const [sexton, sextonctl] = [runner.sexton(), control.sextonctl()];
  return {
    'man/sexton.1': manPage(sexton, runner.SECTIONS, version, date),
    'man/sextonctl.1': manPage(sextonctl, control.SECTIONS, version, date),
    'completions/sexton.bash': bashOfRunner(sexton),
    'completions/sextonctl.bash': bashOfCommands(sextonctl),
    'completions/_sexton': zshOfRunner(sexton),
    'completions/_sextonctl': zshOfCommands(sextonctl),
  };
}
