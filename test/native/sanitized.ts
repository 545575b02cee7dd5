/** C of native/ compiled hosted, under AddressSanitizer and UndefinedBehaviorSanitizer. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { temporaryFolder, whyNoCompiler } from '../namespace/c-fixture.ts';
import { root } from '../namespace/harness.ts';

export const native: string = join(root, 'native');
export const here: string = join(root, 'test', 'native');

const FLAGS = [
  ...['-std=gnu11', '-O1', '-g', '-Wall', '-Wextra', '-Wno-sign-compare', '-fno-omit-frame-pointer'],
  ...['-fsanitize=address,undefined', '-fno-sanitize-recover=all'],
];

/** SEXTON_FUZZ_COUNT and SEXTON_FUZZ_SEED: more of it, or something else; the same every time without them. */
export const fuzzCount: number = Number(process.env['SEXTON_FUZZ_COUNT'] ?? 200_000);
export const fuzzSeed: string = process.env['SEXTON_FUZZ_SEED'] ?? '1';

/** What the sanitizers need to be reproducible, and to live in a container: leaks would be looked for with ptrace. */
export const sanitizerEnvironment: Readonly<Record<string, string | undefined>> = {
  ...process.env,
  ASAN_OPTIONS: 'detect_leaks=0:quarantine_size_mb=16:detect_stack_use_after_return=0',
  UBSAN_OPTIONS: 'print_stacktrace=1',
};

/** Why there is no sanitizer here; undefined where there is. */
export const whyNoSanitizers: string | undefined = (() => {
  if (whyNoCompiler !== undefined) return whyNoCompiler;
  const source = join(temporaryFolder(), 'empty.c');
  writeFileSync(source, 'int main(void) { return 0; }\n');
  const program = source.replace(/\.c$/, '');
  const compiled = spawnSync('gcc', [...FLAGS, '-o', program, source], { encoding: 'utf8' });
  if (compiled.status !== 0) return `gcc has no sanitizers here: ${compiled.stderr.trim().split('\n')[0]}`;
  const ran = spawnSync(program, { encoding: 'utf8', env: sanitizerEnvironment });
  return ran.status === 0 ? undefined : `the sanitizers do not run here: ${ran.stderr.trim().split('\n')[0]}`;
})();

/** Compiles sources to a program in `folder`; returns its path. */
export function sanitized(
  sources: readonly string[],
  folder: string,
  name: string = basename(sources[0]!, '.c'),
): string {
  const program = join(folder, name);
  const { status, stderr } = spawnSync('gcc', [...FLAGS, '-I', native, '-I', here, '-o', program, ...sources], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`gcc ${name}: ${stderr}`);
  return program;
}
