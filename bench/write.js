// npm run bench -- --write: the figures into docs/performance.md, its chart, and all of it for programs.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail, root } from '../scripts/set-up.js';
import { chart } from './chart.js';
import { goals } from './goals.js';
import { figure, times } from './table.js';

const BEGIN = '<!-- written by `npm run bench -- --write` -->';
const END = '<!-- end of what is written -->';

/** What was measured; of the other measures what they were. Each has all inits side by side in one run. */
export function write(measured, inits) {
  const json = join(root, 'docs', 'performance.json');
  const { measures } = JSON.parse(readFileSync(json, 'utf8'));
  const results = { ...measured, measures: { ...measures, ...measured.measures } };
  const page = join(root, 'docs', 'performance.md');
  const old = readFileSync(page, 'utf8');
  const [begin, end] = [old.indexOf(BEGIN), old.indexOf(END)];
  if (begin < 0 || end < begin) fail(`bench: ${page} has lost its markers`);
  writeFileSync(page, `${old.slice(0, begin + BEGIN.length)}\n\n${markdown(results, inits)}\n\n${old.slice(end)}`);
  writeFileSync(join(root, 'docs', 'performance.svg'), chart(results, inits));
  writeFileSync(json, `${JSON.stringify(results, undefined, 2)}\n`);
}

function markdown({ machine, measures }, inits) {
  const tables = Object.values(measures).map(measure => table(measure, inits));
  return [machineLine(machine), goals({ measures }, inits), ...tables].join('\n\n');
}

function machineLine({ cpu, cores, memory, kernel, architecture, nodes, peers }) {
  const versions = Object.entries(peers).map(([name, version]) => `${name} ${version}`);
  return `${cpu}, ${cores} cores, ${memory}, ${architecture}, ${kernel}. Node ${nodes.join(', ')}. ${versions.join(', ')}.`;
}

function table({ title, columns, rounds, inits: taken, skipped }, inits) {
  const heads = columns.map(({ label, unit }) => [label, unit].filter(Boolean).join(', '));
  const rows = inits.map(({ name, label }) => {
    const cells = columns.map(({ key }, index) => (taken[name] ? cell(taken[name][key]) : index ? '' : skipped[name]));
    return `| ${[label, ...cells].join(' | ')} |`;
  });
  const counted = rounds === 1 ? 'One round' : `${rounds} rounds`;
  return [
    `### ${title}`,
    '',
    `${counted}.`,
    '',
    `| | ${heads.join(' | ')} |`,
    `|---|${columns.map(() => '---|').join('')}`,
    ...rows,
  ].join('\n');
}

function cell({ median, min, max, ratio }) {
  const spread = min === max ? '' : ` (${figure(min)} to ${figure(max)})`;
  return `${figure(median)}${spread}${ratio === undefined ? '' : `, ${times(ratio)}`}`;
}
