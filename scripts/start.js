// npm start: what an init does, shown in a few seconds. A program that leaks orphans, first as PID 1 itself, then under sexton.
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildIfOutdated, fail, installDependencies, root } from './set-up.js';

if (process.platform !== 'linux') fail('A container init is for Linux; nothing to show on this system.');
installDependencies();
buildIfOutdated();

const WIDTH = 80;
const PROGRAM = ['examples/leaky.js'];
const SEXTON = ['bin/sexton.js', '--', process.execPath, ...PROGRAM];
// Not PID 1, but orphans below it become its children: prctl(PR_SET_CHILD_SUBREAPER).
const ADOPTING = [
  '-e',
  `process.title = 'node ${PROGRAM}';
  require('koffi').load(null).func('int prctl(int, long, long, long, long)')(36, 1, 0, 0, 0);
  import('./${PROGRAM}');`,
];

const unshare = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child'];
if (process.getuid() !== 0) unshare.splice(1, 0, '--user', '--map-root-user');
const forbidden = whyNoNamespaces();

const isColoured = process.stdout.isTTY && !process.env.NO_COLOR;
const bold = paint(1);
const red = paint(31);
const green = paint(32);

/** What runs now, to be ended with us. */
let running;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => process.exit(128 + constants.signals[signal]));
}
process.on('exit', () => running?.end());
process.stdout.on('error', () => process.exit()); // npm start | head

say(`The program: node ${PROGRAM}. It leaves helpers behind in the background,
and has no handler for SIGTERM.
`);
if (forbidden === undefined) await asPid1();
else await asSubreaper();

async function asPid1() {
  say(bold('Without an init: the program is PID 1'));
  const bare = await start(PROGRAM);
  verdict(await showTree(bare));
  say('SIGTERM, as docker stop sends it ...');
  const stopped = await stop(bare, 1000);
  if (stopped === undefined) {
    say(red('  still running after 1 s: without a handler, PID 1 does not get it.'));
    say('SIGKILL, as docker stop sends it after 10 s ...');
    await bare.destroy();
    say(`  exit status ${statusText(128 + constants.signals.SIGKILL)}`);
  } else say(`  ${stopped}`);

  say(bold('\nWith sexton: sexton is PID 1'));
  await showSexton();
}

async function asSubreaper() {
  say(`PID namespaces are forbidden here:
  ${forbidden.slice(0, WIDTH - 2)}
So nothing can be PID 1. Each is shown as a subreaper instead, which adopts
orphans as PID 1 does. That PID 1 ignores SIGTERM cannot be shown this way.
`);
  say(bold('Without an init: orphans come to the program'));
  const bare = await start(ADOPTING);
  verdict(await showTree(bare));
  await bare.destroy();

  say(bold('\nWith sexton: orphans come to sexton'));
  await showSexton();
}

async function showSexton() {
  const init = await start(SEXTON);
  verdict(await showTree(init));
  say('SIGTERM, as docker stop sends it ...');
  const stopped = await stop(init, 10_000);
  if (stopped === undefined) fail('  sexton is still running after 10 s, which must not be');
  say(green(`  ${stopped}`));
}

/** Starts Node with these arguments as PID 1, where that can be, and waits until it has left its helpers behind. */
async function start(words) {
  const [command, ...rest] = [...(forbidden === undefined ? unshare : []), process.execPath, ...words];
  const child = spawn(command, rest, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let destroyed = false;
  child.stderr.on('data', text => {
    // unshare complains that it cannot kill itself by SIGKILL as its child was.
    if (!destroyed) process.stderr.write(text);
  });
  const ended = new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
  const started = new Promise(resolve => {
    child.stdout.on('data', text => resolve(String(text).trim()));
  });
  const init = {
    ended,
    /** Its pid as we see it. */
    get pid() {
      return forbidden === undefined ? processes().find(({ parent }) => parent === child.pid).pid : child.pid;
    },
    kill(signal) {
      process.kill(this.pid, signal);
    },
    destroy() {
      destroyed = true;
      this.kill('SIGKILL');
      return ended;
    },
    end() {
      child.kill(forbidden === undefined ? 'SIGKILL' : 'SIGTERM');
    },
  };
  running = init;
  const line = await Promise.race([started, ended]);
  if (typeof line === 'number') fail(`It ended at once, with ${statusText(line)}.`);
  say(`  program: ${line}`);
  return init;
}

/** Prints the processes when the helpers have ended; returns the number of zombies. */
async function showTree(init) {
  const tree = () => descendants(init.pid);
  while (tree().some(({ name, isZombie }) => name === 'sleep' && !isZombie)) await sleep(20);
  await sleep(100);
  const shown = tree();
  say('    PID  STATE   COMMAND');
  for (const { inside, isZombie, depth, command } of shown) {
    const line = `${String(inside).padStart(7)}  ${isZombie ? 'zombie' : 'alive '}  ${'  '.repeat(depth)}${command}`;
    say((isZombie ? red : String)(line.slice(0, WIDTH)));
  }
  return shown.filter(({ isZombie }) => isZombie).length;
}

function verdict(zombies) {
  if (zombies === 0) say(green('  no zombies: each orphan was reaped as it ended.'));
  else say(red(`  ${zombies} zombies: nobody waits for them, each holds a PID until the container ends.`));
}

/** Sends SIGTERM. Tells how it ended; undefined if it has not within so many milliseconds. */
async function stop(init, milliseconds) {
  const begin = performance.now();
  init.kill('SIGTERM');
  const status = await Promise.race([init.ended, sleep(milliseconds, undefined, { ref: false })]);
  if (status === undefined) return undefined;
  return `gone after ${Math.round(performance.now() - begin)} ms, exit status ${statusText(status)}`;
}

function statusText(status) {
  const name = Object.entries(constants.signals).find(([, number]) => status === 128 + number)?.[0];
  return name === undefined ? String(status) : `${status} (128 + ${status - 128}, ${name})`;
}

/** A process and all below it, in the order of a tree. */
function descendants(pid) {
  const all = processes();
  const below = (process, depth) => [
    { ...process, depth },
    ...all.filter(({ parent }) => parent === process.pid).flatMap(child => below(child, depth + 1)),
  ];
  return all.filter(process => process.pid === pid).flatMap(process => below(process, 0));
}

function processes() {
  return readdirSync('/proc')
    .filter(name => /^[0-9]+$/.test(name))
    .flatMap(pid => {
      try {
        return [readProcess(Number(pid))];
      } catch {
        return []; // it has gone meanwhile
      }
    });
}

function readProcess(pid) {
  const fields = Object.fromEntries(
    readFileSync(`/proc/${pid}/status`, 'utf8')
      .split('\n')
      .map(line => line.split(':\t')),
  );
  const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim();
  return {
    pid,
    parent: Number(fields.PPid),
    /** Its pid in the innermost namespace. */
    inside: Number(fields.NSpid.split('\t').at(-1)),
    name: fields.Name,
    isZombie: fields.State.startsWith('Z'),
    command: words.replaceAll(process.execPath, basename(process.execPath)) || fields.Name,
  };
}

function whyNoNamespaces() {
  const { status, stderr } = spawnSync(unshare[0], [...unshare.slice(1), 'true'], { encoding: 'utf8' });
  return status === 0 ? undefined : stderr?.trim().split('\n')[0] || 'unshare is missing';
}

function paint(code) {
  return text => (isColoured ? `\x1b[${code}m${text}\x1b[0m` : text);
}

function say(text) {
  console.log(text);
}
