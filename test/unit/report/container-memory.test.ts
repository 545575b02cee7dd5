import { expect, it } from 'vitest';
import { parseBytes, parseOomKills } from '../../../src/report/container-memory.ts';

it.each([
  ['low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\noom_group_kill 0\n', 2],
  ['oom_kill_disable 0\nunder_oom 0\noom_kill 3\n', 3],
  ['oom_kill_disable 0\nunder_oom 0\n', undefined],
  ['', undefined],
  [undefined, undefined],
])('%j tells of %j OOM kills', (text, kills) => {
  expect(parseOomKills(text)).toBe(kills);
});

it.each([
  ['67108864\n', 67_108_864],
  ['max\n', undefined],
  ['9223372036854771712\n', undefined],
  ['\n', undefined],
  [undefined, undefined],
])('%j is %j bytes', (text, bytes) => {
  expect(parseBytes(text)).toBe(bytes);
});
