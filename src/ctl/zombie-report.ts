import type { Culprit } from '../report/zombies.ts';
import { containerText } from './container.ts';
import { advice } from './remedy.ts';
import { counted, cut, duration, printable, type Terminal, table, wrap } from './terminal.ts';
import type { Findings, Neglect, Zombie } from './zombies.ts';

/** What was found, for people. */
export function zombieReport({ culprits, zombies, hidden }: Findings, all: boolean, terminal: Terminal): string {
  const parts = [
    summary(culprits, terminal),
    ...byContainer(culprits).map(group => containerPart(group, culprits.length > group.length, terminal)),
    ...(culprits.length > 0 ? [terminal.dim(wrap(OLDEST, terminal.width).join('\n'))] : []),
    ...(all && zombies.length > 0 ? [listing(zombies, terminal)] : []),
    ...(hidden ? [wrap(HIDDEN, terminal.width).join('\n')] : []),
  ];
  return parts.join('\n\n');
}

const NONE = 'No zombies that stay: every parent waits for its children.';
const OLDEST = 'OLDEST counts from when the oldest zombie was started; it has been dead for less than that.';
const HIDDEN = 'Processes of other users are hidden here (hidepid of proc(5)): root sees all of them.';

function summary(culprits: readonly Neglect[], { red, width }: Terminal): string {
  if (culprits.length === 0) return wrap(NONE, width).join('\n');
  const count = culprits.reduce((sum, { zombies }) => sum + zombies, 0);
  const parents = `${counted(culprits.length, 'parent')} that ${culprits.length === 1 ? 'does' : 'do'} not wait`;
  return wrap(`${counted(count, 'zombie')} of ${parents}`, width)
    .map(red)
    .join('\n');
}

/** In the order of the worst of each. */
function byContainer(culprits: readonly Neglect[]): Neglect[][] {
  const groups = new Map<string, Neglect[]>();
  for (const culprit of culprits) {
    const id = culprit.container?.id ?? '';
    groups.set(id, [...(groups.get(id) ?? []), culprit]);
  }
  return [...groups.values()];
}

function containerPart(group: readonly Neglect[], hasOthers: boolean, { bold, dim, width }: Terminal): string {
  const [head, ...rows] = table([['PID', 'ZOMBIES', 'OLDEST', 'PARENT'], ...group.map(cells)], [0, 1, 2], width);
  const { container } = group[0]!;
  const pod = container?.pod === undefined ? '' : `, pod ${container.pod}`;
  const place = container ? containerText(container) + pod : 'not in a container';
  return [
    ...(container || hasOthers ? [bold(cut(place, width))] : []),
    dim(head!),
    ...group.flatMap((culprit, index) => [
      rows[index]!,
      ...wrap(holdings(culprit), width, '    '),
      ...wrap(advice(culprit, culprit.remedy), width, '    '),
    ]),
  ].join('\n');
}

function cells({ pid, command, zombies, oldest_seconds }: Neglect): string[] {
  return [
    String(pid),
    String(zombies),
    ageText(oldest_seconds),
    printable(command) || (pid === 0 ? '(outside)' : '(hidden)'),
  ];
}

function holdings({ pid, commands, inner_pid }: Neglect): string {
  const counts = commands.map(({ name, zombies }) => `${zombies} ${name === '' ? 'others' : printable(name)}`);
  const inside = inner_pid === undefined || inner_pid === pid ? '' : ` In its own namespace it is PID ${inner_pid}.`;
  return `Zombies: ${counts.join(', ')}.${inside}`;
}

function listing(zombies: readonly Zombie[], { dim, width }: Terminal): string {
  const rows = zombies.map(({ pid, name, parent, parent_name, age_seconds, fresh }) => [
    String(pid),
    ageText(age_seconds),
    printable(name),
    `${parent}${parent_name && ` (${printable(parent_name)})`}${fresh ? ', has just ended' : ''}`,
  ]);
  const [head, ...lines] = table([['PID', 'AGE', 'ZOMBIE', 'PARENT'], ...rows], [0, 1], width);
  return [dim(head!), ...lines].join('\n');
}

function ageText(seconds: Culprit['oldest_seconds']): string {
  return seconds === undefined ? '?' : duration(seconds);
}
