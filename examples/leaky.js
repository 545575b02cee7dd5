// A program as many are: it leaves helpers behind in the background, waits for none, and has no handler for SIGTERM.
import { execFile } from 'node:child_process';

const HELPERS = 5;

let started = 0;
for (let helper = 0; helper < HELPERS; helper++) {
  execFile('sh', ['-c', 'sleep 0.3 >/dev/null 2>&1 &'], error => {
    if (error) throw error;
    if (++started === HELPERS) console.log(`left ${HELPERS} helpers behind`);
  });
}

setInterval(() => {}, 1000);
