import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findAccount } from '../../../src/kernel/accounts.ts';
import { holds, type Target } from '../target.ts';

let folder = '';

/** --user, passwd(5) and group(5), parted by NUL: nobody becomes root whom no entry and no number says to be. */
export const accounts: Target = {
  seeds: [
    'alice\0root:x:0:0::/root:\nalice:x:1:2::/home/alice:\n\0root:x:0:\nweb:x:3:bob,alice\n',
    '1:web\0alice:x:1:2\n# x\n:::\n\0web:x:3:\n',
    'alice\0alice:x::0::/:\nalice:x:0x0:0\nalice:x: 0:0\nalice:x:-1:0\n\0',
    '4294967295\0\0',
    'a:b:c\0a:x:00:4294967296\r\n\0b:c:1',
  ],
  words: [
    ':',
    '\n',
    '\0',
    ',',
    'x',
    '0',
    '4294967295',
    '4294967296',
    '1e3',
    '0x0',
    ' ',
    '#',
    '+',
    '-',
    '\xff',
    '\r\n',
    '::',
  ],
  check(input) {
    // On a disk, opening files would take all the time.
    folder ||= mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'sexton-fuzz-'));
    const [spec = '', passwd = '', group = ''] = input.toString('latin1').split('\0');
    const files = { passwd: join(folder, 'passwd'), group: join(folder, 'group') };
    writeFileSync(files.passwd, passwd, 'latin1');
    writeFileSync(files.group, group, 'latin1');
    const found = findAccount(spec, 77, files);
    if ('unknown' in found) return;
    for (const id of [found.uid, found.gid, ...found.groups])
      holds(Number.isInteger(id) && id >= 0 && id < 0xffffffff, `${id} is an id`);
    holds(found.groups.includes(found.gid), 'the group is one of the groups');
    if (found.uid === 0) holds(/(^|:)0+(:|$)/m.test(`${spec}\n${passwd}`), 'root is called so');
    if ([found.gid, ...found.groups].includes(0))
      holds(/(^|:)0+(:|$)/m.test(`${spec}\n${passwd}\n${group}`), 'the group of root is called so');
  },
  end() {
    if (folder) rmSync(folder, { recursive: true });
    folder = '';
  },
};
