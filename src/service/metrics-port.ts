import { reasonOf } from '../kernel/errors.ts';
import type { Log } from '../report/log.ts';
import { createHttpServer } from './http.ts';
import type { Routes } from './routes.ts';
import type { Address } from './start.ts';

/** Serves /metrics on a TCP port. */
export function serveMetrics({ host, port }: Address, routes: Routes, log: Log): void {
  const server = createHttpServer(routes.metrics);
  server.on('error', error => {
    const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
    log.warn(`--metrics ${address}: ${reasonOf(error)}`, { event: 'metrics' });
  });
  server.listen({ host, port });
}
