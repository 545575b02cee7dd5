// Plays a scene at a real terminal, with a shell that is PID 1 of a PID namespace of its own, and notes what appears
// on the screen, where and when.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import headless from '@xterm/headless';

export const COLUMNS = 94;
export const ROWS = 14;

/** The clock of the recording, in milliseconds: keys come evenly, and nobody waits longer than this for output. */
const KEY = 45;
const LONGEST_SILENCE = 800;
/** How long the recorder waits for anything before it gives up. */
const PATIENCE = 60_000;

const SHELL = `stty sane cols ${COLUMNS} rows ${ROWS}; exec bash --norc --noprofile -i`;

/** Returns the pieces of text, each with `time`, `row`, `column`, `text` and `style`, and the time of the end. */
export async function record(scene, { pty, folder, environment, output }) {
  const child = spawn(pty, ['-n', 'sh', '-c', SHELL], {
    cwd: folder,
    env: environment,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const screen = watchScreen(child.stdout);
  try {
    await until(screen.hasPrompt, 'the shell has no prompt');
    for (const { type, settled, until: wanted = '', read } of scene.steps) {
      const before = screen.text().length;
      for (const key of type) {
        const shown = screen.text();
        screen.elapse(KEY);
        child.stdin.write(key);
        await until(() => screen.text() !== shown || key === ' ', `'${key}' is not echoed`);
      }
      await until(() => screen.text().endsWith(`$ ${type}`), `'${type}' is not on the screen`);
      screen.elapse(4 * KEY);
      child.stdin.write('\r');
      const isDone = () =>
        screen.text().slice(before).replace(/\s+/g, ' ').includes(wanted) &&
        screen.hasPrompt() &&
        (!settled || (output().includes('left 5 helpers behind') && !hasLivingOrphans(child.pid)));
      await until(isDone, `'${type}' does not come to its end`);
      screen.elapse(read);
    }
    return screen.recording();
  } catch (error) {
    throw new Error(`${error.message}:\n${screen.text()}`);
  } finally {
    child.kill('SIGKILL');
  }
}

function watchScreen(stream) {
  const terminal = new headless.Terminal({ cols: COLUMNS, rows: ROWS, allowProposedApi: true });
  const pieces = [];
  const seen = new Map();
  let time = 0;
  let last = Date.now();
  stream.on('data', data => {
    terminal.write(data, () => {
      time += Math.min(Date.now() - last, LONGEST_SILENCE);
      last = Date.now();
      for (const piece of newPieces(terminal.buffer.active, seen)) pieces.push({ time, ...piece });
    });
  });
  const line = row => terminal.buffer.active.getLine(row).translateToString(true);
  return {
    /** Lets so much time go by in the recording, whatever went by here. */
    elapse(duration) {
      time += duration;
      last = Date.now();
    },
    text: () =>
      Array.from({ length: ROWS }, (_, row) => line(row))
        .join('\n')
        .trimEnd(),
    hasPrompt: () => terminal.buffer.active.cursorX === 2 && line(terminal.buffer.active.cursorY).trimEnd() === '$',
    recording: () => ({ pieces, duration: time }),
  };
}

/** What has appeared since, in pieces of one style, without wide gaps. A scene only ever adds to its screen: that is how it is drawn. */
function newPieces(buffer, seen) {
  if (buffer.baseY > 0) throw new Error(`a scene has more than ${ROWS} lines`);
  const found = [];
  for (let row = 0; row < ROWS; row++) {
    let piece;
    for (let column = 0; column < COLUMNS; column++) {
      const cell = buffer.getLine(row).getCell(column);
      const text = cell.getChars() || ' ';
      const place = row * COLUMNS + column;
      if (text === (seen.get(place) ?? ' ')) {
        if (text !== ' ' || piece?.text.endsWith(' ')) piece = undefined;
        else if (piece) piece.text += ' ';
        continue;
      }
      if (seen.has(place)) throw new Error(`'${seen.get(place)}' is overwritten at line ${row + 1}`);
      seen.set(place, text);
      const style = styleOf(cell);
      if (piece?.style === style) piece.text += text;
      else {
        piece = { row, column, style, text };
        found.push(piece);
      }
    }
  }
  return found.map(piece => ({ ...piece, text: piece.text.trimEnd() }));
}

function styleOf(cell) {
  if (cell.isFgPalette()) return cell.getFgColor() === 1 ? 'red' : 'green';
  if (cell.isBold()) return 'bold';
  return cell.isDim() ? 'dim' : '';
}

/** Whether one of those that the program left behind still runs: is anything but a zombie. */
function hasLivingOrphans(pid) {
  return childrenOf(pid).some(child => {
    const stat = readFile(`/proc/${child}/stat`);
    return /\(sleep\) [^Z]/.test(stat) || hasLivingOrphans(child);
  });
}

function childrenOf(pid) {
  return readFile(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean);
}

/** '' when it is gone. */
function readFile(path) {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

async function until(isSo, otherwise) {
  const deadline = Date.now() + PATIENCE;
  while (!isSo()) {
    if (Date.now() > deadline) throw new Error(otherwise);
    await sleep(5);
  }
}
