import { readText } from '../kernel/procfs.ts';
import { findCgroup } from './cgroup.ts';

/** What our cgroup tells of memory: cgroups(7). Everything is undefined where no cgroup tells. */
export interface ContainerMemory {
  /** How many of its processes the kernel's OOM killer has taken, ever, for whatever want of memory. */
  oomKills(): number | undefined;
  /** The most bytes that were ever in use in it at once, caches included. */
  peak(): number | undefined;
  /** The bytes that it may use; undefined without a limit too. */
  limit(): number | undefined;
}

const FILES = {
  1: { kills: 'memory.oom_control', peak: 'memory.max_usage_in_bytes', limit: 'memory.limit_in_bytes' },
  2: { kills: 'memory.events', peak: 'memory.peak', limit: 'memory.max' },
} as const;

export function containerMemory(): ContainerMemory {
  const cgroup = findCgroup('memory');
  if (!cgroup) return { oomKills: () => undefined, peak: () => undefined, limit: () => undefined };
  const files = FILES[cgroup.version];
  const read = (file: string) => readText(`${cgroup.directory}/${file}`);
  return {
    oomKills: () => parseOomKills(read(files.kills)),
    peak: () => parseBytes(read(files.peak)),
    limit: () => parseBytes(read(files.limit)),
  };
}

/** The line `oom_kill N`; version 1 has it since Linux 4.13. */
export function parseOomKills(text: string | undefined): number | undefined {
  const [, count] = /^oom_kill ([0-9]+)$/m.exec(text ?? '') ?? [];
  return count === undefined ? undefined : Number(count);
}

/** `max`, and what version 1 has for it: the largest number of whole pages. */
export function parseBytes(text: string | undefined): number | undefined {
  if (text === undefined || !/^[0-9]+\n?$/.test(text)) return undefined;
  const bytes = Number(text);
  return bytes >= 2 ** 60 ? undefined : bytes;
}
