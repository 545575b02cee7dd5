/** A peer and sexton in its place, to be run alike. */
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../namespace/c-fixture.ts';
import { node, type Outcome, sexton } from '../namespace/harness.ts';
import type { Peer } from '../namespace/peer.ts';

export interface Pair {
  readonly peer: readonly string[];
  readonly ours: readonly string[];
}

/** The folder in which sexton stands under the names of peers. */
let folder: string | undefined;
const made = new Set<string>();

/** The command that is the peer, and the one that is sexton called by its name, or by another one. */
export function pair(peer: Peer, name: string = peer): Pair {
  folder ??= temporaryFolder();
  const path = join(folder, name);
  if (!made.has(name)) symlinkSync(sexton.at(-1)!, path);
  made.add(name);
  return { peer: [peer], ours: sexton.length > 1 ? [node, path] : [path] };
}

/** What differs on purpose, wherever it comes up. docs/migrating.md gives the reasons to users. */
const DIFFERENCES: readonly { reason: string; lines: RegExp }[] = [
  {
    reason: 'help and bug reports for what runs here are ours',
    lines:
      /^(Full help is available online at|The source code can be found at|For bug reporting|This is sexton, in).*\n/gm,
  },
  {
    reason: 'the terminal is handed over by native code that keeps no log',
    lines:
      /^(\[dumb-init\] Unable to (de|at)tach (from|to) controlling tty|INFO \(catatonit:\d+\): using stdin as tty|DEBUG \(catatonit:\d+\): setting foreground process failed|\[DEBUG tini \(\d+\)\] tcsetpgrp failed).*\n/gm,
  },
];

/** An outcome without what may differ between any two runs: pids, the path by which we were called, our version. */
export function comparable({ status, stdout, stderr }: Outcome): Outcome {
  return { status, stdout: apart(masked(stdout)), stderr: apart(masked(stderr)) };
}

function masked(text: string): string {
  let result = text.replaceAll(`${folder}/`, '');
  for (const { lines } of DIFFERENCES) result = result.replace(lines, '');
  return result
    .replace(/_(sexton|catatonit)$/gm, '')
    .replace(/(version [0-9.]+)_(sexton|catatonit)/g, '$1')
    .replace(/(\b(tini|catatonit|pid1)(:| \())\d+/g, '$1N')
    .replace(/(\bpid(=|:? ')|\bPID |child process )\d+/g, '$1N');
}

/**
 * The lines of an init behind those of its program: tini writes to a pipe when it ends, we at once. dumb-init's
 * child and parent race for who is first to write.
 */
function apart(text: string): string {
  const lines = text.match(/.*\n|.+$/g) ?? [];
  const isOwn = (line: string) => /^(\[(INFO|DEBUG|TRACE)|\[dumb-init\])/.test(line);
  const own = lines.filter(isOwn);
  const early = own.filter(line => /spawned|setsid complete/.test(line)).sort();
  return [...lines.filter(line => !isOwn(line)), ...early, ...own.filter(line => !early.includes(line))].join('');
}
