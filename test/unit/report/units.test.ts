import { expect, it } from 'vitest';
import { bytesText, durationText } from '../../../src/report/units.ts';

it.each([
  [0, '0 ms'],
  [999.4, '999 ms'],
  [1000, '1 s'],
  [3240, '3.2 s'],
  [59_900, '59.9 s'],
  [60_000, '1 min'],
  [303_000, '5 min 3 s'],
  [3_600_000, '1 h'],
  [7_500_000, '2 h 5 min'],
  [86_400_000, '1 d'],
  [273_600_000, '3 d 4 h'],
])('%d milliseconds are %s', (milliseconds, text) => {
  expect(durationText(milliseconds)).toBe(text);
});

it.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1 KiB'],
  [64 * 2 ** 20, '64 MiB'],
  [61.34 * 2 ** 20, '61.3 MiB'],
  [3 * 2 ** 40, '3 TiB'],
  [5000 * 2 ** 40, '5000 TiB'],
])('%d bytes are %s', (bytes, text) => {
  expect(bytesText(bytes)).toBe(text);
});
