// npm run recording: runs sexton at a terminal, as the scenes say, and writes what was to be seen there into
// docs/recording.svg. Takes root, for a cgroup with a memory limit. --check only looks whether it still says the same.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { maskedLines } from './recording/lines.js';
import { SCENES } from './recording/scenes.js';
import { picture } from './recording/svg.js';
import { record } from './recording/terminal.js';
import { makeWorld } from './recording/world.js';
import { buildIfOutdated, fail, installDependencies, root } from './set-up.js';

installDependencies();
buildIfOutdated();
const path = join(root, 'docs', 'recording.svg');
const now = picture(await recordings());
if (!process.argv.includes('--check')) writeFileSync(path, now);
else if (linesOf(now) !== linesOf(readFileSync(path, 'utf8')))
  fail(`docs/recording.svg is not what is printed now: npm run recording\n\n${linesOf(now)}`);

async function recordings() {
  const world = makeWorld();
  const done = [];
  try {
    for (const scene of SCENES) done.push({ title: scene.title, ...(await record(scene, world)) });
  } finally {
    await world.remove();
  }
  return done;
}

function linesOf(svg) {
  return maskedLines(svg).join('\n');
}
