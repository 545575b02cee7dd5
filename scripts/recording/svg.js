// Recordings as a picture that moves: CSS alone, no script, so that it works as an <img>.
import { COLUMNS, ROWS } from './terminal.js';

/** How wide a character is. */
export const CELL = 8.4;
const [LINE, MARGIN, BAR] = [18, 16, 30];
const NOTE = 'container: unshare(1), in a cgroup';
const WIDTH = Math.round(2 * MARGIN + COLUMNS * CELL);
const HEIGHT = BAR + 2 * MARGIN + ROWS * LINE;

/**
 * One loop shows scene after scene. Every piece of text has the same animation, half the loop shown and half hidden,
 * and begins it at its own time; its scene hides what is not of this half. So no scene may take more than half.
 */
export function picture(scenes) {
  const total = scenes.reduce((sum, { duration }) => sum + duration, 0);
  if (scenes.some(({ duration }) => duration > total / 2)) throw new Error('a scene takes more than half of the time');
  let start = 0;
  const drawn = scenes.map((scene, index) => {
    const from = start;
    start += scene.duration;
    const opacities = { [percent(0)]: 0, [percent(from)]: 1, [percent(start)]: 0 };
    const steps = Object.entries(opacities).map(([at, opacity]) => `${at}{opacity:${opacity}}`);
    const style = `@keyframes s${index}{${steps.join('')}}`;
    return { style, lines: sceneLines(scene, index, from, total) };
  });
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="title">`,
    `<title id="title">sexton at a terminal: ${scenes.map(({ title }) => title).join('; ')}</title>`,
    '<style>',
    'text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#d5dae3}',
    '.title,.note{font:600 13px system-ui,sans-serif;fill:#9aa3b2;text-anchor:middle}',
    '.note{font-weight:400;fill:#7d8798;text-anchor:end}',
    '.red{fill:#ff8f88}.green{fill:#7fd19b}.bold{font-weight:700;fill:#fff}.dim{fill:#8b94a5}',
    `g{opacity:0;animation:${seconds(total)} step-end infinite}g:last-of-type{opacity:1}`,
    `g>text+text{animation:on ${seconds(total)} step-end infinite}`,
    '@keyframes on{0%{visibility:visible}50%,100%{visibility:hidden}}',
    ...drawn.map(({ style }) => style),
    ...drawn.map((_, index) => `.s${index}{animation-name:s${index}}`),
    '@media(prefers-reduced-motion:reduce){g,g>text+text{animation:none}}',
    '</style>',
    `<rect x=".5" y=".5" width="${WIDTH - 1}" height="${HEIGHT - 1}" rx="8" fill="#161b24" stroke="#3b4454"/>`,
    `<path d="M1 ${BAR}H${WIDTH - 1}" stroke="#3b4454"/>`,
    `<text class="note" x="${WIDTH - MARGIN}" y="20">${NOTE}</text>`,
    ...drawn.flatMap(({ lines }) => lines),
    '</svg>',
  ].join('\n')}\n`;

  function percent(time) {
    return `${Number(((100 * time) / total).toFixed(3))}%`;
  }
}

function sceneLines({ title, pieces }, index, from, total) {
  return [
    `<g class="s${index}">`,
    `<text class="title" x="${WIDTH / 2}" y="20">${escaped(title)}</text>`,
    ...pieces.map(({ time, row, column, text, style }) => {
      const name = style && ` class="${style}"`;
      const x = Number((MARGIN + column * CELL).toFixed(1));
      const y = BAR + MARGIN + 13 + row * LINE;
      // The columns stay where they are, whatever the font is.
      const length = text.length > 1 ? ` textLength="${Number((text.length * CELL).toFixed(1))}"` : '';
      const delay = seconds(from + time - total);
      return `<text${name} x="${x}" y="${y}"${length} style="animation-delay:${delay}">${escaped(text)}</text>`;
    }),
    '</g>',
  ];
}

function seconds(time) {
  return `${Number((time / 1000).toFixed(2))}s`;
}

function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
