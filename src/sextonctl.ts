import { dirname } from 'node:path';
import { explain } from './ctl/explain.ts';
import { install } from './ctl/install.ts';
import { Failure } from './failure.ts';

/** Each takes its words and returns what is to be printed. */
const COMMANDS: Readonly<
  Record<string, { usage: string; summary: string; most: number; run(...words: string[]): string }>
> = {
  explain: { usage: 'explain CODE', summary: 'what an exit status of a container means', most: 1, run: explain },
  install: {
    usage: 'install DIR [NAME…]',
    summary: 'link the launcher into a directory of PATH, for an image; and by the names of peers',
    most: Infinity,
    run: (directory, ...names) => install(directory!, dirname(__dirname), names),
  },
};

const USAGE = Object.values(COMMANDS)
  .map(({ usage, summary }) => `  sextonctl ${usage.padEnd(19)} ${summary}`)
  .join('\n');

const [name = '', ...words] = process.argv.slice(2);
try {
  console.log(/^(-h|--help|help)$/.test(name) ? `Usage:\n${USAGE}` : run());
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  console.error(`sextonctl: ${error.message}`);
  process.exitCode = 125;
}

function run(): string {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name]! : undefined;
  if (!command) {
    const problem = name === '' ? 'no command given' : `'${name}' is not a command`;
    throw new Failure(`${problem}; there are: ${Object.keys(COMMANDS).join(', ')}`);
  }
  if (words.length === 0 || words.length > command.most) throw new Failure(`usage: sextonctl ${command.usage}`);
  return command.run(...words);
}
