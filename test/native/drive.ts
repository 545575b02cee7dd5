/** drive.c: libsexton.so from a plain C program. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeSpawnRequest, type SpawnRequest } from '../../src/kernel/spawn-request.ts';
import { here } from './sanitized.ts';

/** Compiles drive.c; returns the program's path. */
export function compileDrive(folder: string, compiler = 'gcc'): string {
  const program = join(folder, `drive-${compiler}`);
  const words = ['-std=gnu11', '-g', '-Wall', '-Wextra', '-o', program, join(here, 'drive.c'), '-ldl'];
  const { status, stderr } = spawnSync(compiler, words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${compiler} drive.c: ${stderr}`);
  return program;
}

/** The two requests that drive.c sends: one for a program that exits with 7, one for a program that does not exist. */
export function driveRequests(folder: string): readonly [string, string] {
  const request: SpawnRequest = {
    candidates: ['/nonexistent/sh', '/bin/sh'],
    argv: ['sh', '-c', 'test "$A$LISTEN_PID" = "1$$" && test "$PWD" = / && test "$(ulimit -c)" = 0 && exit 7'],
    environment: ['A=1', 'LISTEN_PID=1'],
    leads: 'session',
    directory: '/',
    blocked: [],
    ignored: [1],
    limits: [{ resource: 4, soft: 0n, hard: 0n }],
    descriptors: [
      { fd: 0, fate: 0 },
      { fd: 99, fate: 1 },
    ],
  };
  const write = (name: string, request: SpawnRequest) => {
    const path = join(folder, name);
    writeFileSync(path, encodeSpawnRequest(request, 1));
    return path;
  };
  return [write('spawned', request), write('refused', { ...request, candidates: ['/nonexistent/sh'] })];
}
