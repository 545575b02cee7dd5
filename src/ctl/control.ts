import { get } from 'node:http';
import { Failure } from '../failure.ts';

/** Milliseconds for the whole of an answer; bytes of it. */
const PATIENCE = 2000;
const LONGEST = 4 * 1024 * 1024;

/** Without being asked for OpenMetrics, whoever serves metrics gives the older format. */
const ACCEPT = 'application/json, application/openmetrics-text; version=1.0.0';

const DEFAULT_SOCKET = '/run/sexton.sock';

/** Where sexton's control socket is, if the command line does not say. */
export function controlSocket(environment: Readonly<Record<string, string | undefined>>): string {
  return environment['SEXTON_CONTROL'] || DEFAULT_SOCKET;
}

/** Asks sexton over its control socket. Throws a Failure in one line. */
export function ask(socket: string, path: string, patience = PATIENCE): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (problem: string): void => {
      clearTimeout(timer);
      reject(new Failure(problem));
      request.destroy();
    };
    const request = get({ socketPath: socket, path, headers: { accept: ACCEPT }, agent: false }, answer => {
      const chunks: Buffer[] = [];
      let length = 0;
      answer.on('error', error => fail(`the answer at ${socket} broke off: ${error.message}`));
      answer.on('data', (chunk: Buffer) => {
        length += chunk.length;
        if (length > LONGEST) fail(`${notSexton(socket)}: its answer does not end`);
        else chunks.push(chunk);
      });
      answer.on('end', () => {
        clearTimeout(timer);
        if (answer.statusCode === 200) resolve(Buffer.concat(chunks).toString('utf8'));
        else fail(`${socket} answers ${answer.statusCode} for ${path}: is it an older sexton?`);
      });
    });
    const timer = setTimeout(() => fail(`no answer at ${socket} within ${patience / 1000} s`), patience);
    request.on('error', (error: NodeJS.ErrnoException) => fail(trouble(error, socket)));
  });
}

/** Asks for JSON. `check` tells whether it is what it should be. */
export async function askJson<T>(socket: string, path: string, check: (value: unknown) => value is T): Promise<T> {
  const text = await ask(socket, path);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Failure(`${notSexton(socket)}: no JSON at ${path}`);
  }
  if (!check(value)) throw new Failure(`${notSexton(socket)}: ${path} is not in its form`);
  return value;
}

export function notSexton(socket: string): string {
  return `what answers at ${socket} does not speak as sexton does`;
}

function trouble({ code, message }: NodeJS.ErrnoException, socket: string): string {
  switch (code) {
    case 'ENOENT':
      return `there is no socket ${socket}: start sexton with --control ${socket}, or name another with --control PATH`;
    case 'ECONNREFUSED':
      return `nobody listens at ${socket}: is the sexton that made it gone? Start it with --control ${socket}`;
    case 'EACCES':
    case 'EPERM':
      return `${socket}: permission denied; it is for the user that sexton runs as, and for root`;
    case 'ENOTDIR':
    case 'EINVAL':
    case 'ENAMETOOLONG':
      return `'${socket}' cannot be a socket: ${message}`;
    default:
      return code?.startsWith('HPE_') ? `${notSexton(socket)}: no HTTP` : `cannot ask ${socket}: ${message}`;
  }
}
