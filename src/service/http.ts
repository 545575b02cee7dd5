import { createServer, type Server, type Socket } from 'node:net';

/**
 * As much of HTTP/1.1 as it takes to answer a GET: RFC 9112. One request a connection, and no more of it is read than
 * fits into 8 KiB, within two seconds: what clients can make this process hold is bounded, whatever they send.
 */

export interface Request {
  /** Without its query. */
  readonly path: string;
  readonly accept: string;
}

export interface Reply {
  readonly status: keyof typeof REASONS;
  readonly type: string;
  readonly body: string;
}

const REASONS = {
  200: 'OK',
  400: 'Bad Request',
  404: 'Not Found',
  405: 'Method Not Allowed',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
} as const;

const MOST_CONNECTIONS = 16;
const LONGEST_HEAD = 8192;
/** Milliseconds for a request; and as long again for taking the reply. */
const PATIENCE = 2000;

export function createHttpServer(answer: (request: Request) => Reply): Server {
  const server = createServer(socket => serve(socket, answer));
  // Those beyond are closed as they come.
  server.maxConnections = MOST_CONNECTIONS;
  return server;
}

export function plain(status: Reply['status'], text: string): Reply {
  return { status, type: 'text/plain; charset=utf-8', body: `${text}\n` };
}

function serve(socket: Socket, answer: (request: Request) => Reply): void {
  let head = '';
  const patience = setTimeout(() => socket.destroy(), PATIENCE);
  socket.on('close', () => clearTimeout(patience));
  // The client has gone.
  socket.on('error', () => {});
  socket.on('data', function read(chunk) {
    head += chunk.toString('latin1', 0, LONGEST_HEAD);
    const end = /\r?\n\r?\n/.exec(head)?.index ?? -1;
    if (end < 0 && head.length < LONGEST_HEAD) return;
    socket.off('data', read);
    patience.refresh();
    socket.write(end < 0 || end > LONGEST_HEAD ? message(plain(431, 'too much')) : respond(head.slice(0, end), answer));
    socket.destroySoon();
  });
}

function respond(head: string, answer: (request: Request) => Reply): Buffer {
  const [, method, path] = /^([A-Z]+) (\/[!-~]*) HTTP\/1\.[01]\r?(?:\n|$)/.exec(head) ?? [];
  if (method === undefined || path === undefined) return message(plain(400, 'this is no request of HTTP/1.1'));
  if (method !== 'GET' && method !== 'HEAD') return message(plain(405, 'only GET'), 'Allow: GET, HEAD\r\n');
  const accept = /^accept:(.*)$/im.exec(head)?.[1]?.trim() ?? '';
  const whole = message(answer({ path: path.replace(/\?.*/, ''), accept }));
  return method === 'GET' ? whole : whole.subarray(0, whole.indexOf('\r\n\r\n') + 4);
}

function message({ status, type, body }: Reply, more = ''): Buffer {
  const bytes = Buffer.from(body, 'utf8');
  const head = `HTTP/1.1 ${status} ${REASONS[status]}\r\nContent-Type: ${type}\r\nContent-Length: ${bytes.length}\r\n${more}Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), bytes]);
}
