/**
 * Spawn requests under the sanitizers: fuzz-request.c sends them through the whole of request.c and spawn.c.
 *
 * SEXTON_FUZZ_COUNT: how many (default 200,000). SEXTON_FUZZ_SEED: which (default: the same ones every time).
 */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { encodeSpawnRequest, type SpawnRequest } from '../../src/kernel/spawn-request.ts';
import { temporaryFolder } from '../namespace/c-fixture.ts';
import { describeWith } from '../namespace/harness.ts';
import { fuzzCount, fuzzSeed, here, native, sanitized, sanitizerEnvironment, whyNoSanitizers } from './sanitized.ts';

const OWN_PID = 7;

const plain: SpawnRequest = {
  candidates: ['/bin/true'],
  argv: ['true'],
  environment: [],
  leads: 'group',
  blocked: [],
  ignored: [],
  limits: [],
  descriptors: [],
};
const full: SpawnRequest = {
  candidates: ['/a/sh', '/b/sh', 'sh', ''],
  argv: ['', 'sh', '', '-c', 'echo "\xff\x01"'],
  environment: ['A=1', '', '=weird', 'LISTEN_FDS=2', 'LISTEN_PID=7', 'NOEQ', 'A=2'],
  leads: 'session',
  directory: '/tmp',
  credentials: { uid: 0xfffffffe, gid: 100, groups: [0, 1, 100, 0xfffffffe] },
  blocked: [1, 15, 40, 64],
  ignored: [1, 9, 17, 64],
  limits: [
    { resource: 7, soft: 1024n, hard: 2n ** 64n - 1n },
    { resource: 3, soft: 0n, hard: 0n },
  ],
  descriptors: [0, 1, 2, 3, 4, 5, 63, 0x7fffffff].map((fd, index) => ({ fd, fate: index % 3 === 1 ? 1 : 0 })),
};
const requests: readonly SpawnRequest[] = [
  plain,
  full,
  { ...plain, directory: '' },
  { ...plain, environment: ['LISTEN_PID=7'] },
  { ...full, credentials: { uid: 0, gid: 0, groups: [] }, limits: [], descriptors: [] },
  { ...full, credentials: { uid: 1, gid: 1, groups: Array.from({ length: 1024 }, (_, gid) => gid) } },
  { ...full, argv: ['sh', 'x'.repeat(20_000)] },
  // The table of pointers stands at the end of whole pages: each number of strings on both sides of that end.
  ...Array.from({ length: 13 }, (_, index) => ({ ...plain, environment: new Array(500 + index).fill('') })),
];

describeWith([whyNoSanitizers], 'a spawn request under the sanitizers', () => {
  const folder = temporaryFolder();
  const files = requests.map((request, index) => {
    const path = join(folder, `request-${index}`);
    writeFileSync(path, encodeSpawnRequest(request, OWN_PID));
    return path;
  });
  const fuzz = (program: string, seed: string, count: number): SpawnSyncReturns<string> =>
    spawnSync(program, [seed, String(count), ...files], { encoding: 'utf8', env: sanitizerEnvironment });

  it(
    `is read inside its bounds, and completely: seed ${fuzzSeed}`,
    () => {
      const program = sanitized([join(here, 'fuzz-request.c'), join(native, 'request.c')], folder);
      const { status, stdout, stderr } = fuzz(program, fuzzSeed, fuzzCount);
      expect({ status, stderr }, `replay: fuzz-request ${fuzzSeed} ${fuzzCount}`).toEqual({ status: 0, stderr: '' });
      const { runs, accepted, executed } = JSON.parse(stdout);
      process.stderr.write(
        `fuzz-request: seed ${fuzzSeed}: ${runs} requests, ${accepted} accepted, ${executed} executed\n`,
      );
      // Mutations that nearly always, or never, leave a request whole would test nothing.
      expect(accepted).toBeGreaterThan(0.2 * runs);
      expect(accepted).toBeLessThan(0.8 * runs);
      expect(executed).toBeGreaterThan(0.1 * runs);
    },
    60_000 + fuzzCount,
  );

  // A fuzzer that finds nothing may be blind: each of these has to be found.
  it.each([
    ['request.c', 'if (count * size > length - *offset) return -1;', ''],
    ['request.c', 'if (count * size > length - *offset)', 'if ((uint32_t)count * (uint32_t)size > length - *offset)'],
    ['request.c', 'at < length && count', 'at <= length && count'],
    ['request.c', 'return count == 0;', 'return 1;'],
    ['request.c', 'length < HEAD', 'length < HEAD - 4'],
    ['request.c', 'if (request->listen_pid >= request->environment_count) return -1;', ''],
    ['request.c', 'if (!is_listen_pid(', 'if (0 && !is_listen_pid('],
    ['request.c', '(uint64_t)!!(request->flags & SPAWN_DIRECTORY) + ', ''],
    ['request.c', 'return *strings == 0;', 'return 1;'],
    ['spawn.c', '(request->string_count + 8)', '(request->string_count + 3)'],
    ['spawn.c', 'pointer++; /* arguments[-1] */', ''],
    ['spawn.c', 'if (request->group_count > MOST_GROUPS)', 'if (0)'],
    ['spawn.c', 'if (fd == child->report) continue;', ''],
    ['spawn.c', '&failure);\n      CALL_2(munmap, memory, size);', '&failure);'],
  ])('%s without %j is found out', (file, right, wrong) => {
    const source = readFileSync(join(native, file), 'utf8');
    expect(source.split(right)).toHaveLength(2);
    const broken = join(folder, `broken-${file}`);
    writeFileSync(broken, source.replace(right, wrong));
    let fuzzer = join(here, 'fuzz-request.c');
    if (file === 'spawn.c') {
      const text = readFileSync(fuzzer, 'utf8').replaceAll('../../native/spawn.c', broken);
      fuzzer = join(folder, 'fuzz-broken.c');
      writeFileSync(fuzzer, text.replaceAll('../../native/', `${native}/`));
    }
    const sources = [fuzzer, file === 'request.c' ? broken : join(native, 'request.c')];
    const { status, stderr } = fuzz(sanitized(sources, folder, 'fuzz-broken'), '1', 20_000);
    expect(status).not.toBe(0);
    expect(stderr).toMatch(/AddressSanitizer|runtime error|does not hold/);
  });
});
