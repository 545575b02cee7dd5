// The figures as a table in Markdown.
const HEAD = [
  ...['', 'orphans reaped', 'signals passed on', 'minutes', 'CPU, s', 'resident, MiB', 'of it anonymous, MiB'],
  ...['descriptors', 'threads', 'zombies at most', 'in the end'],
];

export function markdown(results, { orphans, signals }, { cpu, cores, kernel, nodes }) {
  const rows = Object.entries(results).map(([name, figures]) => [name, ...cells(figures)]);
  const machine = `${cpu}, ${cores} cores, ${kernel}. Node ${nodes.join(', ')}.`;
  return [
    `${machine} ${count(orphans)} orphans and ${count(signals)} signals each.`,
    '',
    ...[HEAD, HEAD.map(() => '---'), ...rows].map(row => `| ${row.join(' | ')} |`),
    ...notes(results),
  ].join('\n');
}

function cells({ result, seconds, medians, mostZombies, last }) {
  const { resident, anonymous, descriptors, threads } = medians;
  const mebibytes = number => (number / 1024).toFixed(number < 10_240 ? 2 : 1);
  return [
    count(result.orphans),
    `${count(result.received)} of ${count(result.sent)}`,
    (seconds / 60).toFixed(1),
    last.cpu.toFixed(1),
    between(resident.map(mebibytes)),
    between(anonymous.map(mebibytes)),
    between(descriptors),
    between(threads),
    count(mostZombies),
    last.zombies,
  ];
}

/** What a peer did not do, or sexton, and how often it was looked at. */
function notes(results) {
  const wrong = Object.entries(results).flatMap(([name, figures]) => figures.wrong.map(one => `- ${name}: ${one}`));
  return wrong.length > 0 ? ['', ...wrong] : [];
}

function between([before, after]) {
  return before === after ? String(after) : `${before} → ${after}`;
}

function count(number) {
  return number.toLocaleString('en');
}
