// One init under the load, from its start to its end.
import { request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { start } from '../../bench/container.js';
import { growth, quarters, sample } from './samples.js';

/** How often it is looked at, and asked, in milliseconds. */
const OFTEN = 100;
const SELDOM = 1000;
/** Exit status 7, as wait(2) has it: load.c. */
const WAIT_STATUS = 7 << 8;

/** Returns what was counted and measured, and in `wrong` all that is not as it must be. */
export async function soak(init, load, { orphans, signals }) {
  const began = performance.now();
  const container = start(init, [load, orphans, signals, ...init.signals].map(String));
  let hasEnded = false;
  container.ended.then(() => {
    hasEnded = true;
  });
  try {
    const pid = await container.pid();
    await container.says(/^ready$/m);
    const samples = [];
    let requests = 0;
    while (!/^result .*\n/m.test(container.said)) {
      if (hasEnded) throw new Error(`${init.name} has ended: ${container.stderr.slice(-1000)}`);
      samples.push(sample(pid));
      if (init.tells) requests += await ask(init.tells);
      await pause(orphans > 100_000 ? SELDOM : OFTEN);
    }
    const seconds = (performance.now() - began) / 1000;
    const result = JSON.parse(/^result (.*)$/m.exec(container.said)[1]);
    const last = sample(pid);
    const status = init.tells && JSON.parse(await get({ socketPath: init.tells.socket, path: '/status' }));
    container.go();
    await container.ended;
    const told = init.tells ? { status, lines: linesOf(container.stderr) } : undefined;
    const medians = quarters(samples);
    const wrong = [
      ...miscounts(result, { orphans, signals }),
      ...(told ? mistold(told, { orphans, signals }) : container.stderr ? [`said: ${container.stderr}`] : []),
      ...(last.zombies === 0 ? [] : [`${last.zombies} zombies are left`]),
      ...(container.said.endsWith(` ${WAIT_STATUS}\n`) ? [] : ['the exit status is not that of the program']),
      ...growth(medians, init.mayGrow),
    ];
    const most = Math.max(...samples.map(one => one.zombies));
    return { result, seconds, samples, medians, mostZombies: most, last, requests, wrong };
  } finally {
    await container.kill();
  }
}

function miscounts(result, { orphans, signals }) {
  return [
    ...(result.orphans === orphans ? [] : [`${result.orphans} of ${orphans} orphans were reaped`]),
    ...(result.sent === signals ? [] : [`${result.sent} of ${signals} signals were sent`]),
    ...result.wrong.map(([signal, sent, received]) => `signal ${signal}: ${sent} sent, ${received} received`),
  ];
}

/** Its own account against what was made: the control socket's, that of --report, and the lines of -v. */
function mistold({ status, lines }, { orphans, signals }) {
  const report = lines.find(({ event }) => event === 'report');
  const forwarded = lines.filter(({ event }) => event === 'forwarded').length;
  const sum = key => status.signals.reduce((total, one) => total + one[key], 0);
  const told = {
    'orphans of /status': [status.orphans.reaped, orphans],
    'orphans of --report': [report?.orphans.reaped, orphans],
    'received of /status': [sum('received'), signals],
    'forwarded of /status': [sum('forwarded'), signals],
    'lines of -v, with those that stderr had no room for': [forwarded + status.lost_lines, signals],
    'errors of --report': [report?.errors, 0],
  };
  // A pipe that is read too slowly, and a batch's parent that is slow to leave its children, are not sexton's doing.
  const warnings = lines.filter(({ level, event }) => level >= 40 && event !== 'lost' && event !== 'zombies');
  return [
    ...Object.entries(told).flatMap(([name, [is, wanted]]) => (is === wanted ? [] : [`${name}: ${is}, not ${wanted}`])),
    ...warnings.map(({ msg }) => `warned: ${msg}`),
  ];
}

function linesOf(stderr) {
  return stderr
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line));
}

/** One request of each kind; how many were answered. */
async function ask({ socket, metricsPort }) {
  const socketPath = socket;
  const asked = [
    { socketPath, path: '/status' },
    { socketPath, path: '/zombies' },
    { socketPath, path: '/metrics' },
    { port: metricsPort, path: '/metrics' },
  ];
  const answers = await Promise.allSettled(asked.map(get));
  return answers.filter(({ status }) => status === 'fulfilled').length;
}

function get(options) {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', agent: false, timeout: 10_000, ...options }, response => {
      let text = '';
      response.setEncoding('utf8').on('data', chunk => {
        text += chunk;
      });
      response.on('end', () => resolve(text)).on('error', reject);
    });
    asked
      .on('timeout', () => asked.destroy(new Error('no answer')))
      .on('error', reject)
      .end();
  });
}
