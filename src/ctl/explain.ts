import { Failure } from '../failure.ts';
import { signalName, signalNumber } from '../kernel/signals.ts';
import { type Cause, KILLED_BY, KNOWN, type Known, SYSEXITS } from './exit-statuses.ts';
import { jsonText, type Terminal, wrap } from './terminal.ts';

export interface Explanation {
  code: number;
  /** Of 128 + n: its name. */
  signal?: string;
  meaning: string;
  causes: readonly Cause[];
}

/** `sextonctl explain`: what an exit status of a container means, and how to find out more. */
export function explain(text: string, options: { json?: boolean }, terminal: Terminal): string {
  const explanation = explanationOf(codeOf(text));
  return options.json ? jsonText(explanation) : explanationText(explanation, terminal);
}

/** `137`, `KILL`, `SIGKILL`; a number is a status, never a signal. Throws a Failure for what is neither. */
export function codeOf(text: string): number {
  if (/^[0-9]+$/.test(text)) {
    if (Number(text) <= 255) return Number(text);
  } else {
    const signal = signalNumber(text);
    if (signal !== undefined) return 128 + signal;
  }
  throw new Failure(`'${text}' is not an exit status: a number from 0 to 255, or the name of a signal`);
}

export function explanationOf(code: number): Explanation {
  const known = KNOWN[code] ?? SYSEXITS[code];
  if (known) return { code, ...known };
  const signal = code - 128;
  if ((signal >= 1 && signal <= 31) || (signal >= 34 && signal <= 64)) return { code, ...killedBy(signal) };
  const asNegative = code > 192 ? ` (exit(${code - 256}) looks like this, too)` : '';
  return { code, meaning: `a status that the program chose itself${asNegative}`, causes: OWN_CHOICE };
}

function killedBy(signal: number): Known & { signal: string } {
  const name = signalName(signal);
  const { meaning, causes } = KILLED_BY[signal] ?? { meaning: '', causes: SENT };
  const killed = `128 + ${signal}: the program (or a command of its shell) was killed by ${name}`;
  return { signal: name, meaning: meaning ? `${killed}, ${meaning}` : killed, causes };
}

const OWN_CHOICE: readonly Cause[] = [
  { cause: 'Its own documentation says what this status means.', check: 'docker logs --tail 20 CONTAINER' },
];

const SENT: readonly Cause[] = [
  {
    cause: 'Somebody sent it, and the program has no handler for it.',
    check: 'run it with sexton -v: each signal is a line, with its sender',
  },
];

function explanationText({ code, meaning, causes }: Explanation, { bold, dim, width }: Terminal): string {
  const [first, ...rest] = wrap(`${code}: ${meaning}.`, width);
  const parts = causes.map(({ cause, check }) =>
    [...wrap(cause, width, '  '), ...check.split('\n').flatMap(line => wrap(line, width, '      ').map(dim))].join(
      '\n',
    ),
  );
  return [[first!, ...rest].map(bold).join('\n'), ...parts].join('\n\n');
}
