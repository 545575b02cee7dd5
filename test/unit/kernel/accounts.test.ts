import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AccountFiles, findAccount } from '../../../src/kernel/accounts.ts';

const PASSWD = `root:x:0:0:root:/root:/bin/sh
# a comment
www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin

bob:x:1000:100:Bob:/home/bob:/bin/sh
homeless:x:1001:100:::
1002:x:2002:2002::/home/digits:
broken:x
nouid:x::0::/root:
nogid:x:7:::/tmp:
`;
const GROUP = `root:x:0:
users:x:100:bob
docker:x:998:alice,bob
bobs:x:44:bobby
wheel:x:10:bob,www-data
broken
noid:x::bob
`;

describe('findAccount', () => {
  let folder: string;
  let files: AccountFiles;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'accounts-'));
    files = { passwd: join(folder, 'passwd'), group: join(folder, 'group') };
    writeFileSync(files.passwd, PASSWD);
    writeFileSync(files.group, GROUP);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([
    ['bob', { uid: 1000, gid: 100, groups: [100, 998, 10], home: '/home/bob' }],
    ['1000', { uid: 1000, gid: 100, groups: [100, 998, 10], home: '/home/bob' }],
    ['www-data', { uid: 33, gid: 33, groups: [33, 10], home: '/var/www' }],
    ['homeless', { uid: 1001, gid: 100, groups: [100], home: '/' }],
    ['bob:docker', { uid: 1000, gid: 998, groups: [998], home: '/home/bob' }],
    ['bob:998', { uid: 1000, gid: 998, groups: [998], home: '/home/bob' }],
    ['bob:5555', { uid: 1000, gid: 5555, groups: [5555], home: '/home/bob' }],
    ['5000', { uid: 5000, gid: 77, groups: [77], home: '/' }],
    ['5000:users', { uid: 5000, gid: 100, groups: [100], home: '/' }],
    ['1002', { uid: 2002, gid: 2002, groups: [2002], home: '/home/digits' }],
    ['4294967294', { uid: 4294967294, gid: 77, groups: [77], home: '/' }],
  ])('knows %s', (spec, account) => {
    expect(findAccount(spec, 77, files)).toEqual(account);
  });

  it.each([
    ['nobody-here', 'user', 'nobody-here'],
    ['', 'user', ''],
    ['-1', 'user', '-1'],
    ['4294967295', 'user', '4294967295'],
    ['bob:strangers', 'group', 'strangers'],
    ['bob:', 'group', ''],
  ])("says what is unknown in '%s'", (spec, unknown, name) => {
    expect(findAccount(spec, 77, files)).toEqual({ unknown, name });
  });

  it.each(['broken', 'nouid', 'nogid'])('never takes an entry without numbers for root: %s', spec => {
    expect(findAccount(spec, 77, files)).toEqual({ unknown: 'user', name: spec });
  });

  it('knows numbers where there are no files', () => {
    const none = { passwd: '/nonexistent', group: '/nonexistent' };
    expect(findAccount('5:6', 77, none)).toEqual({ uid: 5, gid: 6, groups: [6], home: '/' });
    expect(findAccount('root', 77, none)).toEqual({ unknown: 'user', name: 'root' });
  });

  it('reads the files of the system by default', () => {
    expect(findAccount('root', 77)).toMatchObject({ uid: 0, gid: 0 });
  });
});
