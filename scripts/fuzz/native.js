import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fail, root } from '../set-up.js';

/** By the name of its folder in test/corpus: test/native/explore-NAME.c. */
export const NATIVE_TARGETS = ['single-file', 'request', 'find'];

const here = join(root, 'test', 'native');
const FLAGS = ['-std=gnu11', '-O1', '-g', '-Wall', '-Wextra', '-Wno-sign-compare', '-fno-omit-frame-pointer'];
const SANITIZERS = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all'];
/** What the head of the single file has inside is nobody's concern here: any file does. */
const PARTS = ['LIBSEXTON', 'KOFFI'].map(part => `-D${part}="${join(here, 'explore.h')}"`);
const environment = { ...process.env, ASAN_OPTIONS: 'detect_leaks=0:handle_abort=1' };

/** Compiles test/native/explore-NAME.c; returns the program, or undefined where there are no sanitizers. */
export function buildNativeTarget(name, folder, source = join(here, `explore-${name}.c`)) {
  const program = join(folder, `explore-${name}`);
  const gcc = (...words) =>
    spawnSync('gcc', [...FLAGS, ...SANITIZERS, ...PARTS, '-I', here, ...words], { encoding: 'utf8' });
  const steps = [
    ['-fsanitize-coverage=trace-pc', '-c', '-o', `${program}.o`, source],
    ['-o', program, `${program}.o`, join(here, 'explore.c')],
  ];
  for (const step of steps) {
    const { status, stderr, error } = gcc(...step);
    if (error) return { program: undefined, reason: `no gcc: ${error.message}` };
    if (status !== 0 && /cannot find.*(asan|ubsan)/.test(stderr))
      return { program: undefined, reason: 'no sanitizers' };
    if (status !== 0) throw new Error(`gcc ${name}: ${stderr}`);
  }
  return { program };
}

/** Returns its figures; undefined where it cannot run. Fails if it finds something. */
export function fuzzNative(name, { seconds, seed, folder, isKept, scratch }) {
  const { program, reason } = buildNativeTarget(name, scratch);
  if (!program) {
    console.log(`skipped: ${name}: ${reason}`);
    return undefined;
  }
  mkdirSync(folder, { recursive: true });
  const { status, signal, stdout } = spawnSync(program, [seconds, seed, folder, isKept ? '1' : '0'], {
    encoding: 'utf8',
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) fail(`${name}: seed ${seed} found something (${signal ?? status}): the input is in ${folder}`);
  return { name, seed: Number(seed), seconds: Number(seconds), findings: 0, ...JSON.parse(stdout) };
}
