// What the scenes find: a folder with their commands, and a cgroup with a memory limit.
import { chmodSync, existsSync, mkdirSync, readFileSync, rmdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { compile, temporaryFolder } from '../fixtures.js';
import { fail, root } from '../set-up.js';

const LIMIT = 256 * 2 ** 20;

/** The directory of a cgroup, and the file of its limit: version 1, then version 2. */
const CGROUPS = [
  ['/sys/fs/cgroup/memory', 'memory.limit_in_bytes'],
  ['/sys/fs/cgroup', 'memory.max'],
];

/** docker run, as far as the scenes need it. */
const CONTAINER = `#!/bin/sh
if [ "$1" = -d ]; then
  shift
  : >"$OUTPUT"
  "$0" "$@" </dev/null >"$OUTPUT" 2>&1 &
  exit
fi
if [ "$1" = --memory ]; then
  echo $$ >"$CGROUP/cgroup.procs"
  shift 2
fi
exec unshare --pid --fork --mount-proc --kill-child "$@"
`;

export function makeWorld() {
  const commands = join(temporaryFolder, 'bin');
  mkdirSync(commands);
  symlinkSync(join(root, 'prebuilds', `linux-${process.arch}`, 'sexton'), join(commands, 'sexton'));
  symlinkSync(join(root, 'bin', 'sextonctl.js'), join(commands, 'sextonctl'));
  symlinkSync(process.execPath, join(commands, 'node'));
  writeFileSync(join(commands, 'container'), CONTAINER);
  chmodSync(join(commands, 'container'), 0o755);
  const cgroup = makeCgroup();
  const output = join(temporaryFolder, 'output');
  return {
    pty: compile('test/fixtures/pty.c'),
    folder: join(root, 'examples'),
    environment: {
      PATH: `${commands}:${process.env.PATH}`,
      TERM: 'xterm-256color',
      // What is typed is bold.
      PS1: String.raw`\[\e[32m\]$\[\e[0;1m\] `,
      PS0: String.raw`\e[0m`,
      OUTPUT: output,
      CGROUP: cgroup,
    },
    /** What a detached container has printed. */
    output: () => readFileSync(output, { encoding: 'utf8', flag: 'a+' }),
    async remove() {
      while (readFileSync(join(cgroup, 'cgroup.procs'), 'utf8') !== '') await sleep(20);
      rmdirSync(cgroup);
    },
  };
}

function makeCgroup() {
  let reason;
  for (const [parent, file] of CGROUPS) {
    const directory = join(parent, `sexton-recording-${process.pid}`);
    try {
      mkdirSync(directory);
      // The file is there if the controller is.
      writeFileSync(join(directory, file), String(LIMIT), { flag: 'r+' });
      return directory;
    } catch (error) {
      reason = error.message;
      if (existsSync(directory)) rmdirSync(directory);
    }
  }
  return fail(`no cgroup with a memory limit can be made here: ${reason}`);
}
