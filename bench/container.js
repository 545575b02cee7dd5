// An init as real PID 1, and what it does to the program that it runs.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { compile } from '../scripts/fixtures.js';

const programs = new Map();

/** The path of a fixture's program, compiled when it is first asked for. */
export function fixture(name) {
  const source = `bench/fixtures/${name}`;
  if (!programs.has(name)) programs.set(name, compile(source, ...(name.endsWith('.S') ? ['-nostdlib'] : [])));
  return programs.get(name);
}

/** Runs an init with a program to its end: when it was executed, and ended, and with --first the first instruction. */
export async function runToEnd(init, program, flags = []) {
  const container = new Container(init, program, flags);
  await container.ended;
  return container.times();
}

/** Starts an init with a program. */
export function start(init, program) {
  return new Container(init, program);
}

/** Starts an init with a program that says that it is ready, and waits until both are at rest. Returns the init's pid too. */
export async function startResting(init, program) {
  const container = start(init, program);
  const pid = await container.pid();
  if (init.kind !== 'node') await container.says(/ready$/m);
  await settle(pid);
  return { container, pid };
}

class Container {
  #child;
  #wake = () => {};
  #said = '';
  #stderr = '';

  constructor(init, program, flags = []) {
    const words = [...flags, ...init.command, ...program];
    this.#child = spawn(fixture('container.c'), words, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { PATH: process.env.PATH, ...init.environment },
    });
    this.#child.stderr.setEncoding('utf8').on('data', text => {
      this.#stderr += text;
    });
    this.#child.stdin.on('error', () => {});
    this.#child.stdout.setEncoding('latin1').on('data', text => {
      this.#said += text;
      this.#wake();
    });
    this.ended = new Promise(resolve => this.#child.on('close', resolve)).then(() => this.#wake());
  }

  /** The init's pid as it is out here. */
  async pid() {
    return Number((await this.says(/^init (\d+)$/m))[1]);
  }

  /** The word that fixtures wait for. */
  go() {
    this.#child.stdin.write('g');
  }

  /** Resolves with the match when stdout matches. */
  async says(pattern) {
    let why = '';
    const over = reason => () => {
      why = reason;
      this.#wake();
    };
    const timer = setTimeout(over('nothing for a minute'), 60_000);
    this.ended.then(over('it has ended'));
    try {
      for (;;) {
        const match = pattern.exec(this.#said);
        if (match) return match;
        if (why) throw new Error(`${pattern}: ${why}: ${this.#said.slice(-500)}${this.#stderr}`);
        await new Promise(resolve => {
          this.#wake = resolve;
        });
      }
    } finally {
      clearTimeout(timer);
    }
  }

  get said() {
    return this.#said;
  }

  get stderr() {
    return this.#stderr;
  }

  times() {
    const time = name => Number(new RegExp(`^${name} ([0-9.]+)`, 'm').exec(this.#said)?.[1]);
    const times = { exec: time('exec'), first: time('first'), dying: time('dying'), end: time('end') };
    if (Number.isNaN(times.end)) throw new Error(`no container: ${this.#stderr}${this.#said}`);
    return times;
  }

  /** Kills all of it. */
  async kill() {
    this.#child.kill('SIGKILL');
    await this.ended;
  }
}

/** Resolves once every thread of a process sleeps, and has for a while: it has booted, and taken what there was to take. */
export async function settle(pid) {
  let before = -1;
  // sexton takes itself to be at rest when nothing has happened for 250 ms, and tidies up then.
  for (let quiet = 0; quiet < 20; ) {
    const spent = cpu(pid);
    quiet = spent === before && isAsleep(pid) ? quiet + 1 : 0;
    before = spent;
    await pause(20);
  }
}

/** Not merely waiting for a core that others have. */
function isAsleep(pid) {
  return threadFiles(pid, 'status').every(text => /^State:\tS/m.test(text));
}

/** Nanoseconds that all threads of a process have run: schedstat. */
export function cpu(pid) {
  return sumOfThreads(pid, 'schedstat', /^(\d+)/g);
}

/** How often its threads have gone to sleep, or were put aside. */
export function contextSwitches(pid) {
  return sumOfThreads(pid, 'status', /ctxt_switches:\s+(\d+)/g);
}

function sumOfThreads(pid, file, pattern) {
  const numbers = threadFiles(pid, file).flatMap(text =>
    [...text.matchAll(pattern)].map(([, number]) => Number(number)),
  );
  return numbers.reduce((sum, number) => sum + number, 0);
}

function threadFiles(pid, file) {
  return readdirSync(`/proc/${pid}/task`).map(thread => readFileSync(`/proc/${pid}/task/${thread}/${file}`, 'latin1'));
}

/** kB by the names of smaps_rollup. */
export function memory(pid) {
  const text = ofOneProgram(() => readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'));
  return Object.fromEntries([...text.matchAll(/^(\w+):\s+(\d+) kB$/gm)].map(([, name, size]) => [name, Number(size)]));
}

/** The kernel answers ESRCH when a process executes another program between open(2) and read(2), as the launcher does. */
function ofOneProgram(read) {
  try {
    return read();
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
    return read();
  }
}
