import type { CommandCount, Orphan, OrphanCounts } from './index.ts';

/** So many names; whoever starts programs under ever new names must not fill our memory. */
const MOST_COMMANDS = 100;

export function createCounts(): { add(orphan: Orphan): void; read(): OrphanCounts } {
  const total = none('');
  const commands = new Map<string, CommandCount>();

  return {
    add({ name, exitCode, signalCode }) {
      const known = commands.has(name) || commands.size < MOST_COMMANDS ? name : '';
      const command = commands.get(known) ?? none(known);
      commands.set(known, command);
      for (const count of [total, command]) {
        count.reaped++;
        if (signalCode !== null) count.killed++;
        else if (exitCode !== 0) count.failed++;
      }
    },
    read() {
      const { reaped, failed, killed } = total;
      const sorted = [...commands.values()].sort((a, b) => b.reaped - a.reaped);
      return { reaped, failed, killed, commands: sorted.map(command => ({ ...command })) };
    },
  };
}

function none(name: string): CommandCount {
  return { name, reaped: 0, failed: 0, killed: 0 };
}
