/** Containers for tests: run to their end, or started, looked into and removed. */
import { readFileSync } from 'node:fs';
import { afterEach, inject } from 'vitest';
import { childrenOf, statusOf, until } from '../namespace/harness.ts';
import { mustPodman, type Outcome, podman } from './podman.ts';

export const whyNoContainers: string | undefined = inject('whyNoContainers');

/** For sh. The fast lane starts the program first: until Node is there, PID 1 is still on its way. */
export const ONCE_SEXTON_IS_PID_1 = 'until grep -q "^sexton$" /proc/1/comm; do sleep 0.05; done';

/** For sh: an orphan, and the wait until it has been reaped. */
export const LEAVE_AN_ORPHAN =
  'orphan=$(sleep 0.1 > /dev/null & echo $!); while [ -e /proc/$orphan ]; do sleep 0.05; done';

const started = new Set<Container>();

afterEach(() => {
  for (const container of started) podman('rm', '--force', '--time', '0', '--volumes', container.id);
  started.clear();
});

/** `podman run --rm`, with these words behind: options, image, command. */
export function run(...words: readonly string[]): Outcome {
  return podman('run', '--rm', ...words);
}

/** `podman run --detach`. */
export function start(...words: readonly string[]): Container {
  const container = new Container(mustPodman('run', '--detach', ...words));
  started.add(container);
  return container;
}

export class Container {
  readonly id: string;
  #logs: string | undefined;

  constructor(id: string) {
    this.id = id;
  }

  /** PID 1 of it, as the tests see it. */
  get pid(): number {
    return Number(this.inspect('.State.Pid'));
  }

  inspect(field: string): string {
    return mustPodman('inspect', '--format', `{{${field}}}`, this.id);
  }

  exec(...words: readonly string[]): Outcome {
    return podman('exec', this.id, ...words);
  }

  kill(signal: string): void {
    mustPodman('kill', '--signal', signal, this.id);
  }

  stop(): void {
    mustPodman('stop', '--time', '60', this.id);
  }

  /** stdout and stderr, until now. From the file of `podman logs`: to be looked at often. */
  logs(): string {
    this.#logs ??= this.inspect('.HostConfig.LogConfig.Path');
    const lines = readFileSync(this.#logs, 'utf8').matchAll(/^\S+ (?:stdout|stderr) ([FP]) (.*)$/gm);
    return [...lines].map(([, kind, text]) => (kind === 'F' ? `${text}\n` : text)).join('');
  }

  async says(pattern: RegExp): Promise<void> {
    const { pid } = this;
    await until(() => {
      const isOver = statusOf(pid) === undefined;
      const logs = this.logs();
      if (pattern.test(logs)) return true;
      if (isOver) throw new Error(`ended without saying ${pattern}: ${logs}`);
      return false;
    });
  }

  /** Waits for its end; the exit status. */
  status(): number {
    return Number(mustPodman('wait', this.id));
  }

  /** How many of PID 1's children are zombies. */
  zombies(): number {
    return childrenOf(this.pid).filter(child => statusOf(child)?.['State']?.startsWith('Z')).length;
  }
}

/** A request to the example service, from inside: it has no network but its own loopback. */
export function request(container: Container, path = '/'): Outcome {
  const script = `fetch('http://127.0.0.1:3000${path}').then(async answer => process.stdout.write(await answer.text()))`;
  return container.exec('node', '-e', script);
}
