// The figures that decide, as a chart: how many times what tini takes, on a logarithmic axis.
import { times } from './table.js';

/** What is shown: measure, column, and what to call it. */
const GROUPS = [
  ['first-instruction', 'time', "To the program's first instruction"],
  ['storm', 'time', '5,000 orphans at once'],
  ['signals', 'p50', 'A signal there and back'],
  ['trickle', 'cpu', 'CPU for an orphan'],
  ['exit-latency', 'time', "From the program's end to the init's"],
  ['memory', 'privateBeside', 'Private memory, beside Node'],
];
const COLORS = ['#2f6f4f', '#7fb59a', '#8a8fa3', '#c3c6d1'];
const [WIDTH, LEFT, RIGHT, BAR, GAP, TOP] = [800, 260, 90, 14, 18, 66];

export function chart({ machine, measures }, inits) {
  const newest = machine.nodes.at(-1).split('.')[0];
  const shown = [`launcher-${newest}`, `entry-${newest}`, 'dumb-init', 'catatonit']
    .map(name => inits.find(init => init.name === name))
    .filter(Boolean);
  const groups = GROUPS.flatMap(([measure, key, label]) => {
    const taken = measures[measure]?.inits;
    return taken ? [{ label, ratios: shown.map(({ name }) => taken[name]?.[key].ratio) }] : [];
  });
  const scale = axis(groups.flatMap(({ ratios }) => ratios).filter(Boolean));
  const height = TOP + groups.length * (shown.length * BAR + GAP) + 24;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="title">`,
    '<title id="title">What sexton, dumb-init and catatonit take, as a multiple of what tini takes</title>',
    '<style>text{font:12px system-ui,sans-serif;fill:#222}.small{font-size:11px}.line{stroke:#bbb}.one{stroke:#222}',
    '@media(prefers-color-scheme:dark){text{fill:#ddd}.line{stroke:#555}.one{stroke:#ddd}}</style>',
    ...legend(shown),
    ...scale.marks.flatMap(mark => gridLine(mark, scale.at(mark), height)),
    ...groups.flatMap((group, index) => bars(group, TOP + index * (shown.length * BAR + GAP), scale)),
    '</svg>',
  ].join('\n')}\n`;
}

function axis(ratios) {
  const lowest = Math.floor(Math.log2(Math.min(0.5, ...ratios)));
  const highest = Math.ceil(Math.log2(Math.max(2, ...ratios)));
  const at = ratio => LEFT + ((Math.log2(ratio) - lowest) / (highest - lowest)) * (WIDTH - LEFT - RIGHT);
  const step = Math.ceil((highest - lowest) / 8);
  const exponents = Array.from({ length: highest - lowest + 1 }, (_, index) => lowest + index);
  return { at, marks: exponents.filter(exponent => exponent % step === 0).map(exponent => 2 ** exponent) };
}

function legend(inits) {
  let next = 8;
  return inits.map(({ label }, index) => {
    const x = next;
    next += 44 + label.length * 7;
    return `<rect x="${x}" y="8" width="12" height="12" fill="${COLORS[index]}"/><text x="${x + 18}" y="18">${label}</text>`;
  });
}

function gridLine(mark, x, height) {
  const kind = mark === 1 ? 'one' : 'line';
  const name = mark === 1 ? 'tini' : `${mark < 1 ? `1/${1 / mark}` : mark}×`;
  return [
    `<line class="${kind}" x1="${round(x)}" x2="${round(x)}" y1="${TOP - 10}" y2="${height - 12}"/>`,
    `<text class="small" text-anchor="middle" x="${round(x)}" y="${TOP - 16}">${name}</text>`,
  ];
}

function bars({ label, ratios }, y, { at }) {
  const middle = y + (ratios.length * BAR) / 2 + 4;
  return [
    `<text text-anchor="end" x="${LEFT - 12}" y="${middle}">${label}</text>`,
    ...ratios.flatMap((ratio, index) => (ratio ? bar(ratio, y + index * BAR, COLORS[index], at) : [])),
  ];
}

/** From tini's line to the left or to the right, with its figure beside it. */
function bar(ratio, y, color, at) {
  const [from, to] = [Math.min(at(1), at(ratio)), Math.max(at(1), at(ratio))];
  return [
    `<rect x="${round(from)}" y="${y}" width="${round(Math.max(1, to - from))}" height="${BAR - 2}" fill="${color}"/>`,
    `<text class="small" x="${round(to + 4)}" y="${y + 10}">${times(ratio)}</text>`,
  ];
}

function round(number) {
  return Number(number.toFixed(1));
}
