import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHttpServer, plain } from '../../../src/service/http.ts';
import { holds, type Target } from '../target.ts';

const STATUSES = ['200', '400', '404', '405', '431'];
/** It parts what is sent into several writes. */
const CUT = 0xff;

let folder = '';
let server: Server | undefined;
let asked = 0;

/** Requests in pieces, on a real socket: nothing comes back, or one whole answer, for at most one question. */
export const http: Target = {
  seeds: [
    'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
    'GE\xffT /status?a=b HTTP/1.0\r\n\xff\r\n',
    'HEAD /metrics HTTP/1.1\nAccept: application/openmetrics-text\n\n',
    'POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc',
    'GET / HTTP/1.1\r\n\r\nGET /status HTTP/1.1\r\n\r\n',
    `GET / HTTP/1.1\r\nX: ${'x'.repeat(8200)}\r\n\r\n`,
  ],
  words: [
    '\r\n',
    '\n',
    '\r\n\r\n',
    '\xff',
    'GET ',
    ' HTTP/1.1',
    'Accept:',
    '/',
    '?',
    '%00',
    ' ',
    '\0',
    'Transfer-Encoding: chunked\r\n',
  ],
  async check(input) {
    const { status, body, head } = await exchange(input);
    if (status === undefined) return;
    holds(STATUSES.includes(status), `${status} is a status`);
    const length = Number(/^Content-Length: ([0-9]+)\r$/m.exec(head)?.[1]);
    holds(body.length === length || (body.length === 0 && input.includes('HEAD')), 'the answer is as long as it says');
    // Of the answer's own lines: nothing that was asked gets into them.
    holds(
      head.split('\r\n').every(line => /^(HTTP\/1\.1 [0-9]{3}|[A-Z][A-Za-z-]+:) [ -~]+$/.test(line)),
      'its head is ours',
    );
    holds(asked <= 1, 'one request is answered');
  },
  end() {
    server?.close();
    server = undefined;
    if (folder) rmSync(folder, { recursive: true });
    folder = '';
  },
};

async function exchange(input: Buffer): Promise<{ status?: string | undefined; head: string; body: string }> {
  const path = await listening();
  asked = 0;
  const reply = await new Promise<string>((resolve, reject) => {
    let reply = '';
    const socket = connect(path, async () => {
      for (const piece of pieces(input)) await new Promise<unknown>(written => socket.write(piece, written));
      socket.end();
    });
    socket.on('data', chunk => {
      reply += chunk.toString('latin1');
    });
    // It was closed before it had been told everything.
    socket.on('error', () => {});
    socket.on('close', () => resolve(reply));
    socket.setTimeout(20_000, () => reject(new Error('does not hold: a connection ends')));
  });
  const end = reply.indexOf('\r\n\r\n');
  holds(reply === '' || end > 0, 'an answer is whole');
  const head = reply.slice(0, end);
  return { status: reply === '' ? undefined : head.slice(9, 12), head, body: reply.slice(end + 4) };
}

async function listening(): Promise<string> {
  if (!server) {
    folder = mkdtempSync(join(tmpdir(), 'sexton-fuzz-'));
    server = createHttpServer(({ path, accept }) => {
      asked++;
      holds(/^\/[!-~]*$/.test(path) && !path.includes('?') && !/[\r\n]/.test(accept), 'a request is parsed');
      return plain(path === '/' ? 200 : 404, accept.includes('text') ? 'gr\u00fc\u00dfe' : 'ok');
    });
    await new Promise<void>(resolve => {
      server!.listen(join(folder, 'socket'), resolve);
    });
  }
  return join(folder, 'socket');
}

function pieces(input: Buffer): Buffer[] {
  const found: Buffer[] = [];
  let begin = 0;
  for (let end = input.indexOf(CUT); end >= 0; end = input.indexOf(CUT, begin)) {
    found.push(input.subarray(begin, end));
    begin = end + 1;
  }
  return [...found, input.subarray(begin)].filter(piece => piece.length > 0);
}
