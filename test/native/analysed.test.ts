/** The C of native/ under static analysers: they find nothing. And under traps for undefined behaviour: nothing happens. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder, whyNoCompiler } from '../namespace/c-fixture.ts';
import { describeWith, missing } from '../namespace/harness.ts';
import { compileDrive, driveRequests } from './drive.ts';
import { here, native } from './sanitized.ts';

const sources = readdirSync(native).filter(file => file.endsWith('.c'));
/** What the head of the single file has inside is nobody's concern here: any file does. */
const PARTS = ['LIBSEXTON', 'KOFFI'].map(part => `-D${part}="${join(here, 'explore.h')}"`);
const FREESTANDING = ['-std=gnu11', '-O2', '-Wall', '-Wextra', '-ffreestanding', '-fno-stack-protector', ...PARTS];

const gcc = (...words: string[]) => spawnSync('gcc', [...FREESTANDING, ...words], { encoding: 'utf8' });

describeWith([whyNoCompiler], 'gcc -fanalyzer', () => {
  it.each(sources)('finds nothing in %s', source => {
    const { status, stderr } = gcc('-fanalyzer', '-c', '-o', '/dev/null', join(native, source));
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('finds what is there', () => {
    const wrong = join(temporaryFolder(), 'wrong.c');
    writeFileSync(wrong, '#include <stdlib.h>\nint f(int *p) { free(p); return *p; }\n');
    expect(gcc('-fanalyzer', '-c', '-o', '/dev/null', wrong).stderr).toContain('-Wanalyzer-use-after-free');
  });
});

describeWith([missing('cppcheck')], 'cppcheck', () => {
  const cppcheck = (...words: string[]) =>
    spawnSync('cppcheck', ['--quiet', '--std=c11', '--enable=warning,portability', '--error-exitcode=1', ...words], {
      encoding: 'utf8',
    });

  it('finds nothing in native/', () => {
    // It has macros of libc for names that are ours here: native/sexton.h.
    const text = readdirSync(native).map(file => readFileSync(join(native, file), 'utf8'));
    const names = new Set(text.join('').match(/\b[A-Z][A-Z0-9_]+(?= = )/g));
    const { status, stderr } = cppcheck(...[...names].map(name => `-U${name}`), ...PARTS, '-D__x86_64__', native);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('finds what is there', () => {
    const wrong = join(temporaryFolder(), 'wrong.c');
    writeFileSync(wrong, 'int f(void) { int a[2]; a[2] = 1; return a[0]; }\n');
    expect(cppcheck(wrong).status).toBe(1);
  });
});

describeWith([whyNoCompiler], 'libsexton.so with traps for undefined behaviour', () => {
  const folder = temporaryFolder();
  /** Those of the library: native/Makefile. */
  const parts = ['signals.c', 'next.c', 'pass.c', 'calls.c', 'write.c', 'spawn.c', 'request.c'];

  /** Traps need no runtime, which could not be loaded beside nothing. */
  function trapping(change: (text: string) => string = text => text): string {
    const library = join(folder, 'libsexton.so');
    const spoiled = join(folder, 'next.c');
    writeFileSync(spoiled, change(readFileSync(join(native, 'next.c'), 'utf8')));
    const files = parts.map(part => (part === 'next.c' ? spoiled : join(native, part)));
    const undefined_ = ['-fsanitize=undefined', '-fsanitize-undefined-trap-on-error'];
    const shared = ['-shared', '-fPIC', '-nostdlib', '-fvisibility=hidden', '-I', native];
    const { status, stderr } = gcc(...undefined_, ...shared, '-o', library, ...files);
    if (status !== 0) throw new Error(stderr);
    return library;
  }

  it('takes signals, writes and spawns', () => {
    const { status, stderr } = spawnSync(compileDrive(folder), [trapping(), ...driveRequests(folder)], {
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('stops at one', () => {
    const spoil = (text: string) =>
      text.replace(/(EXPORT int sexton_next\([^)]*\) \{)/, '$1 volatile int most = 0x7fffffff; most++;');
    const library = trapping(spoil);
    expect(spoil('EXPORT int sexton_next(a) {')).toContain('most++');
    const { status, signal } = spawnSync(compileDrive(folder), [library, ...driveRequests(folder)]);
    expect({ status, signal }).toEqual({ status: null, signal: 'SIGILL' });
  });
});
