import { ownVariables, variable, withoutOwnVariables, withVariables } from '../../../src/cli/environment.ts';
import { OPTIONS, OTHER_VARIABLES, variableOf } from '../../../src/cli/options.ts';
import { holds, type Target, texts } from '../target.ts';

const own = [
  ...OPTIONS.filter(({ variable }) => variable !== false).map(option => variableOf(option)!),
  ...OTHER_VARIABLES,
];

/** Environments: what is not sexton's own passes untouched and in order, whatever it looks like. */
export const environment: Target = {
  seeds: ['PATH=/bin\0SEXTON_VERBOSE=1\0A=1\0A=2\0\0=x\0odd', 'SEXTON_PORT=tcp://1\0SEXTON=\xff\0SEXTON_=\0B'],
  words: [...own.map(name => `\0${name}=`), '\0', '=', 'SEXTON_', '\xc3\xbc', '\xff', '__proto__='],
  check(input) {
    const entries = texts(input);
    const isOwn = (entry: string): boolean => own.some(name => entry.startsWith(`${name}=`));
    const expected = entries.filter(entry => !isOwn(entry));
    holds(same(withoutOwnVariables(entries), expected), 'what is not ours passes untouched');
    for (const [option, text] of ownVariables(entries))
      holds(
        entries.find(entry => entry.startsWith(`${variableOf(option)}=`)) === `${variableOf(option)}=${text}`,
        'the first counts',
      );
    const [entry = ''] = entries;
    if (entry.indexOf('=') < 1) return;
    const name = entry.slice(0, entry.indexOf('='));
    const changed = withVariables(entries, [`${name}=new`]);
    holds(variable(changed, name) === 'new', 'a variable is set');
    const others = (all: readonly string[]): string[] => all.filter(one => !one.startsWith(`${name}=`));
    holds(same(others(changed), others(entries)), 'the others stay');
  },
};

function same(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((one, index) => one === others[index]);
}
