import { fixture, startResting } from '../container.js';
import { unlessTransparent } from './suited.js';

export default {
  name: 'storm',
  title: '5,000 orphans end at once: until all are reaped',
  columns: [{ key: 'time', unit: 'ms' }],
  rounds: 31,
  quickRounds: 1,
  unsuited: unlessTransparent,
  async run(init) {
    const { container } = await startResting(init, [fixture('storm.c'), '5000']);
    container.go();
    const [, took] = await container.says(/^took ([0-9.]+)$/m);
    await container.ended;
    return { time: Number(took) / 1e3 };
  },
};
