import { expect, it } from 'vitest';
import { describeWith } from '../namespace/harness.ts';
import { type Container, start, whyNoContainers } from './container.ts';

const TIMES = 9;
/** From SIGTERM at PID 1 to its end, with a program that has nothing left to do. */
const LONGEST_STOP_MS = 100;

describeWith([whyNoContainers], `from SIGTERM to the end of the container, median of ${TIMES}:`, () => {
  it('podman stop', async () => {
    expect(await median(container => container.stop())).toBeLessThan(LONGEST_STOP_MS);
  });

  it('podman kill --signal TERM', async () => {
    expect(await median(container => container.kill('TERM'))).toBeLessThan(LONGEST_STOP_MS);
  });

  it('kill(2) from the host', async () => {
    const times: number[] = [];
    for (let i = 0; i < TIMES; i++) {
      const container = await serve();
      const { pid } = container;
      const begin = Date.now();
      process.kill(pid, 'SIGTERM');
      times.push(end(container) - begin);
    }
    expect(middle(times)).toBeLessThan(LONGEST_STOP_MS);
  });
});

/**
 * Milliseconds between sexton's own line about the signal and the end that podman's monitor has seen. What podman takes
 * before it has sent the signal is not counted.
 */
async function median(stop: (container: Container) => void): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < TIMES; i++) {
    const container = await serve();
    stop(container);
    const ended = end(container);
    times.push(ended - forwarded(container));
  }
  return middle(times);
}

async function serve(): Promise<Container> {
  const container = start('--env', 'SEXTON_VERBOSE=1', '--env', 'SEXTON_LOG_FORMAT=json', 'service');
  await container.says(/listening/);
  return container;
}

function forwarded(container: Container): number {
  const line = container.logs().match(/^\{.*"event":"forwarded".*$/m)?.[0];
  return JSON.parse(line!).time;
}

function end(container: Container): number {
  expect(container.status()).toBe(0);
  // 2026-11-24 11:57:15.09345685 +0000 UTC
  const [day, time] = container.inspect('.State.FinishedAt').split(' ');
  return Date.parse(`${day}T${time}Z`);
}

function middle(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b);
  console.log(`${sorted.join(', ')} ms`);
  return sorted[sorted.length >> 1]!;
}
