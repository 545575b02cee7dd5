import { OPTIONS, type Option, OTHER_VARIABLES, variableOf } from './options.ts';

/** Environments as execve(2) gives them: byte strings NAME=value, in order, with duplicates. */

const PREFIX = 'SEXTON_';
const options = new Map<string, Option>();
for (const option of OPTIONS) {
  const name = variableOf(option);
  if (name !== undefined) options.set(name, option);
}

/** Whether any variable could be sexton's: a cheap look that needs no table. */
export function mayHaveOwnVariables(environment: readonly string[]): boolean {
  return environment.some(entry => entry.startsWith(PREFIX));
}

/** The options that are set in the environment, with the text of each. The first of duplicates counts, as for getenv(3). */
export function ownVariables(environment: readonly string[]): Map<Option, string> {
  const found = new Map<Option, string>();
  for (const entry of environment) {
    const option = options.get(nameOf(entry));
    if (option && !found.has(option)) found.set(option, entry.slice(entry.indexOf('=') + 1));
  }
  return found;
}

/** Without sexton's own variables; any other SEXTON_ one (Kubernetes makes some for a Service of that name) stays. */
export function withoutOwnVariables(environment: readonly string[]): readonly string[] {
  return environment.filter(entry => {
    const name = nameOf(entry);
    return !options.has(name) && !OTHER_VARIABLES.includes(name);
  });
}

/** Sets variables: the first of that name is replaced in its place and further ones go; a new one comes last. */
export function withVariables(environment: readonly string[], added: readonly string[]): readonly string[] {
  let result = [...environment];
  for (const entry of added) {
    const name = nameOf(entry);
    const index = result.findIndex(other => nameOf(other) === name);
    result = result.filter((other, at) => at === index || nameOf(other) !== name);
    if (index >= 0) result[index] = entry;
    else result.push(entry);
  }
  return result;
}

export function variable(environment: readonly string[], name: string): string | undefined {
  return environment.find(entry => nameOf(entry) === name)?.slice(name.length + 1);
}

function nameOf(entry: string): string {
  const end = entry.indexOf('=');
  return end > 0 ? entry.slice(0, end) : '';
}
