import { setTimeout as pause } from 'node:timers/promises';
import { contextSwitches, fixture, startResting } from '../container.js';

export default {
  name: 'wake-ups',
  title: 'Wake-ups of all threads of an init at rest, each minute',
  columns: [{ key: 'count', unit: '' }],
  rounds: 1,
  quickRounds: 1,
  unsuited: () => undefined,
  /** All at the same time: at rest they are in nobody's way. */
  async runTogether(inits, { isQuick }) {
    const seconds = isQuick ? 3 : 20;
    const running = await Promise.all(inits.map(init => startResting(resting(init), [fixture('rest.c')])));
    const before = running.map(({ pid }) => contextSwitches(pid));
    await pause(seconds * 1000);
    const counts = running.map(({ pid }, index) => ((contextSwitches(pid) - before[index]) * 60) / seconds);
    await Promise.all(running.map(({ container }) => container.kill()));
    return inits.map((_, index) => ({ count: counts[index] }));
  },
};

/** Node alone has to have something to wait for. */
export function resting(init) {
  if (init.kind !== 'node') return init;
  return { ...init, command: [init.command[0], '-e', 'setInterval(() => {}, 2 ** 31 - 1)'] };
}
