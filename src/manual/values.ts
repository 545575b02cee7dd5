import { signalName } from '../kernel/signals.ts';
import { NAMES } from '../names.ts';

/** What a value may be, for completion: words, or something that the shell knows. No words: anybody's guess. */
export type Values = readonly string[] | 'directories' | 'files' | 'users' | 'variables' | 'rewrites';

/** TERM, not SIGTERM; of the realtime signals the ends. */
export const SIGNALS: readonly string[] = [
  ...Array.from({ length: 31 }, (_, before) => signalName(before + 1).replace(/^SIG/, '')),
  'RTMIN',
  'RTMAX',
];

const BY_ARGUMENT: Readonly<Record<string, Values>> = {
  SIG: SIGNALS,
  'FROM:TO': 'rewrites',
  TIME: [],
  'USER[:GROUP]': 'users',
  DIR: 'directories',
  PATH: 'files',
  'KEY=VALUE': 'variables',
  'CODE[:TO]': [],
  '[HOST:]PORT': [],
  NAME: [...new Set(Object.values(NAMES))],
  // sextonctl's
  path: 'files',
  dir: 'directories',
  code: SIGNALS,
  name: Object.keys(NAMES),
};

/** By what stands for the value in the help. Throws where nobody has decided, so that a new option is not forgotten. */
export function valuesOf(argument: string): Values {
  if (/^[a-z]+(\|[a-z]+)+$/.test(argument)) return argument.split('|');
  const values = BY_ARGUMENT[argument];
  if (values === undefined) throw new Error(`src/manual/values.ts does not say how to complete ${argument}`);
  return values;
}
