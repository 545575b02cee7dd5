// What PID 1 holds, again and again, and whether it becomes more.
import { readdirSync, readFileSync } from 'node:fs';
import { cpu, memory } from '../../bench/container.js';
import { median } from '../../bench/statistics.js';

/** Memory in KiB, CPU in seconds. */
export function sample(pid) {
  const { Rss, Anonymous } = memory(pid);
  return {
    resident: Rss,
    anonymous: Anonymous,
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    threads: readdirSync(`/proc/${pid}/task`).length,
    zombies: zombies(pid),
    cpu: cpu(pid) / 1e9,
  };
}

/** The medians of the second and of the last quarter. */
export function quarters(samples) {
  const quarter = number => samples.slice(((number - 1) * samples.length) / 4, (number * samples.length) / 4);
  return Object.fromEntries(
    ['resident', 'anonymous', 'descriptors', 'threads'].map(key => [
      key,
      [2, 4].map(number => median(quarter(number).map(one => one[key]))),
    ]),
  );
}

/** What has grown by more than it may, in words. Descriptors and threads may not at all. */
export function growth(medians, anonymous) {
  return Object.entries({ anonymous, descriptors: 0, threads: 0 })
    .filter(([key, more]) => medians[key][1] > medians[key][0] + more)
    .map(([key]) => `${key} grew from ${medians[key][0]} to ${medians[key][1]}`);
}

/** Its own, that it has not reaped. */
function zombies(pid) {
  const children = read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean);
  return children.filter(child => /\) Z /.test(read(`/proc/${child}/stat`))).length;
}

function read(path) {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return ''; // it is gone meanwhile
  }
}
