import { chmodSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EACCES, ENOENT } from '../../../src/kernel/errors.ts';
import { nameOf, whyNotExecuted } from '../../../src/report/not-executed.ts';

const folder = mkdtempSync(join(tmpdir(), 'not-executed-'));
const file = (name: string, content: string, mode = 0o755): void => {
  writeFileSync(join(folder, name), content);
  chmodSync(join(folder, name), mode);
};
file('crlf.sh', '#!/bin/sh\r\necho\r\n');
file('lost.py', '#! /no/such/python3 -u\n');
file('program', '\x7fELF\x02\x01\x01');
file('plain.sh', '#!/bin/sh\n', 0o644);
file('text', 'echo\n');
file('two words', '#!/no/such/sh\n');
symlinkSync('/no/such/target', join(folder, 'link'));
mkdirSync(join(folder, 'folder'));

describe('why a program was not executed', () => {
  const cases: [string, number, RegExp | undefined][] = [
    ['./crlf.sh', ENOENT, /^it is there, but its lines end with CR LF: /],
    ['./lost.py', ENOENT, /^it is there, but its interpreter '\/no\/such\/python3' is not$/],
    ['./program', ENOENT, /^it is there, but its dynamic loader is not/],
    ['./link', ENOENT, /^it is a link to '\/no\/such\/target', which is not there$/],
    ['node server.js --password=hunter2', ENOENT, /: write \["node", \.\.\.\]$/],
    ['./plain.sh', EACCES, /^it has no execute bit: chmod \+x$/],
    ['./folder', EACCES, /^it is a directory$/],
    ['./crlf.sh', EACCES, undefined],
    ['./text', ENOENT, undefined],
    ['./nothing', ENOENT, undefined],
    ['nothing', ENOENT, undefined],
    ['', ENOENT, undefined],
    ['./crlf.sh', 12, undefined],
    ['./crlf.sh/below', ENOENT, undefined],
  ];
  it.each(cases)('%s, errno %d: %s', (program, errno, text) => {
    const why = whyNotExecuted(program, folder, errno);
    if (text) expect(why).toMatch(text);
    else expect(why).toBeUndefined();
  });

  it.each([
    ['node', 'node'],
    ['node server.js --password=hunter2', 'node ...'],
    ['./nothing\t--password=hunter2', './nothing ...'],
    ['./two words', './two words'],
    [`${'x'.repeat(300)} hunter2`, `${'x'.repeat(300)} ...`],
    [`./${'x'.repeat(300)} hunter2`, `./${'x'.repeat(300)} ...`],
    ['', ''],
  ])('is told without the arguments that are in one word with it: %s', (program, name) => {
    expect(nameOf(program, folder)).toBe(name);
  });

  it('is told of an absolute path whatever the directory, and of one in the current directory', () => {
    expect(whyNotExecuted(join(folder, 'plain.sh'), '/no/such', EACCES)).toMatch(/^it has no execute bit/);
    expect(whyNotExecuted('./README.md', undefined, EACCES)).toMatch(/^it has no execute bit/);
  });
});
