import { describe, expect, it } from 'vitest';
import { codeOf, explain, explanationOf } from '../../../src/ctl/explain.ts';
import { columns, terminalOf } from '../../../src/ctl/terminal.ts';
import { signalName } from '../../../src/kernel/signals.ts';

const terminal = terminalOf({}, {});
const all = Array.from({ length: 256 }, (_, code) => code);

describe('an exit status explained', () => {
  it('is there for all, with a cause and a check that fits a terminal', () => {
    for (const code of all) {
      const { meaning, causes } = explanationOf(code);
      expect(meaning, String(code)).not.toMatch(/undefined|\.$/);
      expect(causes.length, String(code)).toBeGreaterThan(0);
      for (const { check } of causes)
        for (const line of check.split('\n')) expect(columns(line), line).toBeLessThanOrEqual(72);
      for (const line of explain(String(code), {}, terminal).split('\n'))
        expect(columns(line), line).toBeLessThanOrEqual(80);
    }
  });

  it('names the signal of 128 + n, and of nothing else', () => {
    for (const code of all) {
      const n = code - 128;
      const isSignal = (n >= 1 && n <= 31) || (n >= 34 && n <= 64);
      expect(explanationOf(code).signal).toBe(isSignal ? signalName(n) : undefined);
    }
  });

  it.each([
    ['137', 137],
    ['KILL', 137],
    ['sigkill', 137],
    ['RTMIN+3', 165],
    ['9', 9],
    ['0', 0],
  ])('takes %s', (text, code) => {
    expect(codeOf(text)).toBe(code);
  });

  it.each(['256', '-1', 'KILLED', '', '1e2', '0x10', '__proto__'])('refuses %j', text => {
    expect(() => codeOf(text)).toThrow('is not an exit status');
  });

  it('of SIGKILL tells the OOM killer from a stop that took too long', () => {
    const text = explain('KILL', {}, terminal);
    for (const word of ['OOMKilled', 'memory.events', 'docker stop', 'terminationGracePeriodSeconds', '--report'])
      expect(text).toContain(word);
  });

  it('is JSON for programs', () => {
    expect(JSON.parse(explain('143', { json: true }, terminal))).toEqual(explanationOf(143));
  });
});
