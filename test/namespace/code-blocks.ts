/** The fenced blocks of the pages that people read, and the commands in them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './harness.ts';

export interface CodeBlock {
  readonly page: string;
  /** The line of its fence, from 1. */
  readonly line: number;
  /** The heading above it. */
  readonly section: string;
  readonly language: string;
  readonly text: string;
}

/** Every page, from the root of the repository. */
export function pages(): string[] {
  const docs = readdirSync(join(root, 'docs')).map(name => `docs/${name}`);
  const examples = readdirSync(join(root, 'examples')).map(name => `examples/${name}/README.md`);
  const all = [
    'README.md',
    'CONTRIBUTING.md',
    'SECURITY.md',
    ...docs.filter(name => name.endsWith('.md')),
    ...examples,
  ];
  return all.filter(page => existsSync(join(root, page)));
}

/** The blocks of a page, without their indentation. */
export function codeBlocks(page: string): CodeBlock[] {
  const source = readFileSync(join(root, page), 'utf8');
  return [...source.matchAll(/^( *)```(\S*)\n(.*?)^\1```$/gms)].map(match => {
    const [, indent, language, text] = match;
    const before = source.slice(0, match.index);
    return {
      page,
      line: before.split('\n').length,
      section: /.*^##+ (.*?)$/ms.exec(before)?.[1] ?? '',
      language: language!,
      text: text!.replaceAll(new RegExp(`^${indent}`, 'gm'), '').trimEnd(),
    };
  });
}

/** The project's own commands that stand in a sentence or a table, each as a block of sh. */
export function inlineCommands(page: string): CodeBlock[] {
  // Without the fenced blocks, but with their lines.
  const source = readFileSync(join(root, page), 'utf8').replaceAll(/^( *)```.*?^\1```$/gms, block =>
    block.replaceAll(/[^\n]/g, ''),
  );
  return [...source.matchAll(/`(npm (?:start|test|ci|install|run) ?[^`]*|node (?:scripts|bench)\/[^`]*)`/g)].map(
    match => {
      const before = source.slice(0, match.index);
      const section = /.*^##+ (.*?)$/ms.exec(before)?.[1] ?? '';
      return { page, line: before.split('\n').length, section, language: 'sh', text: match[1]! };
    },
  );
}

/** A Dockerfile as a block of its own. */
export function dockerfile(page: string): CodeBlock {
  return { page, line: 1, section: '', language: 'dockerfile', text: readFileSync(join(root, page), 'utf8').trimEnd() };
}

/** The commands that a reader would type, or that a build would run; of anything else the first line. */
export function commandsOf({ language, text }: CodeBlock): string[] {
  if (language === 'console')
    return [...text.matchAll(/^\$ (.*)$/gm)].map(([, line]) => line!).filter(line => line !== 'echo $?');
  if (language === 'dockerfile')
    return instructions(text)
      .filter(([name]) => name === 'RUN')
      .map(([, command]) => command);
  if (language !== 'sh' && language !== 'bash') return text.split('\n').slice(0, 1);
  return logicalLines(text).map(line => line.replace(/ +# .*$/, ''));
}

export interface Image {
  readonly environment: Readonly<Record<string, string>>;
  /** ENTRYPOINT and CMD; empty without either. */
  readonly vector: readonly string[];
}

/** What an image of this Dockerfile would run. `program`: where it has no CMD, but an ENTRYPOINT that ends with `--`. */
export function imageOf(text: string, program: readonly string[]): Image {
  const environment: Record<string, string> = {};
  let entrypoint: string[] = [];
  let command: string[] = [];
  for (const [name, value] of instructions(text)) {
    if (name === 'FROM') [entrypoint, command] = [[], []];
    if (name === 'ENV') for (const [, key, word] of value.matchAll(/(\w+)=(\S*)/g)) environment[key!] = word!;
    if (name === 'ENTRYPOINT') entrypoint = words(value);
    if (name === 'CMD') command = words(value);
  }
  if (command.length === 0 && entrypoint.at(-1) === '--') command = [...program];
  return { environment, vector: [...entrypoint, ...command] };
}

const INSTRUCTIONS =
  /^(ADD|ARG|CMD|COPY|ENTRYPOINT|ENV|EXPOSE|FROM|HEALTHCHECK|LABEL|RUN|SHELL|STOPSIGNAL|USER|VOLUME|WORKDIR) +(.*)$/;

function instructions(text: string): (readonly [name: string, value: string])[] {
  return logicalLines(text).map(line => {
    const [, name, value] = INSTRUCTIONS.exec(line) ?? [];
    if (name === undefined) throw new Error(`no instruction of a Dockerfile: ${line}`);
    return [name, value!];
  });
}

/** ["sexton", "--"]; the form without brackets puts a shell before the program. */
function words(value: string): string[] {
  try {
    return JSON.parse(value);
  } catch {
    throw new Error(`not a list of words, as ENTRYPOINT and CMD should be: ${value}`);
  }
}

/** Without comments and empty lines; a line that ends with a backslash goes on. */
function logicalLines(text: string): string[] {
  return text
    .replaceAll(/^ *#.*\n?/gm, '')
    .replaceAll(/\\\n */g, '')
    .split('\n')
    .map(line => line.trim())
    .filter(Boolean);
}
