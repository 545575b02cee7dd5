import { expect, it } from 'vitest';
import { endingSignal, exitStatus, isStopped } from '../../../src/init/exit-status.ts';

it('is the exit code after exit(3)', () => {
  for (let code = 0; code <= 255; code++)
    expect([exitStatus(code << 8), endingSignal(code << 8), isStopped(code << 8)]).toEqual([code, 0, false]);
});

it('is 128 + n after signal n, with a core dump or without', () => {
  for (let signal = 1; signal <= 64; signal++)
    for (const waitStatus of [signal, signal | 0x80])
      expect([exitStatus(waitStatus), endingSignal(waitStatus), isStopped(waitStatus)]).toEqual([
        128 + signal,
        signal,
        false,
      ]);
});

it('tells a stop from an end', () => {
  for (const signal of [19, 20, 21, 22]) expect(isStopped((signal << 8) | 0x7f)).toBe(true);
});
