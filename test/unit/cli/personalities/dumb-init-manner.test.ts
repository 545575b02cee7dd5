import { expect, it } from 'vitest';
import { createDumbInitManner } from '../../../../src/cli/personalities/dumb-init-manner.ts';

it('says nothing after "Goodbye"', () => {
  const lines: string[] = [];
  const write = (_stream: number, line: Uint8Array): number => lines.push(String(line));
  const facts = { program: 'true', rewritten: new Map(), usesSession: true, isDebugging: false, hasNoSession: false };
  const { voice } = createDumbInitManner(facts, true, { pid: 1, write, usage: () => undefined });
  voice.reaped(7, 0);
  voice.ended(6, 0);
  voice.reaped(8, 15);
  voice.received({ signal: 10, code: 0, sender: 0, uid: 0, passed: false });
  voice.settled(true);
  expect(lines.filter(line => line.includes('PID 7'))).toHaveLength(1);
  expect(lines.at(-1)).toBe('[dumb-init] Child exited with status 0. Goodbye.\n');
});
