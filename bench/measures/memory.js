import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../../scripts/fixtures.js';
import { fixture, memory, startResting } from '../container.js';
import { resting } from './wake-ups.js';

const IDLE = 'console.log("ready"); setInterval(() => {}, 2 ** 31 - 1)';

export default {
  name: 'memory',
  title: 'Memory at rest: alone, and beside a program that runs on the same Node',
  columns: [
    { key: 'private', label: 'private, alone', unit: 'MB' },
    { key: 'pss', label: 'PSS, alone', unit: 'MB' },
    { key: 'privateBeside', label: 'private, beside Node', unit: 'MB' },
    { key: 'pssBeside', label: 'PSS, beside Node', unit: 'MB' },
  ],
  rounds: 2,
  quickRounds: 1,
  unsuited: () => undefined,
  async run(init, { nodes }) {
    const node = ownCopy((init.node ?? nodes[0]).path);
    const own = onNode(resting(init), node);
    const alone = await look(own, [fixture('rest.c')]);
    // Node alone cannot run a program: it shares with whatever else runs on it, here a second one.
    const beside = init.kind === 'node' ? await lookBesideAnother(own) : await look(own, besideProgram(init, node));
    return { private: alone.private, pss: alone.pss, privateBeside: beside.private, pssBeside: beside.pss };
  },
};

const copies = new Map();

/** This very script may run on the same Node, and share its pages: with a copy nobody else does. */
function ownCopy(node) {
  if (!copies.has(node)) {
    const copy = join(temporaryFolder, `node-${copies.size}`);
    copyFileSync(node, copy);
    copies.set(node, copy);
  }
  return copies.get(node);
}

function onNode(init, node) {
  if (!init.node) return init;
  if (init.environment.SEXTON_NODE) return { ...init, environment: { ...init.environment, SEXTON_NODE: node } };
  return { ...init, command: [node, ...init.command.slice(1)] };
}

function besideProgram(init, node) {
  return init.kind === 'pm2' ? [node, '--', '-e', IDLE] : [node, '-e', IDLE];
}

async function look(init, program) {
  const { container, pid } = await startResting(init, program);
  const values = megabytes(memory(pid));
  await container.kill();
  return values;
}

async function lookBesideAnother(init) {
  const other = await startResting(init, []);
  const values = await look(init, []);
  await other.container.kill();
  return values;
}

/** MB of 10⁶ bytes, from kB of 1,024. */
function megabytes({ Private_Clean, Private_Dirty, Pss }) {
  return { private: ((Private_Clean + Private_Dirty) * 1024) / 1e6, pss: (Pss * 1024) / 1e6 };
}
