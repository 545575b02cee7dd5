import { cpu, fixture, startResting } from '../container.js';
import { unlessTransparent } from './suited.js';

export default {
  name: 'trickle',
  title: 'Orphans end one after the other: what the init takes of the CPU for each',
  columns: [{ key: 'cpu', unit: 'µs' }],
  rounds: 4,
  quickRounds: 1,
  unsuited: unlessTransparent,
  run: (init, { isQuick }) => cpuPerOrphan(init, isQuick ? 300 : 1000, 0),
};

/** Of the CPU, for each of `count` orphans that end one at a time while others live. */
export async function cpuPerOrphan(init, count, living) {
  const { container, pid } = await startResting(init, [fixture('trickle.c'), String(count), String(living)]);
  const before = cpu(pid);
  container.go();
  await container.says(/^done$/m);
  const after = cpu(pid);
  await container.kill();
  return { cpu: (after - before) / 1e3 / count };
}
