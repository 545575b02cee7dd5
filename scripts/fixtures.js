// C fixtures of the tests, for scripts that measure or show something with them.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, extname, join } from 'node:path';
import { root, run } from './set-up.js';

/** Gone when this process ends. */
export const temporaryFolder = mkdtempSync(join(tmpdir(), 'sexton-'));
process.on('exit', () => rmSync(temporaryFolder, { recursive: true, force: true }));

/** Compiles a source below the project's folder, static; returns the program's path. */
export function compile(source, ...flags) {
  const program = join(temporaryFolder, basename(source, extname(source)));
  run('gcc', ['-O2', '-static', ...flags, '-o', program, join(root, source)]);
  return program;
}
