// What is soaked: sexton with nothing asked of it, and with everything; its peers.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../fixtures.js';
import { fail, root } from '../set-up.js';

/** Every signal that can be passed on: not CHLD, KILL, STOP; nor TTIN and TTOU, which an init ignores for itself. */
const ALL = [...range(1, 31).filter(signal => ![9, 17, 19, 21, 22].includes(signal)), ...range(34, 64)];
/** ILL, TRAP, ABRT, BUS, FPE, SEGV, SYS: tini and catatonit do not pass them on. */
const FAULTS = [4, 5, 6, 7, 8, 11, 31];
const NO_FAULTS = ALL.filter(signal => !FAULTS.includes(signal));
const TSTP = 20;

const launcher = join(root, 'prebuilds', `linux-${process.arch}`, 'sexton');
const socket = join(temporaryFolder, 'control');
const metricsPort = 20_000 + (process.pid % 10_000);

/** KiB of anonymous memory from the second quarter to the last: V8 compiles what has become hot. */
const LITTLE = 2048;
/** Level but for one step of some 2 MiB on the way: a heap of one of the two threads has grown, it seems. */
const SOME = 4096;
/** V8 leaves what has become old where it is until that has grown by a good deal. */
const MUCH = 16_384;

const everything = {
  ...sexton('sexton, everything on', [
    ...['--report', '--watch', '1s', '--control', socket, '--metrics', String(metricsPort)],
    ...['-v', '--log-format', 'json'],
  ]),
  tells: { socket, metricsPort },
  mayGrow: MUCH,
};

const INITS = [
  sexton('sexton', []),
  everything,
  // So that what is left is what is held.
  {
    ...everything,
    name: 'sexton, everything on, --gc-global',
    environment: { SEXTON_NODE: nodeWith('--gc-global') },
    mayGrow: SOME,
  },
  peer('tini', NO_FAULTS),
  // No realtime signals; at TSTP it stops the program.
  peer(
    'dumb-init',
    ALL.filter(signal => signal <= 31 && signal !== TSTP),
  ),
  peer(
    'catatonit',
    NO_FAULTS.filter(signal => signal !== TSTP),
  ),
];

/** Those of these names, all without any; `missing` says why one cannot be had. */
export function findInits(names) {
  const unknown = names.find(name => !INITS.some(init => init.name === name));
  if (unknown) fail(`soak: no init ${unknown}; there are ${INITS.map(({ name }) => `"${name}"`).join(', ')}`);
  return names.length === 0 ? INITS : INITS.filter(({ name }) => names.includes(name));
}

function sexton(name, options) {
  const command = [launcher, ...options, '--'];
  return {
    name,
    command,
    environment: { SEXTON_NODE: process.execPath },
    signals: ALL,
    isSexton: true,
    mayGrow: LITTLE,
  };
}

/** A command in the place of Node, with an option of V8. */
function nodeWith(option) {
  const path = join(temporaryFolder, 'node');
  writeFileSync(path, `#!/bin/sh\nexec ${process.execPath} ${option} "$@"\n`, { mode: 0o755 });
  return path;
}

function peer(name, signals) {
  const missing = spawnSync(name, ['-h']).error ? 'not installed' : undefined;
  return { name, command: [name, '--'], environment: {}, signals, isSexton: false, mayGrow: LITTLE, missing };
}

function range(first, last) {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
