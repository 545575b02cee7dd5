/** The launcher's helpers (native/find.c, native/text.c) under the sanitizers, and against their counterparts in TypeScript. */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { candidates } from '../../src/kernel/search-path.ts';
import { temporaryFolder } from '../namespace/c-fixture.ts';
import { describeWith } from '../namespace/harness.ts';
import { here, sanitized, sanitizerEnvironment, whyNoSanitizers } from './sanitized.ts';

const MANY = String(2 ** 30);

describeWith([whyNoSanitizers], "the launcher's helpers under the sanitizers", () => {
  const folder = temporaryFolder();
  const program = sanitized([join(here, 'helpers.c')], folder);

  function spawn(command: string, texts: readonly string[], options: { root?: string; cwd?: string } = {}) {
    const { root, cwd } = options;
    return spawnSync(program, [command], {
      input: Buffer.from(texts.map(text => `${text}\0`).join(''), 'latin1'),
      encoding: 'latin1',
      env: { ...sanitizerEnvironment, SEXTON_TEST_ROOT: root },
      cwd,
      maxBuffer: 2 ** 30,
    }) as SpawnSyncReturns<string>;
  }

  /** What a helper makes of these texts. */
  function helper(command: string, texts: readonly string[], options: { root?: string; cwd?: string } = {}): string[] {
    const { status, stdout, stderr } = spawn(command, texts, options);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    return stdout.split('\0').slice(0, -1);
  }

  /** A folder with these files in it. */
  function tree(files: Readonly<Record<string, string>>): string {
    const root = temporaryFolder();
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), content);
    }
    return root;
  }

  describe('search_path', () => {
    const long = (length: number) => `/${'x'.repeat(length - 1)}`;
    const programs = [
      'sh',
      '',
      's',
      './sh',
      '/bin/sh',
      'a/b',
      'sh/',
      '/',
      '..',
      '-c',
      'a b',
      '\xff\xfe',
      '=',
      ':',
      '\n',
    ];
    const names = ['x'.repeat(255), 'x'.repeat(4094), 'x'.repeat(4095), 'x'.repeat(4096), 'x'.repeat(10_000)];
    const paths = [
      ...['', ':', '::', ':::', '/bin', '/bin:/usr/bin', ':/bin', '/bin:', '/bin::/usr/bin', '::/bin::', '.', '..:.'],
      ...[
        '/',
        '//',
        '/bin/',
        '/bin//:/',
        'bin',
        ' ',
        '/a b:/c d',
        '\n:\t',
        '/\xff:\xfe',
        '$HOME:~',
        '=:==',
        '/bin:/bin',
      ],
      ...[`${'/a:'.repeat(1000)}/b`, ':'.repeat(1000)],
      ...[4000, 4090, 4091, 4092, 4093, 4094, 4095, 4096, 5000, 70_000].flatMap(length => [
        long(length),
        `${long(length)}:`,
        `/bin:${long(length)}`,
        `${long(length)}:/bin:${long(length)}`,
      ]),
      `${long(5000)}:${long(5001)}`,
    ];
    const pairs = [...programs, ...names].flatMap(program => paths.map(path => [program, path] as const));

    it(`gives the same candidates as src/kernel/search-path.ts, in ${pairs.length} cases`, () => {
      const answers = helper('search_path', pairs.flat());
      for (const [program, path] of pairs) {
        const found = answers.splice(0, 1 + Number(answers[0])).slice(1);
        if (program.length + path.length < 200)
          expect([program, path, found]).toEqual([program, path, candidates(program, path)]);
        else if (found.join('\n') !== candidates(program, path).join('\n'))
          expect([program.length, path.length, found]).toEqual([
            program.length,
            path.length,
            candidates(program, path),
          ]);
      }
      expect(answers).toEqual([]);
    });
  });

  it('parent_folder', () => {
    const parents: Readonly<Record<string, string>> = {
      '/a/b': '/a',
      '/a': '/',
      '/': '/',
      '': '.',
      a: '.',
      'a/b': 'a',
      'a/': 'a',
      './a': '.',
      '/a/b/': '/a/b',
      '/a/b/c': '/a/b',
    };
    expect(helper('parent_folder', Object.keys(parents))).toEqual(Object.values(parents));
  });

  it('base_name', () => {
    const paths = ['/a/b', 'b', '', '/', 'a/', './sexton'];
    expect(helper('base_name', paths)).toEqual(['b', 'b', '', '', '', 'sexton']);
  });

  describe('own_path', () => {
    it('is what /proc says', () => {
      const root = tree({ 'proc/self/other': '' });
      symlinkSync('/opt/sexton/bin', join(root, 'proc/self/exe'));
      expect(helper('own_path', ['sexton'], { root })).toEqual(['/opt/sexton/bin']);
    });

    it('is found without /proc, through links and from any folder', () => {
      const root = tree({ 'pkg/prebuilds/arch/sexton': '', 'bin/other': '' });
      const real = join(root, 'pkg/prebuilds/arch/sexton');
      symlinkSync('../pkg/prebuilds/arch/sexton', join(root, 'bin/relative'));
      symlinkSync(real, join(root, 'bin/absolute'));
      symlinkSync('relative', join(root, 'bin/chain'));
      symlinkSync('pkg/prebuilds/arch', join(root, 'folder'));
      symlinkSync('loop', join(root, 'bin/loop'));
      const absolute = ['pkg/prebuilds/arch/sexton', 'bin/relative', 'bin/absolute', 'bin/chain', 'folder/sexton'];
      for (const path of absolute) expect([path, ...helper('own_path', [join(root, path)])]).toEqual([path, real]);
      for (const path of absolute) expect([path, ...helper('own_path', [path], { cwd: root })]).toEqual([path, real]);
      expect(helper('own_path', ['./sexton', 'sexton', '../arch/./sexton'], { cwd: dirname(real) })).toEqual([
        real,
        real,
        real,
      ]);
      expect(helper('own_path', ['relative', 'chain'], { cwd: join(root, 'bin') })).toEqual([real, real]);
      expect(helper('own_path', ['/nonexistent/sexton'])).toEqual(['/nonexistent/sexton']);
      expect(helper('own_path', [join(root, 'bin/loop')])).toHaveLength(1);
    });
  });

  it('is_executable', () => {
    const root = tree({ file: '', program: '' });
    chmodSync(join(root, 'program'), 0o755);
    const paths = [join(root, 'program'), join(root, 'file'), root, join(root, 'nothing'), '', '/'];
    expect(helper('is_executable', paths)).toEqual(['1', '0', '0', '0', '0', '0']);
  });

  it('preloadable', () => {
    const odd = ['a b', 'a:b', ' ', ':', 'a\tb', 'a\nb', '$LIB', 'a$ORIGIN'];
    const cwd = tree(Object.fromEntries(['plain', ...odd].map(name => [name, ''])));
    const plain = ['plain', '/nonexistent', ''];
    expect(helper('preloadable', plain, { cwd })).toEqual(plain);
    for (const path of helper('preloadable', odd, { cwd, root: '' })) expect(path).toMatch(/^\/proc\/self\/fd\/\d+$/);
    // No /proc, or no such file: there is no way.
    expect(helper('preloadable', odd, { cwd })).toEqual(odd.map(() => '(none)'));
    expect(helper('preloadable', ['no such file'], { cwd, root: '' })).toEqual(['(none)']);
  });

  it('is_elf', () => {
    const files = {
      elf: '\x7fELF',
      more: '\x7fELF\x02',
      short: '\x7fEL',
      script: '#!/bin/sh\n',
      empty: '',
      other: '\x7fELV',
    };
    const cwd = tree(files);
    symlinkSync('elf', join(cwd, 'link'));
    const paths = ['link', ...Object.keys(files), '.', 'missing', ''];
    expect(helper('is_elf', paths, { cwd })).toEqual(paths.map(path => (/^(link|elf|more)$/.test(path) ? '1' : '0')));
  });

  it('numbers', () => {
    const numbers = ['0', '1', '42', '007', '4194304', String(2n ** 63n - 1n)];
    expect(helper('parse_number', numbers)).toEqual(numbers.map(number => String(BigInt(number))));
    expect(helper('parse_number', ['', 'x', '-1', '12x', '3\n', ' 4', 'max'])).toEqual([
      '0',
      '0',
      '0',
      '12',
      '3',
      '0',
      '0',
    ]);
    // More than fits: as much as fits.
    const huge = [String(2n ** 63n), '9'.repeat(31), '1'.repeat(1000)];
    expect(helper('parse_number', huge)).toEqual(huge.map(() => String(2n ** 63n - 1n)));
    expect(helper('number_text', numbers)).toEqual(numbers.map(number => String(BigInt(number))));
  });

  it('variable', () => {
    const cases = [
      ['PATH=/a', 'PATH=/b', 'PATH', '/a'],
      ['PATHS=/a', 'PATH=/b', 'PATH', '/b'],
      ['PATH', 'PATH=', 'PATH', ''],
      ['PAT=H', '=PATH', 'PATH', '(none)'],
      ['', '=x', '', 'x'],
      ['A=1=2', 'B', 'A', '1=2'],
    ];
    expect(
      helper(
        'variable',
        cases.flatMap(one => one.slice(0, 3)),
      ),
    ).toEqual(cases.map(one => one[3]));
  });

  describe('tasks_left', () => {
    const cases: readonly [string, Readonly<Record<string, string>>, string][] = [
      ['nothing mounted', {}, MANY],
      ['version 2', { 'sys/fs/cgroup/pids.max': '100\n', 'sys/fs/cgroup/pids.current': '58\n' }, '42'],
      ['version 1', { 'sys/fs/cgroup/pids/pids.max': '100\n', 'sys/fs/cgroup/pids/pids.current': '58\n' }, '42'],
      ['no limit', { 'sys/fs/cgroup/pids.max': 'max\n', 'sys/fs/cgroup/pids.current': '58\n' }, MANY],
      ['more than allowed', { 'sys/fs/cgroup/pids.max': '10\n', 'sys/fs/cgroup/pids.current': '58\n' }, '-48'],
      ['empty files', { 'sys/fs/cgroup/pids.max': '', 'sys/fs/cgroup/pids.current': '' }, MANY],
      ['no newline', { 'sys/fs/cgroup/pids.max': '7', 'sys/fs/cgroup/pids.current': '0' }, '7'],
      [
        '31 digits',
        { 'sys/fs/cgroup/pids.max': '9'.repeat(31), 'sys/fs/cgroup/pids.current': '1' },
        String(2n ** 63n - 2n),
      ],
      [
        '100 digits',
        { 'sys/fs/cgroup/pids.max': '9'.repeat(100), 'sys/fs/cgroup/pids.current': '1' },
        String(2n ** 63n - 2n),
      ],
    ];
    it.each(cases)('%s', (_, files, expected) => {
      expect(helper('tasks_left', [], { root: tree(files) })).toEqual([expected]);
    });

    const below = {
      'sys/fs/cgroup/a/b/pids.max': '100\n',
      'sys/fs/cgroup/a/b/pids.current': '58\n',
      'sys/fs/cgroup/pids/c/pids.max': '100\n',
      'sys/fs/cgroup/pids/c/pids.current': '57\n',
    };
    it.each([
      ['version 2', '0::/a/b\n', '42'],
      ['version 2 without a newline', '0::/a/b', '42'],
      ['version 1', '12:cpu,cpuacct:/x\n11:pids:/c\n1:name=systemd:/y\n', '43'],
      ['both', '11:pids:/c\n0::/\n', '43'],
      ['another path', '0::/z\n', MANY],
      ['the root', '0::/\n', MANY],
      ['nothing', '', MANY],
      ['empty lines', '\n\n\n', MANY],
      ['no colon', 'abc\n', MANY],
      ['colons only', ':\n::\n:::\n', MANY],
      ['a line that is cut', '0:', MANY],
      ['another controller', '3:pids2:/c\n4:xpids:/c\n', MANY],
      ['a NUL byte', '0::/a/b\0/c\n', '42'],
      ['no path', '0::\n1:pids:\n', MANY],
      ['longer than is read', `0::/${'x'.repeat(5000)}\n`, MANY],
      ['as long as is read', `0::/${'x'.repeat(4090)}\n`, MANY],
      ['many lines before', `${'1:name=x:/\n'.repeat(300)}0::/a/b\n`, '42'],
    ])('/proc/self/cgroup: %s', (_, text, expected) => {
      expect(helper('tasks_left', [], { root: tree({ ...below, 'proc/self/cgroup': text }) })).toEqual([expected]);
    });
  });

  describe('fail_with', () => {
    it.each([
      0, 1, 4070, 4071, 4072, 4073, 4074, 4075, 4076, 4077, 4078, 4079, 4080, 4081, 4082, 4083, 4084, 4085, 5000,
      100_000,
    ])('with %i bytes', length => {
      const { status, stdout, stderr } = spawn('fail_with', ['x'.repeat(length), 'no', 'do']);
      expect({ status, stdout }).toEqual({ status: 125, stdout: '' });
      expect(stderr.startsWith('sexton: ')).toBe(true);
      expect(stderr.length).toBeLessThan(4096);
      if (length < 4000) expect(stderr).toBe(`sexton: ${'x'.repeat(length)}: no: do\n`);
    });
  });
});
