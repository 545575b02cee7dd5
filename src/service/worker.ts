import { workerData } from 'node:worker_threads';
import { containerMemory } from '../report/container-memory.ts';
import { SERVICE_LOST_LINES, viewsOf } from '../report/ledger/layout.ts';
import { readLedger } from '../report/ledger/read.ts';
import { createLog } from '../report/log.ts';
import { serveControl } from './control.ts';
import { serveMetrics } from './metrics-port.ts';
import { createRoutes } from './routes.ts';
import type { ServiceData } from './start.ts';
import { openStderr } from './stderr.ts';
import { startWatch } from './watch.ts';

/** The service's thread: it has an event loop, and nothing that happens to it happens to the init. */
const data = workerData as ServiceData;
const numbers = data.ledger && viewsOf(data.ledger.memory).numbers;
const log = createLog({
  ...data,
  write: openStderr(),
  lost: () => {
    if (numbers) numbers[SERVICE_LOST_LINES]!++;
  },
});

process.on('uncaughtException', trouble);
process.on('unhandledRejection', trouble);

if (data.ledger) {
  const { ledger, control, metrics } = data;
  const memory = containerMemory();
  const routes = createRoutes(() => readLedger(ledger, memory));
  if (control !== undefined) serveControl(control, routes, log, data.socket);
  if (metrics) serveMetrics(metrics, routes, log);
}
if (data.watch !== undefined) startWatch(data.watch, data.pid, log);

data.runs[0] = 1;

function trouble(error: unknown): void {
  const text = error instanceof Error ? error.stack : error;
  log.error(`the service goes on after an error of its own: ${text}`, { event: 'service' });
}
