/** The programs that are tried here, as docs/reliability.md has them; its table is held to this by a test. */

interface Row {
  readonly program: string;
  /** What it is doing when the stop comes. */
  readonly busy: string;
  /** How it is stopped. */
  readonly stop: string;
  readonly status: number;
}

export const PROGRAMS = {
  mariadb: {
    program: 'MariaDB',
    busy: 'queries of four clients',
    stop: 'TERM, `--user mysql`',
    status: 0,
  },
  postgresql: {
    program: 'PostgreSQL',
    busy: 'pgbench with four clients, and an open session',
    stop: 'TERM as INT (`--rewrite TERM:INT`), `--user postgres`: a fast shutdown',
    status: 0,
  },
  nginx: {
    program: 'nginx',
    busy: 'eight clients, three reloads (HUP), a long download',
    stop: 'TERM as QUIT (`--rewrite TERM:QUIT --single-child`): gracefully',
    status: 0,
  },
  redis: {
    program: 'Redis',
    busy: 'redis-benchmark',
    stop: 'TERM: it saves',
    status: 0,
  },
  cluster: {
    program: 'Node, `node:cluster`',
    busy: 'requests, each of which leaves an orphan; a worker was killed',
    stop: 'TERM to all of the group: what has begun is answered',
    status: 0,
  },
  chromium: {
    program: 'Chromium, headless',
    busy: 'three browsers, killed as puppeteer does it',
    stop: 'by itself',
    status: 0,
  },
  pipeline: {
    program: '`sh -c`, pipelines',
    busy: 'one pipeline after the other, some in the background',
    stop: 'TERM to all of the group, `--wait group`',
    status: 143,
  },
  npm: {
    program: '`npm start`',
    busy: 'a request',
    stop: 'TERM to all of the group; npm ends at once, and with `--wait group` what has begun is answered',
    status: 143,
  },
  java: {
    program: 'Java, `rmiregistry`',
    busy: 'connections, and thread dumps (QUIT)',
    stop: 'TERM',
    status: 143,
  },
} as const satisfies Readonly<Record<string, Row>>;

export function programsTable(): string {
  const rows: Row[] = Object.values(PROGRAMS);
  return [
    '| Program | Busy with | Stop | Exit status |',
    '|---|---|---|---|',
    ...rows.map(({ program, busy, stop, status }) => `| ${program} | ${busy} | ${stop} | ${status} |`),
  ].join('\n');
}
