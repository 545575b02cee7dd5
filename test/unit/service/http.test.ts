import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHttpServer } from '../../../src/service/http.ts';

const folder = mkdtempSync(join(tmpdir(), 'sexton-http-'));
const path = join(folder, 'socket');
const asked: string[] = [];
let server: Server;

beforeAll(async () => {
  server = createHttpServer(request => {
    asked.push(`${request.path} ${request.accept}`);
    return { status: 200, type: 'text/plain', body: 'gr\xfc\xdfe' };
  });
  await new Promise<void>(resolve => {
    server.listen(path, resolve);
  });
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

/** Sends it, and returns all that comes until the server closes. */
async function exchange(...parts: (string | Buffer)[]): Promise<string> {
  const socket = connect(path);
  let reply = '';
  socket.on('data', chunk => {
    reply += chunk;
  });
  socket.on('error', () => {});
  const closed = new Promise(resolve => socket.on('close', resolve));
  for (const part of parts) await new Promise(resolve => socket.write(part, resolve));
  await closed;
  return reply;
}

/** A connection on which nothing is said. */
function idle(): Promise<Socket> {
  return new Promise(resolve => {
    const socket = connect(path, () => resolve(socket));
    socket.on('error', () => {});
  });
}

describe('the little HTTP server', () => {
  it('answers a GET, tells its length and closes', async () => {
    expect(await exchange('GET /status?x=1 HTTP/1.1\r\nHost: x\r\nACCEPT:  a/b \r\n\r\n')).toBe(
      'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 7\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\ngr\xfc\xdfe',
    );
    expect(asked.splice(0)).toEqual(['/status a/b']);
  });

  it('takes a request in pieces, and bare newlines', async () => {
    expect(await exchange('GE', 'T / HT', 'TP/1.0\r', '\n\r\n')).toMatch(/^HTTP\/1.1 200 /);
    expect(await exchange('GET / HTTP/1.1\n\n')).toMatch(/^HTTP\/1.1 200 /);
    asked.splice(0);
  });

  it('answers HEAD without a body', async () => {
    expect(await exchange('HEAD / HTTP/1.1\r\n\r\n')).toMatch(/Content-Length: 7\r\n.*\r\n\r\n$/s);
    asked.splice(0);
  });

  it.each([
    ['POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello', 405],
    ['GET http://x/ HTTP/1.1\r\n\r\n', 400],
    ['GET / HTTP/2.0\r\n\r\n', 400],
    ['GET /a b HTTP/1.1\r\n\r\n', 400],
    ['GET /\x1b HTTP/1.1\r\n\r\n', 400],
    ['\x16\x03\x01\x02\0\r\n\r\n', 400],
    [`GET / HTTP/1.1\r\nX: ${'x'.repeat(9000)}`, 431],
    [`GET / HTTP/1.1\r\nX: ${'x'.repeat(9000)}\r\n\r\n`, 431],
  ])('refuses %j with %i', async (text, status) => {
    expect(await exchange(text)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(asked).toEqual([]);
  });

  it('answers the first of many requests, and reads no more', async () => {
    expect((await exchange('GET /a HTTP/1.1\r\n\r\n'.repeat(5))).match(/HTTP\/1.1 /g)).toHaveLength(1);
    expect(asked.splice(0)).toEqual(['/a ']);
  });

  it('closes what says nothing, or too little, after two seconds', async () => {
    const before = performance.now();
    const slow = idle().then(async socket => {
      const drip = setInterval(() => socket.write('G'), 100);
      await new Promise(resolve => socket.on('close', resolve));
      clearInterval(drip);
    });
    const silent = idle().then(socket => new Promise(resolve => socket.resume().on('close', resolve)));
    await Promise.all([slow, silent]);
    expect(performance.now() - before).toBeGreaterThan(1900);
  });

  it('has at most 16 at a time, and closes the others at once', async () => {
    const sockets = await Promise.all(Array.from({ length: 20 }, idle));
    let closed = 0;
    for (const socket of sockets) socket.resume().on('close', () => closed++);
    await expect.poll(() => closed).toBeGreaterThanOrEqual(4);
    server.getConnections((_, count) => expect(count).toBeLessThanOrEqual(16));
    for (const socket of sockets) socket.destroy();
    await expect.poll(() => exchange('GET / HTTP/1.1\r\n\r\n')).toMatch(/^HTTP\/1.1 200 /);
  });
});
