/** What an init may run out of, and what it then does: for sexton and its peers alike. */
import { join } from 'node:path';
import { compile, temporaryFolder } from './c-fixture.ts';
import { type Container, isIn, node, type Outcome, root, run, start } from './harness.ts';

export interface Init {
  readonly name: string;
  readonly command: readonly string[];
  /** What makes it say most. */
  readonly verbose: readonly string[];
  /** What makes it count orphans, and what makes it write a file in a directory. */
  readonly counting?: readonly string[];
  readonly writing?: (directory: string) => string[];
  readonly environment?: Readonly<Record<string, string>>;
}

export const sexton: Init = {
  name: 'sexton',
  command: [join(root, 'prebuilds', `linux-${process.arch}`, 'sexton')],
  verbose: ['-vvv'],
  counting: ['--report'],
  writing: directory => [`--termination-log=${directory}/reason`],
  environment: { SEXTON_NODE: node },
};

export const peers: readonly Init[] = [
  { name: 'tini', command: ['tini'], verbose: ['-vvv'] },
  { name: 'dumb-init', command: ['dumb-init'], verbose: ['-v'] },
  { name: 'catatonit', command: ['catatonit'], verbose: [] },
];

export type Need = 'pids' | 'memory' | 'root' | 'few PIDs';

export interface Shortage {
  readonly name: string;
  /** What is needed for it, beside namespaces and a compiler: a controller, or root. */
  readonly needs?: Need;
  /** What is wrong with how this init fares; undefined if nothing is. */
  complaint(
    init: Init,
    limited: (controller: 'pids' | 'memory', limit: number) => readonly string[],
  ): Promise<string | undefined>;
}

/** How long one that is to go on may stand still. Milliseconds. */
const PATIENCE = 30_000;

const folder = temporaryFolder();
const programs = new Map<string, string>();

function program(name: string): string {
  if (!programs.has(name)) programs.set(name, compile(name, folder));
  return programs.get(name)!;
}

/** So many that PIDs wrap around often. */
const ORPHANS = process.env['SEXTON_DEEP'] === '1' ? 20_000 : 3000;

export const shortages: readonly Shortage[] = [
  {
    name: 'PIDs, at the start: a limit of 1 to 40 in the cgroup',
    needs: 'pids',
    complaint: (init, limited) => first(range(1, 40), limit => starts(init, limited('pids', limit), `limit ${limit}`)),
  },
  {
    name: 'PIDs, while it runs: the program takes all that are left',
    needs: 'pids',
    async complaint(init, limited) {
      const greedy = '(while sleep 100 & do :; done) 2>/dev/null; echo ready; exec sleep 100';
      const wrapper = limited('pids', 80);
      const container = await start([...init.verbose, '--', 'sh', '-c', greedy], { ...options(init), wrapper });
      return ending(container, /^ready/m, 128 + 15);
    },
  },
  {
    name: 'memory: the program takes all, five times',
    needs: 'memory',
    async complaint(init, limited) {
      const greedy = 'for i in 1 2 3 4 5; do tail /dev/zero; echo $?; done; exit 5';
      const outcome = await run(['--', 'sh', '-c', greedy], {
        ...options(init),
        wrapper: limited('memory', 64 << 20),
      });
      return outcome.status === 5 && outcome.stdout === '137\n'.repeat(5) ? undefined : described(outcome);
    },
  },
  {
    name: 'descriptors: ulimit -n of 3 to 40, hard',
    complaint: init => first(range(3, 40), limit => starts(init, shell(`ulimit -n ${limit}`), `limit ${limit}`)),
  },
  {
    name: 'descriptors: ulimit -n of 4, soft',
    async complaint(init) {
      const outcome = await run(['--', 'sh', '-c', 'exit 7'], { ...options(init), wrapper: shell('ulimit -Sn 4') });
      return outcome.status === 7 ? undefined : described(outcome);
    },
  },
  {
    name: 'disk, for stderr: /dev/full',
    complaint: init => answers(init, shell('exec 2>/dev/full'), init.verbose),
  },
  {
    name: 'disk, for stderr and the termination log: a full file system',
    needs: 'root',
    complaint: init =>
      answers(init, shell(`${FULL}; exec 2>>/mnt/log`), [...init.verbose, ...(init.writing?.('/mnt') ?? [])]),
  },
  {
    name: 'patience: stderr is a full pipe that nobody reads',
    complaint: init =>
      answers(
        init,
        shell(
          `mkfifo ${folder}/${init.name}; exec 3<>${folder}/${init.name}; dd if=/dev/zero bs=65536 count=1 >&3 2>/dev/null; exec 2>&3`,
        ),
        init.verbose,
      ),
  },
  {
    name: `PIDs that were others’ before: ${ORPHANS} orphans, and as many children, where PIDs end at 400`,
    needs: 'few PIDs',
    async complaint(init) {
      const { counting = [] } = init;
      const wrapper = shell(FEW_PIDS);
      const outcome = await run([...counting, '--', program('wrap'), String(ORPHANS)], { ...options(init), wrapper });
      if (outcome.status !== 7 || !/^wrapped [1-9]/m.test(outcome.stdout)) return described(outcome);
      const isCounted = counting.length === 0 || outcome.stderr.includes(`orphans: ${ORPHANS} reaped`);
      return isCounted ? undefined : `does not count them all: ${outcome.stderr}`;
    },
  },
  {
    name: '/proc, unmounted while it runs',
    needs: 'root',
    complaint: init => answers(init, [], init.verbose, ['sh', '-c', 'umount -l /proc; exec "$0"', program('answer')]),
  },
];

