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
      const { runs, nodes, programs, abandoned, pipes } = JSON.parse(stdout);
      const counts = `Node in ${nodes}, with a program in ${programs}, a program without it in ${abandoned}`;
      process.stderr.write(`fuzz-launcher: seed ${fuzzSeed}: ${runs} worlds, ${counts}, pipes in ${pipes}\n`);
      expect(nodes).toBeGreaterThan(0.1 * runs);
      expect(nodes).toBeLessThan(0.9 * runs);
      expect(programs).toBeGreaterThan(0.02 * runs);
      expect(abandoned).toBeGreaterThan(0);
      expect(pipes).toBeGreaterThan(0.05 * runs);
    },
    60_000 + fuzzCount,
  );

  it.each([
    ['installed-node.c', '(size_t)(start->argc + 3)', '(size_t)(start->argc + 1)'],
    ['launcher.c', 'arguments[0] = before[1];', ''],
    ['launcher.c', 'room = room ? 2 * room : 64;', 'room = room ? 2 * room : 128; if (room > 128) room -= 64; if (0)'],
    ['launcher.c', 'allocate((count + 1) * sizeof *copy)', 'allocate((count / 2) * sizeof *copy)'],
    ['launcher.c', 'for (char **string = start->argv; *string; string++) size += length_of(*string) + 1;', ''],
    // Record before program: else the record cannot name what would be started once more.
    [
      'launcher.c',
      '  int record = write_record(&start); /* before the program is started: Node must not start it once more */\n' +
        '  long program = may_take_fast_lane(&start) ? start_program(&start) : 0;\n',
      '  long program = may_take_fast_lane(&start) ? start_program(&start) : 0;\n' +
        '  int record = write_record(&start);\n',
    ],
    ['launcher.c', 'if (is_limited(RLIMIT_AS) || ', 'if ('],
    ['launcher.c', ' || is_limited(RLIMIT_DATA)', ''],
    ['launcher.c', 'if (is_limited(RLIMIT_NPROC) || ', 'if ('],
    ['launcher.c', ' || tasks_left() < AMPLE_TASKS', ''],
    ['installed-node.c', 'return is_node_elf(start) && (', 'return ('],
    ['installed-node.c', 'is_node_elf(start) ? preloadable(start->library) : NULL', 'preloadable(start->library)'],
    [
      'installed-node.c',
      '(is_readable(join(start->package, "/node_modules/',
      '(1 || is_readable(join(start->package, "/node_modules/',
    ],
    ['launcher.c', 'CALL_0(geteuid) == 0', '1'],
    ['launcher.c', 'if (tasks_left() < NODE_TASKS)', 'if (0)'],
    ['launcher.c', 'if (is_limited(RLIMIT_NPROC) && tasks[0] < NODE_TASKS)', 'if (0)'],
    ['launcher.c', 'set_descriptor_limit(&start->record, limits[1]);', ''],
    ['launcher.c', 'set_descriptor_limit(&start->record, start->record.soft_limit);', ''],
    ['launcher.c', 'set_descriptor_limit(&start->record, start->record.hard_limit);', ''],
    ['launcher.c', 'record->pid = (int32_t)CALL_0(getpid);', ''],
    ['launcher.c', 'CALL_3(lseek, fd, 0, 0) == 0', '1'],
    ['launcher.c', 'FD_CLOEXEC /* MFD_CLOEXEC */', '0'],
    ['launcher.c', 'if (fd >= 0) CALL_1(close, fd);\n\n', ''],
    ['launcher.c', 'CALL_3(fcntl, ends[1], F_SETPIPE_SZ, end - from);', ''],
    ['launcher.c', 'CALL_1(close, ends[1]);', ''],
    ['launcher.c', 'written < 0 ? written : -EAGAIN', 'written'],
    ['installed-node.c', 'CALL_3(fcntl, record, F_SETFD, 0);', '0;'],
    ['launcher.c', '"LD_", ', ''],
    ['installed-node.c', 'arguments[2] = NULL;', ''],
    ['launcher.c', 'if (signal != SIGCHLD && signal > 0) CALL_2', 'CALL_2'],
    ['launcher.c', 'CALL_2(kill, -program, signal);', 'CALL_2(kill, program, signal);'],
    ['launcher.c', 'int signal = SIGTERM;', 'int signal = 0;'],
    [
      'launcher.c',
      'reclaim_terminal((int)CALL_4(openat, AT_FDCWD, "/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC, 0), program);',
      '',
    ],
    ['launcher.c', 'if (program > 0) signal =', 'signal ='],
    ['find.c', 'CALL_1(close, fd); /* no /proc', '/* no /proc'],
    ['find.c', "&& magic[3] == 'F'", ''],
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
    const { status, stderr } = fuzz(sanitized([fuzzer], folder), '1', 4000);
    expect(status).not.toBe(0);
    expect(stderr).toMatch(/AddressSanitizer|runtime error|does not hold/);
  });
});
