import { isUnreaped } from '../kernel/kernel.ts';
import { commandLine, uptime } from '../kernel/procfs.ts';
import { harmlessJson } from '../report/harmless-json.ts';
import type { Status } from '../report/status.ts';
import { type Culprit, findCulprits } from '../report/zombies.ts';
import { plain, type Reply, type Request } from './http.ts';
import { lookAtProcesses } from './look.ts';
import { metricsReply } from './metrics.ts';
import { pidUsageReader } from './pids.ts';

/** What is answered at each path. */
export interface Routes {
  /** On the control socket. */
  all(request: Request): Reply;
  /** On the port: only /metrics. */
  metrics(request: Request): Reply;
}

const TEXT = `sexton's control socket:
  GET /status   what it knows of its container, as JSON
  GET /zombies  the parents that do not wait for their children, as JSON
  GET /metrics  for Prometheus`;

/** Milliseconds for which a look through /proc is good enough: asking all the time must not keep a core busy. */
const FRESH = 1000;

/** Of a text in a reply: a command line may have megabytes. */
const LONGEST = 4096;

export function createRoutes(status: () => Status): Routes {
  const readPidUsage = pidUsageReader();
  let seen: Zombies | undefined;
  let looked = 0;

  function zombies(): Zombies {
    const now = performance.now();
    if (!seen || now - looked > FRESH) {
      seen = lookForZombies();
      looked = now;
    }
    return seen;
  }

  function metrics({ accept }: Request): Reply {
    return metricsReply({ status: status(), zombies: zombies().count, pids: readPidUsage() }, accept);
  }

  return {
    all(request) {
      if (request.path === '/') return plain(200, TEXT);
      if (request.path === '/status') return json(status());
      if (request.path === '/zombies') return json({ culprits: zombies().culprits });
      if (request.path === '/metrics') return metrics(request);
      return plain(404, 'there are /status, /zombies and /metrics');
    },
    metrics: request => (request.path === '/metrics' ? metrics(request) : plain(404, 'there is /metrics')),
  };
}

interface Zombies {
  /** undefined where /proc does not tell. */
  readonly count: number | undefined;
  readonly culprits: readonly Culprit[];
}

function lookForZombies(): Zombies {
  const processes = lookAtProcesses(process.pid);
  if (!processes) return { count: undefined, culprits: [] };
  return {
    count: processes.filter(isUnreaped).length,
    culprits: findCulprits(processes, { now: uptime(), commandLine }),
  };
}

function json(value: unknown): Reply {
  const text = JSON.stringify(value, (_, inner) =>
    typeof inner === 'string' ? decoded(inner.slice(0, LONGEST)) : inner,
  );
  return { status: 200, type: 'application/json', body: `${harmlessJson(text)}\n` };
}

/** A byte string as text. */
function decoded(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
