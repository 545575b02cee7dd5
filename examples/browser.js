// A program as many are that make pages with a browser (puppeteer, playwright): each browser is a tree of processes, and
// when its first is killed, the others become orphans. As PID 1, in a container or by hand:
//
//   unshare --pid --fork --mount-proc node examples/browser.js                            7 zombies for each browser
//   unshare --pid --fork --mount-proc node --import sexton/register examples/browser.js   none
//
// Debian: apt-get install -y --no-install-recommends chromium. CHROMIUM is its path, if it is not in PATH.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const BROWSERS = 3;
const OPTIONS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--remote-debugging-port=0'];

for (let count = 1; count <= BROWSERS; count++) {
  const browser = await launch();
  await close(browser);
  // Its processes end one after the other, and are then reaped, or not.
  for (let waited = 0; waited < 2000 && (waited < 300 || zombies().length > 0); waited += 100) await sleep(100);
  console.log(`browser ${count} closed: ${zombies().length} zombies`);
}
process.exit();

/** Resolves when the browser is ready for commands. */
function launch() {
  const browser = spawn(process.env.CHROMIUM ?? 'chromium', [...OPTIONS, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  return new Promise((resolve, reject) => {
    let said = '';
    browser.stderr.on('data', text => {
      said += text;
      if (/DevTools listening on ws:/.test(said)) resolve(browser);
    });
    browser.on('error', reject).on('exit', () => reject(new Error(`the browser ended at once:\n${said}`)));
  });
}

/** As puppeteer does it: SIGKILL to the process group, and wait for the first process, the only one that is our child. */
function close(browser) {
  return new Promise(resolve => {
    browser.removeAllListeners('exit').on('exit', resolve);
    process.kill(-browser.pid, 'SIGKILL');
  });
}

function zombies() {
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').split(' ').filter(Boolean);
  return children.filter(pid => /^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8')));
}
