import { unlessTransparent } from './suited.js';
import { cpuPerOrphan } from './trickle.js';

export default {
  name: 'crowd',
  title: 'The same beside 10,000 orphans that live on',
  columns: [{ key: 'cpu', unit: 'µs' }],
  rounds: 2,
  quickRounds: 1,
  unsuited: unlessTransparent,
  run: (init, { isQuick }) => cpuPerOrphan(init, 200, isQuick ? 2000 : 10_000),
};
