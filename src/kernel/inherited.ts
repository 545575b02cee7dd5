import { readdirSync, readlinkSync } from 'node:fs';
import { readText } from './procfs.ts';
import { readRecord } from './record.ts';

/**
 * What we were started with, before Node made something else of it. Texts are byte strings (one character a
 * byte), since Node's own argv and env turn what is not UTF-8 into U+FFFD and drop variables of odd names.
 */
export interface Inherited {
  /** argv[0], the name that we were called by; of a script, its path without `.js`. */
  readonly calledAs: string;
  /** The arguments behind the script. */
  readonly arguments: readonly string[];
  /** NAME=value in the order, and with the duplicates, that execve gave us. */
  readonly environment: readonly string[];
  /** Open descriptors that are not Node's own. */
  readonly descriptors: readonly number[];
  /** The signals that were blocked, and ignored. */
  readonly blocked: readonly number[];
  readonly ignored: readonly number[];
  /** RLIMIT_NOFILE, whose soft limit Node raises; undefined: not known any more. */
  readonly descriptorLimit: { readonly soft: bigint; readonly hard: bigint } | undefined;
  readonly parent: number;
  /** Whether the launcher wrote all this down; else it is what could still be found out. */
  readonly isRecorded: boolean;
  /** The pid of the program, if the launcher has started it already (the fast lane); else 0. */
  readonly program: number;
}

/** What the launcher wrote down; without it, what can still be found out. */
export function readInherited(): Inherited {
  return readRecord() ?? findInherited();
}

function findInherited(): Inherited {
  return {
    calledAs: toByteString(process.argv[1] ?? 'sexton').replace(/\.js$/, ''),
    arguments: readArguments(),
    environment: readEnvironment(),
    descriptors: readDescriptors(),
    blocked: [],
    ignored: readIgnored(),
    descriptorLimit: undefined,
    parent: process.ppid,
    isRecorded: false,
    program: 0,
  };
}

/** A JavaScript string as bytes. */
export function toByteString(text: string): string {
  return /^[\0-\x7f]*$/.test(text) ? text : Buffer.from(text, 'utf8').toString('latin1');
}

function readArguments(): readonly string[] {
  const count = process.argv.length - 2;
  if (count === 0) return [];
  const all = readText('/proc/self/cmdline')?.split('\0').slice(0, -1);
  // Without /proc, what Node made of them must do.
  return all && all.length >= count ? all.slice(-count) : process.argv.slice(2).map(toByteString);
}

function readEnvironment(): readonly string[] {
  // Empty without variables. A Node with file capabilities may not read its own (EACCES).
  const all = readText('/proc/self/environ');
  if (all !== undefined) return all.split('\0').slice(0, -1);
  return Object.entries(process.env).map(([name, value]) => toByteString(`${name}=${value}`));
}

/** Node resets the ignored standard signals, but leaves the realtime ones alone. */
function readIgnored(): readonly number[] {
  const set = /^SigIgn:\t([0-9a-f]{16})$/m.exec(readText('/proc/self/status') ?? '')?.[1];
  const bits = BigInt(`0x${set ?? 0}`);
  return Array.from({ length: 33 }, (_, index) => 32 + index).filter(signal => (bits >> BigInt(signal - 1)) & 1n);
}

/**
 * Node sets FD_CLOEXEC on what it inherits, so the flag does not tell it from Node's own. But the lowest free
 * number is given out first, and Node begins with an epoll: what lies below that was there before. Above it,
 * Node's own are known by kind: epoll, eventfd, io_uring, pipes of which it holds both ends.
 * Only the launcher knows exactly.
 */
function readDescriptors(): readonly number[] {
  let entries: string[];
  try {
    entries = readdirSync('/proc/self/fd');
  } catch {
    return [0, 1, 2];
  }
  const links = new Map<number, string>();
  for (const fd of entries.map(Number).sort((a, b) => a - b)) {
    try {
      links.set(fd, readlinkSync(`/proc/self/fd/${fd}`, 'latin1'));
    } catch {
      // The descriptor of this very listing is closed by now.
    }
  }
  const standard = [links.get(0), links.get(1), links.get(2)];
  const higher = [...links].filter(([fd]) => fd > 2);
  const firstOwn = higher.find(([, link]) => /eventpoll/.test(link))?.[0] ?? 0;
  function isOwn([fd, link]: [number, string]): boolean {
    if (fd < firstOwn) return false;
    if (link.startsWith('pipe:'))
      return !standard.includes(link) && higher.some(([other, same]) => same === link && other !== fd);
    if (/^anon_inode:\[?(eventpoll|eventfd|io_uring)/.test(link)) return true;
    return mayHaveMore() && isCloseOnExec(fd);
  }
  return [0, 1, 2, ...higher.filter(entry => !isOwn(entry)).map(([fd]) => fd)];
}

/** Agents and the inspector open what they like; it has FD_CLOEXEC, as what was inherited has or has not. */
function mayHaveMore(): boolean {
  return process.execArgv.length > 0 || Boolean(process.env['NODE_OPTIONS']);
}

function isCloseOnExec(fd: number): boolean {
  const flags = /^flags:\s*([0-7]+)$/m.exec(readText(`/proc/self/fdinfo/${fd}`) ?? '')?.[1];
  return (Number.parseInt(flags ?? '0', 8) & 0o2000000) !== 0;
}
