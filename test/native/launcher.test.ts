/**
 * The whole launcher under the sanitizers, in odd worlds of fuzz-launcher.c.
 *
 * SEXTON_FUZZ_COUNT: one world for 200 of it (default 1,000). SEXTON_FUZZ_SEED: which.
 */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../namespace/c-fixture.ts';
import { describeWith } from '../namespace/harness.ts';
import { fuzzCount, fuzzSeed, here, native, sanitized, sanitizerEnvironment, whyNoSanitizers } from './sanitized.ts';

const source = join(here, 'fuzz-launcher.c');
const count = Math.ceil(fuzzCount / 200);

describeWith([whyNoSanitizers], 'the launcher under the sanitizers', () => {
  const folder = temporaryFolder();
  const fuzz = (program: string, seed: string, count: number): SpawnSyncReturns<string> =>
    spawnSync(program, [seed, String(count)], { encoding: 'utf8', env: sanitizerEnvironment });

  it(
    `becomes Node, or says why not: seed ${fuzzSeed}`,
    () => {
      const { status, stdout, stderr } = fuzz(sanitized([source], folder), fuzzSeed, count);
      expect({ status, stderr }, `replay: fuzz-launcher ${fuzzSeed} ${count}`).toEqual({ status: 0, stderr: '' });
      const { runs, nodes } = JSON.parse(stdout);
      process.stderr.write(`fuzz-launcher: seed ${fuzzSeed}: ${runs} worlds, Node in ${nodes}\n`);
      expect(nodes).toBeGreaterThan(0.1 * runs);
      expect(nodes).toBeLessThan(0.9 * runs);
    },
    60_000 + fuzzCount,
  );

  it.each([
    ['launcher.c', '(size_t)(start->argc + 3)', '(size_t)(start->argc + 1)'],
    ['launcher.c', 'arguments[0] = before[1];', ''],
    ['launcher.c', 'room = room ? 2 * room : 64;', 'room = room ? 2 * room : 128; if (room > 128) room -= 64; if (0)'],
    ['launcher.c', 'allocate((count + 1) * sizeof *copy)', 'allocate((count / 2) * sizeof *copy)'],
    ['launcher.c', 'for (char **string = start->argv; *string; string++) size += length_of(*string) + 1;', ''],
    ['find.c', 'allocate((elements + 1) * sizeof *candidates)', 'allocate(elements * sizeof *candidates)'],
    [
      'find.c',
      'sizeof text - 1);\n  CALL_1(close, fd);\n  if (length < 0)',
      'sizeof text);\n  CALL_1(close, fd);\n  if (length < 0)',
    ],
    ['text.c', 'length_of(second) + 1);', 'length_of(second) / 2);'],
  ])('%s without %j is found out', (file, right, wrong) => {
    const text = readFileSync(join(native, file), 'utf8');
    expect(text.split(right)).toHaveLength(2);
    const broken = join(folder, file);
    writeFileSync(broken, text.replace(right, wrong));
    const fuzzer = join(folder, 'fuzz-broken.c');
    const including = readFileSync(source, 'utf8').replaceAll(`../../native/${file}`, broken);
    writeFileSync(fuzzer, including.replaceAll('../../native/', `${native}/`));
    const { status, stderr } = fuzz(sanitized([fuzzer], folder), '1', 1000);
    expect(status).not.toBe(0);
    expect(stderr).toMatch(/AddressSanitizer|runtime error|does not hold/);
  });
});
