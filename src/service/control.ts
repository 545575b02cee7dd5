import { accessSync, lstatSync, unlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { reasonOf } from '../kernel/errors.ts';
import type { Log } from '../report/log.ts';
import { createHttpServer } from './http.ts';
import type { Routes } from './routes.ts';

/**
 * Serves the routes on a unix socket. One that nobody listens on any more is replaced; whatever else is there stays.
 * `identity` is given device and inode of what was made.
 */
export function serveControl(path: string, routes: Routes, log: Log, identity: BigUint64Array): void {
  const server = createHttpServer(routes.all);
  const refuse = (reason: string): void => log.warn(`--control ${bytes(path)}: ${reason}`, { event: 'control' });

  function listen(): void {
    server.listen(path, () => {
      const { dev, ino } = lstatSync(path, { bigint: true });
      identity.set([dev, ino]);
    });
  }

  function replace(): void {
    const probe = connect(path, () => {
      probe.destroy();
      refuse('another process listens there already');
    });
    probe.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNREFUSED') return refuse(reasonOf(error));
      try {
        unlinkSync(path);
        listen();
      } catch (reason) {
        refuse(reasonOf(reason as NodeJS.ErrnoException));
      }
    });
  }

  server.on('error', error => refuse(reasonOf(error)));
  try {
    // libuv would call it a lack of permission.
    accessSync(dirname(path));
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (!found) listen();
    else if (found.isSocket()) replace();
    else refuse('it exists and is no socket; remove it, or give another path');
  } catch (error) {
    refuse(reasonOf(error as NodeJS.ErrnoException));
  }
}

/** As the log wants its texts. */
function bytes(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
