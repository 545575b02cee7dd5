import { readText } from './procfs.ts';

/** Not worth a call below that. KiB. */
const WORTHWHILE = 64;

/** A mapping of a file that is not written to, with its lines in smaps: proc(5). */
const MAPPING = /^([0-9a-f]+)-([0-9a-f]+) r-[x-]p .* \/.*\n((?:\w+: .*\n)*)/gm;

/**
 * Gives back the pages of Node's code that its start took and that an init never needs again: some 30 MiB. They stay
 * in the page cache, and what is needed comes back by itself. An OOM killer that looks for the largest process of a
 * small container would else take its PID 1, and so the container, instead of the program that eats the memory.
 *
 * Only what is still as in its file: pages that the dynamic linker wrote to would be lost. `release` gets an address and
 * a length: sexton_release.
 */
export function releaseCode(release: (range: BigUint64Array) => void): void {
  const range = new BigUint64Array(2);
  for (const [, start, end, details] of (readText('/proc/self/smaps') ?? '').matchAll(MAPPING)) {
    // VmFlags come last: else the text was cut off.
    if (!/^VmFlags:/m.test(details!)) continue;
    if (/^(Anonymous|Private_Dirty|Shared_Dirty|Swap|Locked): *[1-9]/m.test(details!)) continue;
    if (Number(/^Rss: *([0-9]+)/m.exec(details!)?.[1] ?? 0) < WORTHWHILE) continue;
    range[0] = BigInt(`0x${start}`);
    range[1] = BigInt(`0x${end}`) - range[0];
    release(range);
  }
}
