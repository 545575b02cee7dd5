import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { install } from '../../../src/ctl/install.ts';

const folder = mkdtempSync(join(tmpdir(), 'sexton-install-'));
const packageFolder = join(folder, 'package');
const launcher = join(packageFolder, 'prebuilds', `linux-${process.arch}`, 'sexton');
const bin = join(folder, 'bin');

mkdirSync(join(launcher, '..'), { recursive: true });
writeFileSync(launcher, '', { mode: 0o755 });

beforeEach(() => {
  rmSync(bin, { recursive: true, force: true });
  mkdirSync(bin);
});

afterAll(() => rmSync(folder, { recursive: true }));

it('links the launcher alone, where no name is given', () => {
  expect(install(bin, packageFolder)).toBe(`${bin}/sexton -> ${launcher}`);
  expect(readdirSync(bin)).toEqual(['sexton']);
  expect(readlinkSync(join(bin, 'sexton'))).toBe(launcher);
});

it('links each name, once, to the launcher beside it; again and again', () => {
  for (let time = 0; time < 2; time++) {
    expect(install(bin, packageFolder, ['tini', 'dumb-init', 'sexton', 'tini'])).toBe(
      [`${bin}/sexton -> ${launcher}`, `${bin}/tini -> sexton`, `${bin}/dumb-init -> sexton`].join('\n'),
    );
    expect(readdirSync(bin).sort()).toEqual(['dumb-init', 'sexton', 'tini']);
    expect(realpathSync(join(bin, 'tini'))).toBe(realpathSync(launcher));
  }
});

it('does nothing at all where one place is taken', () => {
  writeFileSync(join(bin, 'tini'), 'the real one');
  expect(() => install(bin, packageFolder, ['dumb-init', 'tini'])).toThrow(`${bin}/tini is there already`);
  expect(readdirSync(bin)).toEqual(['tini']);
});

it.each([['../tini'], ['init'], ['']])("refuses the name '%s'", name => {
  expect(() => install(bin, packageFolder, [name])).toThrow(`'${name}' is none of the names`);
  expect(readdirSync(bin)).toEqual([]);
});
