// What the figures were taken on: no names, no paths.
import { availableParallelism, cpus, release, totalmem } from 'node:os';

export function describeMachine(nodes, inits) {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    // Without what its builder calls it.
    kernel: `Linux ${/^[0-9.]+/.exec(release())?.[0]}`,
    architecture: process.arch,
    nodes: nodes.map(({ version }) => version),
    peers: Object.fromEntries(inits.flatMap(({ name, version }) => (version ? [[name, version]] : []))),
  };
}
