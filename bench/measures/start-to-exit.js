import { fixture, runToEnd } from '../container.js';

export default {
  name: 'start-to-exit',
  title: 'From the exec of the init to its end, with a program that ends at once (Node alone: with an empty script)',
  columns: [{ key: 'time', unit: 'ms' }],
  rounds: 20,
  quickRounds: 3,
  unsuited: ({ kind }) => (kind === 'pm2' ? 'ends some seconds after its program' : undefined),
  async run(init) {
    const { exec, end } = await runToEnd(init, [fixture('first.S')]);
    return { time: (end - exec) / 1e3 };
  },
};
