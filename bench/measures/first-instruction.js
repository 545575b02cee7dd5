import { fixture, runToEnd } from '../container.js';
import { unlessTransparent } from './suited.js';

export default {
  name: 'first-instruction',
  title: "From the exec of the init to its program's first instruction",
  columns: [{ key: 'time', unit: 'ms' }],
  rounds: 40,
  quickRounds: 5,
  unsuited: unlessTransparent,
  async run(init) {
    const { exec, first } = await runToEnd(init, [fixture('first.S')], ['--first']);
    return { time: (first - exec) / 1e3 };
  },
};
