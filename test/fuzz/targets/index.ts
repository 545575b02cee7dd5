import type { Target } from '../target.ts';
import { accounts } from './accounts.ts';
import { commandLine } from './command-line.ts';
import { environment } from './environment.ts';
import { http } from './http.ts';
import { lines } from './lines.ts';
import { cgroups, stat } from './processes.ts';
import { replies } from './replies.ts';
import { signalsAndValues } from './values.ts';

/** By the name of its folder in test/corpus. */
export const targets: Readonly<Record<string, Target>> = {
  'command-line': commandLine,
  environment,
  values: signalsAndValues,
  lines,
  http,
  stat,
  cgroups,
  accounts,
  replies,
};
