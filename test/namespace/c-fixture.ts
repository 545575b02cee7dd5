import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { fixtures, missing } from './harness.ts';

export const whyNoCompiler: string | undefined = missing('gcc');

const folders: string[] = [];

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A temporary folder that everybody may look into; gone when the tests of the file are. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sexton-test-'));
  chmodSync(folder, 0o755);
  folders.push(folder);
  return folder;
}

/** Compiles test/fixtures/NAME.c; returns the program's path. */
export function compile(name: string, folder: string): string {
  const program = join(folder, name);
  const { status, stderr } = spawnSync(
    'gcc',
    ['-std=gnu11', '-Wall', '-Wextra', '-o', program, join(fixtures, `${name}.c`)],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`gcc ${name}.c: ${stderr}`);
  return program;
}
