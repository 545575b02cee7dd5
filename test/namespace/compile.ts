import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fixtures } from './harness.ts';

let folder: string | undefined;

/** Compiles a C fixture and returns the path of the program. Static, so that it runs in any world. */
export function compile(source: string): string {
  folder ??= mkdtempSync(join(tmpdir(), 'sexton-fixtures-'));
  const program = join(folder, basename(source, '.c'));
  execFileSync('gcc', ['-O1', '-Wall', '-static', '-o', program, join(fixtures, source)], { stdio: 'inherit' });
  return program;
}