/** Fills a file system of its own; in a mount namespace of its own nobody else sees it. */
export const FULL =
  'mount -t tmpfs -o size=16k full /mnt; touch /mnt/log /mnt/reason; cat /dev/zero >/mnt/fill 2>/dev/null';

/** pid_namespaces(7): since Linux 6.14 each has a limit of its own. */
export const FEW_PIDS = 'echo 400 >/proc/sys/kernel/pid_max';

/** To be put before the init. */
export function shell(command: string): string[] {
  return ['sh', '-c', `${command}; exec "$@"`, 'sh'];
}

function options({ command, environment = {} }: Init): {
  init: readonly string[];
  environment: Record<string, string>;
} {
  return { init: command, environment: { ...environment } };
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

async function first(
  limits: readonly number[],
  look: (limit: number) => Promise<string | undefined>,
): Promise<string | undefined> {
  for (const limit of limits) {
    const complaint = await look(limit);
    if (complaint !== undefined) return complaint;
  }
  return undefined;
}

/** It runs the program, or says why not, in a line or two (catatonit): nothing else. */
async function starts(init: Init, wrapper: readonly string[], where: string): Promise<string | undefined> {
  const container = await start(['--', program('brief')], { ...options(init), wrapper });
  if (!(await isIn(PATIENCE, container.ended))) {
    await container.end();
    return `${where}: hangs`;
  }
  const outcome = await container.ended;
  const works = outcome.status === 9 && outcome.stderr === '';
  const saysWhy = outcome.status !== 0 && outcome.status < 128 && /^([^\n]+\n){1,2}$/.test(outcome.stderr);
  return works || saysWhy ? undefined : `${where}: ${described(outcome)}`;
}

/** Signals are passed on, orphans are reaped, and the status is the program's. */
async function answers(
  init: Init,
  wrapper: readonly string[],
  words: readonly string[],
  command: readonly string[] = [program('answer')],
): Promise<string | undefined> {
  const container = await start([...words, '--', ...command], { ...options(init), wrapper });
  if (!(await isIn(PATIENCE, says(container, /^ready/m)))) return gaveUp(container, 'does not start the program');
  // Enough to fill whatever was not full.
  for (let round = 1; round <= 20; round++) {
    send(container, 'SIGUSR2');
    const answered = new RegExp(`(answered[^]*){${round}}`);
    if (!(await isIn(PATIENCE, says(container, answered)))) return gaveUp(container, 'hangs');
  }
  return ending(container, /^ready/m, 7);
}

async function ending(container: Container, ready: RegExp, status: number): Promise<string | undefined> {
  if (!(await isIn(PATIENCE, says(container, ready)))) return gaveUp(container, 'does not start the program');
  send(container, 'SIGTERM');
  if (!(await isIn(PATIENCE, container.ended))) return gaveUp(container, 'hangs');
  const outcome = await container.ended;
  return outcome.status === status ? undefined : described(outcome);
}

async function gaveUp(container: Container, what: string): Promise<string> {
  await container.end();
  return what;
}

function says(container: Container, pattern: RegExp): Promise<unknown> {
  return container.says(pattern).catch(() => undefined);
}

function send(container: Container, signal: NodeJS.Signals): void {
  try {
    container.kill(signal);
  } catch {
    // It is gone.
  }
}

/** In few words. */
function described({ status, stderr }: Outcome): string {
  if (status === 0) return `exits with 0: ${stderr.trim().split('\n')[0]}`;
  const said = stderr.trim().split('\n').filter(Boolean);
  return `${status > 128 ? `dies of signal ${status - 128}` : `exits with ${status}`}${said.length ? `: ${said[0]}` : ', and says nothing'}`;
}
