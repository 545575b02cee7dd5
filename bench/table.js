// A measure as text, for a terminal.

export function text({ title, columns, rounds, inits: taken, skipped }, inits) {
  const labels = inits.map(({ label }) => label);
  const width = Math.max(...labels.map(label => label.length));
  const rows = inits.map(({ name, label }) => {
    const cells = columns.map(({ key, unit }) => (taken[name] ? cell(taken[name][key], unit) : ''));
    return `  ${label.padEnd(width)}  ${taken[name] ? cells.join('  ') : `skipped: ${skipped[name]}`}`;
  });
  const heads = columns.map(({ label = '' }) => label.padStart(38)).join('  ');
  const head = columns.length > 1 ? [`  ${''.padEnd(width)}  ${heads}`] : [];
  return [`${title} (${rounds} rounds; median, least to most, ratio to tini)`, ...head, ...rows, ''].join('\n');
}

function cell({ median, min, max, ratio }, unit) {
  const spread = `${figure(min)} to ${figure(max)}`;
  return `${`${figure(median)} ${unit}`.padStart(11)} ${spread.padStart(17)} ${times(ratio).padStart(8)}`;
}

export function times(ratio) {
  return ratio === undefined ? '' : `${figure(ratio)}×`;
}

/** Three digits that mean something. */
export function figure(number) {
  if (number === 0) return '0';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(number))));
  return number.toFixed(Math.min(digits, 3));
}
