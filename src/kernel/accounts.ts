import { readFileSync } from 'node:fs';
import type { Credentials } from './spawn-request.ts';

/** passwd(5) and group(5), read as gosu, su-exec and Docker's --user do. Texts are byte strings. */

export interface Account extends Credentials {
  readonly home: string;
}

export interface AccountFiles {
  readonly passwd: string;
  readonly group: string;
}

const SYSTEM: AccountFiles = { passwd: '/etc/passwd', group: '/etc/group' };

/**
 * USER or USER:GROUP, by name or number. A number needs no entry; then the group is the one that we have.
 * The supplementary groups are those that name the user, unless a group was given.
 * Returns what is unknown as text.
 */
export function findAccount(
  spec: string,
  ownGid: number,
  files = SYSTEM,
): Account | { readonly unknown: 'user' | 'group'; readonly name: string } {
  const colon = spec.indexOf(':');
  const userName = colon < 0 ? spec : spec.slice(0, colon);
  const groupName = colon < 0 ? undefined : spec.slice(colon + 1);
  const users = readTable(files.passwd, [2, 3]);
  const groups = readTable(files.group, [2]);
  const user = users.find(row => row[0] === userName) ?? users.find(row => row[2] === userName);
  const uid = user ? Number(user[2]) : idOf(userName);
  if (uid === undefined) return { unknown: 'user', name: userName };

  const home = user?.[5] || '/';
  const primary = user ? Number(user[3]) : ownGid;
  if (groupName === undefined) {
    const supplementary = groups
      .filter(row => user && row[3]?.split(',').includes(user[0]!))
      .map(row => Number(row[2]));
    return { uid, gid: primary, groups: [...new Set([primary, ...supplementary])], home };
  }
  const group = groups.find(row => row[0] === groupName);
  const gid = group ? Number(group[2]) : idOf(groupName);
  return gid === undefined ? { unknown: 'group', name: groupName } : { uid, gid, groups: [gid], home };
}

/** uid_t and gid_t have 32 bits, and -1 means "no change" to setresuid(2). */
function idOf(text: string): number | undefined {
  const id = /^[0-9]+$/.test(text) ? Number(text) : Number.NaN;
  return id < 0xffffffff ? id : undefined;
}

/** Lines whose numbers are none are left out: read as 0, they would be root. */
function readTable(path: string, numbers: readonly number[]): string[][] {
  try {
    return readFileSync(path, 'latin1')
      .split('\n')
      .filter(line => line !== '' && !line.startsWith('#'))
      .map(line => line.split(':'))
      .filter(row => numbers.every(column => idOf(row[column] ?? '') !== undefined));
  } catch {
    return [];
  }
}
