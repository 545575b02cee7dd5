import { explain } from './ctl/explain.ts';

const USAGE = 'usage: sextonctl explain CODE   what an exit status of a container means';

const [command, ...words] = process.argv.slice(2);
if (command === 'explain' && words.length === 1) {
  const text = explain(words[0]!);
  if (text === undefined) {
    console.error(`sextonctl: '${words[0]}' is not an exit status: a number from 0 to 255`);
    process.exitCode = 125;
  } else console.log(text);
} else if (command === '--help' || command === '-h') console.log(USAGE);
else {
  console.error(`sextonctl: ${command === undefined ? 'no command given' : `unknown command '${command}'`}; ${USAGE}`);
  process.exitCode = 125;
}
