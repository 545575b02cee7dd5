// node scripts/soak.js: orphans and signals without end for PID 1, which must lose none and hold no more than before.
//   --orphans N --signals N   a million, and a hundred thousand
//   --init NAME               repeatable: sexton, "sexton, everything on", tini, …; default all
//   --json                    the figures for programs
//   --write                   into docs/reliability.md
import { parseArgs } from 'node:util';
import { describeMachine } from '../bench/machine.js';
import { compile } from './fixtures.js';
import { write } from './reliability.js';
import { buildIfOutdated, installDependencies } from './set-up.js';
import { findInits } from './soak/inits.js';
import { soak } from './soak/soak.js';
import { markdown } from './soak/table.js';

const { values } = parseArgs({
  options: {
    orphans: { type: 'string', default: '1000000' },
    signals: { type: 'string', default: '100000' },
    init: { type: 'string', multiple: true, default: [] },
    json: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});
const amount = { orphans: Number(values.orphans), signals: Number(values.signals) };

installDependencies();
buildIfOutdated();
const load = compile('scripts/soak/load.c');
const machine = describeMachine([{ version: process.versions.node }], []);
const results = {};
for (const init of findInits(values.init)) {
  if (init.missing) console.error(`skipped: ${init.name}: ${init.missing}`);
  else {
    console.error(`${init.name}: ${amount.orphans} orphans, ${amount.signals} signals`);
    const figures = await soak(init, load, amount);
    for (const complaint of figures.wrong) console.error(`  ${complaint}`);
    // What a peer does is to be seen; what sexton does is to be right.
    if (init.isSexton && figures.wrong.length > 0) process.exitCode = 1;
    results[init.name] = figures;
    // After each: the next takes minutes again.
    if (values.write) write('soak', markdown(results, amount, machine));
  }
}
console.log(values.json ? JSON.stringify(results) : markdown(results, amount, machine));
