import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ask, controlSocket } from '../../../src/ctl/control.ts';
import { metrics } from '../../../src/ctl/metrics.ts';
import { status } from '../../../src/ctl/status.ts';
import { columns, terminalOf } from '../../../src/ctl/terminal.ts';

const terminal = terminalOf({}, {});
const recorded = readFileSync(join(import.meta.dirname, '..', '..', 'fixtures', 'status.json'), 'utf8');

let folder: string;
let socket: string;
let server: Server | undefined;
const connections = new Set<Socket>();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sextonctl-'));
  socket = join(folder, 'sexton.sock');
});
afterEach(async () => {
  for (const connection of connections) connection.destroy();
  connections.clear();
  if (server) await new Promise(resolve => server!.close(resolve));
  server = undefined;
  rmSync(folder, { recursive: true });
});

/** Answers by path; anything else is not found. */
function serve(answers: Readonly<Record<string, string>>): Promise<void> {
  return listen(
    createHttpServer((request, response) => {
      const answer = answers[request.url!];
      const isAsked = request.headers.accept?.includes('application/openmetrics-text');
      response.writeHead(answer === undefined ? 404 : 200).end(isAsked ? answer : 'the older format');
    }),
  );
}

/** Lets the function have each connection. */
function serveRaw(answer: (connection: Socket) => void): Promise<void> {
  return listen(createServer(answer));
}

function listen(made: Server): Promise<void> {
  server = made.on('connection', connection => {
    connections.add(connection);
    connection.on('error', () => {});
  });
  return new Promise(resolve => made.listen(socket, resolve));
}

describe('status', () => {
  it('gives the account that sexton gave, to programs', async () => {
    await serve({ '/status': recorded });
    expect(JSON.parse(await status(socket, { json: true }, terminal))).toEqual(JSON.parse(recorded));
  });

  it('tells it to people, with the zombies where sexton knows them', async () => {
    const culprits = [{ pid: 42, command: 'node server.js', zombies: 200 }];
    await serve({ '/status': recorded, '/zombies': JSON.stringify({ culprits }) });
    const text = await status(socket, {}, terminal);
    expect(text).toMatch(/^sexton 0\.1\.0, PID 1, up /);
    expect(text).toMatch(/SIGTERM +1 +1 +SIGQUIT +outside the container, uid 0/);
    expect(text).toMatch(/^ +42 +200 {2}node server\.js$/m);
  });

  it('does without the zombies', async () => {
    await serve({ '/status': recorded });
    expect(await status(socket, {}, terminal)).not.toContain('ombies');
  });

  it('is harmless and narrow whatever the names', async () => {
    const known = JSON.parse(recorded);
    known.program.command = `\x1b[2J${'\u202e日本'.repeat(100)}`;
    known.signals[0].sender_name = 'a\nb\xff\x9b';
    known.orphans.commands[0].name = 'x'.repeat(500);
    await serve({ '/status': JSON.stringify(known) });
    const text = await status(socket, {}, terminal);
    expect(text).not.toMatch(/[^\P{C}\n]/u);
    for (const line of text.split('\n')) expect(columns(line)).toBeLessThanOrEqual(80);
  });

  it.each([
    ['<html>', 'no JSON'],
    ['null', 'not in its form'],
    ['{}', 'not in its form'],
    ['[]', 'not in its form'],
    [recorded.replace('"signals": [', '"signals": [null, '), 'not in its form'],
    [recorded.replace('"commands": [', '"commands": 7, "other": ['), 'not in its form'],
  ])('refuses %.30j: %s', async (answer, problem) => {
    await serve({ '/status': answer });
    await expect(status(socket, {}, terminal)).rejects.toThrow(problem);
  });
});

describe('metrics', () => {
  const text = '# TYPE sexton_orphans counter\nsexton_orphans_total 3\n# EOF\n';

  it('are the text, or the numbers as JSON', async () => {
    await serve({ '/metrics': text });
    expect(await metrics(socket, {})).toBe(text.trimEnd());
    expect(JSON.parse(await metrics(socket, { json: true }))).toMatchObject([{ samples: [{ value: 3 }] }]);
  });

  it('are not whatever comes', async () => {
    await serve({ '/metrics': '\x1b[2J' });
    await expect(metrics(socket, {})).rejects.toThrow('no OpenMetrics');
  });
});

describe('a control socket', () => {
  it('is that of the environment, or in /run', () => {
    expect(controlSocket({})).toBe('/run/sexton.sock');
    expect(controlSocket({ SEXTON_CONTROL: '' })).toBe('/run/sexton.sock');
    expect(controlSocket({ SEXTON_CONTROL: '/x' })).toBe('/x');
  });

  it('that is not there: what to do', async () => {
    await expect(ask(socket, '/status')).rejects.toThrow(`start sexton with --control ${socket}`);
  });

  it('that nobody listens at', async () => {
    writeFileSync(socket, '');
    await expect(ask(socket, '/status')).rejects.toThrow('nobody listens');
  });

  it.each([
    ['under a file', () => '/dev/null/socket'],
    ['with a name too long', () => `/${'x'.repeat(200)}`],
  ])('that cannot be: %s', async (_, path) => {
    await expect(ask(path(), '/status')).rejects.toThrow(/cannot be a socket|there is no socket/);
  });

  it('that never answers', async () => {
    await serveRaw(() => {});
    await expect(ask(socket, '/status', 100)).rejects.toThrow('no answer');
  });

  it('that answers drop by drop', async () => {
    await serveRaw(connection => {
      connection.write('HTTP/1.1 200 OK\r\n\r\n');
      const dripping = setInterval(() => connection.write('.'), 10);
      connection.on('close', () => clearInterval(dripping));
    });
    await expect(ask(socket, '/status', 100)).rejects.toThrow('no answer');
  });

  it('that answers without end', async () => {
    await serveRaw(connection => {
      const flood = (): void => {
        while (connection.write('x'.repeat(65_536)));
      };
      connection.write('HTTP/1.1 200 OK\r\n\r\n');
      connection.on('drain', flood);
      flood();
    });
    await expect(ask(socket, '/status', 20_000)).rejects.toThrow('does not end');
  });

  it('that speaks something else', async () => {
    await serveRaw(connection => connection.end('SSH-2.0-OpenSSH\r\n'));
    await expect(ask(socket, '/status')).rejects.toThrow('no HTTP');
  });

  it('that hangs up', async () => {
    await serveRaw(connection => connection.end());
    await expect(ask(socket, '/status')).rejects.toThrow('cannot ask');
  });

  it('that hangs up in the middle of its answer', async () => {
    await serveRaw(connection => connection.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{'));
    await expect(ask(socket, '/status')).rejects.toThrow('broke off');
  });

  it('of a sexton that does not know the question', async () => {
    await serve({});
    await expect(ask(socket, '/status')).rejects.toThrow('404');
  });
});
