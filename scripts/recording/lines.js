// The lines of a picture, as somebody reads them: to tell whether two pictures say the same.
import { CELL } from './svg.js';
import { COLUMNS } from './terminal.js';

/** What differs from run to run. */
const MASKS = [
  [/\(\d+\)/g, '(PID)'],
  [/^ *\d+ +(\d+) +\d+[smh] /gm, 'PID $1 AGE '],
  [/\b[\d.]+ (ms|s)\b/g, 'TIME'],
  [/\b[\d.]+ [KM]iB\b/g, 'SIZE'],
];

/** Each scene's lines, without what differs from run to run. */
export function maskedLines(svg) {
  return [...svg.matchAll(/<g .*?<\/g>/gs)].flatMap(([scene]) => {
    const [title, ...pieces] = [...scene.matchAll(/<text([^>]*)>([^<]*)<\/text>/g)].map(([, attributes, text]) => ({
      column: Math.round(Number(/ x="([\d.]+)"/.exec(attributes)[1]) / CELL),
      y: Number(/ y="(\d+)"/.exec(attributes)[1]),
      text: text.replaceAll('&lt;', '<').replaceAll('&amp;', '&'),
    }));
    const screen = MASKS.reduce((text, [what, mask]) => text.replace(what, mask), screenText(pieces));
    return [title.text, ...screen.split('\n')];
  });
}

function screenText(pieces) {
  const left = Math.min(...pieces.map(({ column }) => column));
  const lines = new Map();
  for (const { y, column, text } of pieces) lines.set(y, (lines.get(y) ?? '').padEnd(column - left) + text);
  return [...lines.values()].map(line => (isWrapped(line) ? line.padEnd(COLUMNS) : `${line}\n`)).join('');
}

/** It goes on in the next, after a space that does not show, maybe. */
function isWrapped(line) {
  return line.length >= COLUMNS - 1;
}
