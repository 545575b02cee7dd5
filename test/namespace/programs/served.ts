/** A real program under sexton as PID 1, watched from its start to its end. */
import { createServer } from 'node:net';
import { afterEach, expect } from 'vitest';
import type { Status } from '../../../src/report/status.ts';
import { type Container, type Options, type Outcome, start, until } from '../harness.ts';
import { watchZombies, zombiesBelow } from '../watch-zombies.ts';

/** What sexton says in the end. */
type Report = Status & { readonly exit_status: number; readonly alive: readonly unknown[] };

export interface Served {
  readonly container: Container;
  /** The end: it left with this status, it had every zombie reaped, and nothing of it is left. */
  endsWith(status: number): Promise<Outcome & { readonly report: Report }>;
}

/** Milliseconds that a zombie may be there, on a machine that has other things to do. */
const ZOMBIE_LONGEST = 10_000;

const started: { container: Container; watch: { end(): number } }[] = [];

afterEach(async () => {
  for (const { container, watch } of started.splice(0)) {
    watch.end();
    await container.end();
  }
});

/** `words`: options of sexton, --, and the program with its arguments. */
export async function serve(words: readonly string[], options: Options = {}): Promise<Served> {
  const container = await start(['--report', '--log-format', 'json', ...words], options);
  const { pid } = container;
  const watch = watchZombies(() => zombiesBelow(pid));
  started.push({ container, watch });
  return {
    container,
    async endsWith(status) {
      const outcome = await container.ended;
      expect(watch.end(), 'milliseconds that a zombie was there').toBeLessThan(ZOMBIE_LONGEST);
      const line = outcome.stderr.split('\n').find(text => text.includes('"event":"report"'));
      expect(line, outcome.stderr).toBeDefined();
      const report = JSON.parse(line!) as Report;
      expect({ ...outcome, alive: report.alive, errors: report.errors }).toMatchObject({
        status,
        alive: [],
        errors: 0,
      });
      return { ...outcome, report };
    },
  };
}

/** Resolves when there is no zombie at all in it: where orphans end all the time, at a moment between two of them. */
export async function withoutZombies(container: Container): Promise<void> {
  await until(() => zombiesBelow(container.pid).length === 0);
}

/** Asks until there is an answer: a server that starts refuses connections for a while. */
export async function answer<T>(ask: () => Promise<T>, container: Container): Promise<T> {
  let isOver = false;
  container.ended.then(() => {
    isOver = true;
  });
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (isOver) throw new Error(`it ended: ${container.stdout}${container.stderr}`, { cause: error });
      await new Promise(resolve => setTimeout(resolve, 20));
    }
  }
}

/** A port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
