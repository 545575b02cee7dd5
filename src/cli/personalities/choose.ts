import { Failure } from '../../failure.ts';
import type { Inherited } from '../../kernel/inherited.ts';
import { baseName, lookUp, NAMES, type Name } from '../../names.ts';
import { variable } from '../environment.ts';
import type { Call } from './personality.ts';

/** Who to be: as --as says, else SEXTON_AS, else the name that we are called by; any other name is sexton. */
export function choose(inherited: Inherited, pid: number): { name: Name; call: Call } {
  const { calledAs, arguments: words, environment } = inherited;
  const called = lookUp(baseName(calledAs)) ?? 'sexton';
  const option = called === 'sexton' ? leadingOption(words) : undefined;
  const rest = option ? words.slice(option.length) : words;
  const chosen = option ? option.name : variable(environment, 'SEXTON_AS') || undefined;
  if (chosen === undefined || lookUp(chosen) === called)
    return { name: called, call: { calledAs: chosen ?? calledAs, words: rest, environment, pid } };
  return {
    name: nameOf(chosen, option ? '--as' : 'SEXTON_AS'),
    call: { calledAs: chosen, words: rest, environment, pid },
  };
}

/** --as comes first: whatever follows is the command line of whom it names. */
function leadingOption(words: readonly string[]): { name: string; length: number } | undefined {
  const [first, second] = words;
  if (first?.startsWith('--as=')) return { name: first.slice('--as='.length), length: 1 };
  if (first === '--as' && second !== undefined) return { name: second, length: 2 };
  return undefined;
}

function nameOf(text: string, source: string): Name {
  const name = lookUp(text);
  if (!name) throw new Failure(`${source}: '${text}' is not one of ${Object.keys(NAMES).join(', ')}`);
  return name;
}
