import { fixture, startResting } from '../container.js';
import { unlessTransparent } from './suited.js';

export default {
  name: 'exit-latency',
  title: 'From the end of the program to the end of an init at rest',
  columns: [{ key: 'time', unit: 'ms' }],
  rounds: 10,
  quickRounds: 2,
  unsuited: unlessTransparent,
  async run(init) {
    const { container } = await startResting(init, [fixture('die.c')]);
    container.go();
    await container.ended;
    const { dying, end } = container.times();
    return { time: (end - dying) / 1e3 };
  },
};
