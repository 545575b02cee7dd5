import { fixture, startResting } from '../container.js';
import { median, quantile } from '../statistics.js';
import { unlessTransparent } from './suited.js';

export default {
  name: 'signals',
  title: 'A signal from the program to its init and back',
  columns: [
    { key: 'p50', label: 'median', unit: 'µs' },
    { key: 'p99', label: '99th percentile', unit: 'µs' },
  ],
  rounds: 5,
  quickRounds: 1,
  unsuited: unlessTransparent,
  async run(init, { isQuick }) {
    const { container } = await startResting(init, [fixture('signals.c'), isQuick ? '500' : '2000']);
    container.go();
    await container.says(/^done$/m);
    await container.ended;
    const times = [...container.said.matchAll(/^([0-9.]+)$/gm)].map(([, time]) => Number(time));
    return { p50: median(times), p99: quantile(times, 0.99) };
  },
};
