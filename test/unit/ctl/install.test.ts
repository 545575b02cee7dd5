import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { install } from '../../../src/ctl/install.ts';

const folder = mkdtempSync(join(tmpdir(), 'sexton-install-'));
const packageFolder = join(folder, 'package');
const launcher = join(packageFolder, 'prebuilds', `linux-${process.arch}`, 'sexton');
const bin = join(folder, 'bin');

mkdirSync(join(launcher, '..'), { recursive: true });
writeFileSync(launcher, '', { mode: 0o755 });
writeFileSync(join(packageFolder, 'package.json'), '{ "name": "sexton" }');
const singleFile = join(folder, 'single-file');
writeFileSync(singleFile, 'SEXTON-1........', { mode: 0o755 });

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

it('is there at every moment while it is replaced', async () => {
  install(bin, packageFolder, ['tini']);
  const looks = new Int32Array(new SharedArrayBuffer(12));
  const looker = new Worker(
    `const { workerData: { looks, place } } = require('node:worker_threads');
     const { lstatSync } = require('node:fs');
     while (!looks[2]) Atomics.add(looks, lstatSync(place, { throwIfNoEntry: false }) ? 0 : 1, 1);`,
    { eval: true, workerData: { looks, place: join(bin, 'tini') } },
  );
  const over = new Promise(resolve => looker.once('exit', resolve));
  while (looks[0] === 0) await new Promise(setImmediate);
  for (let time = 0; time < 1000; time++) install(bin, packageFolder, ['tini']);
  looks[2] = 1;
  await over;
  expect(looks[0]).toBeGreaterThan(100);
  expect(looks[1]).toBe(0);
});

it('does nothing at all where one place is taken', () => {
  writeFileSync(join(bin, 'tini'), 'the real one');
  expect(() => install(bin, packageFolder, ['dumb-init', 'tini'])).toThrow(`${bin}/tini is there already`);
  expect(readdirSync(bin)).toEqual(['tini']);
});

it('says so of what it may not read too', context => {
  if (process.getuid!() === 0) return context.skip('root may read everything');
  writeFileSync(join(bin, 'sexton'), 'of another', { mode: 0 });
  expect(() => install(bin, packageFolder)).toThrow(`${bin}/sexton is there already, and not sexton's`);
});

it.each([['../tini'], ['init'], ['']])("refuses the name '%s'", name => {
  expect(() => install(bin, packageFolder, [name])).toThrow(`'${name}' is none of the names`);
  expect(readdirSync(bin)).toEqual([]);
});

it('puts a package in the place of a single file, whose sextonctl is not left as a name of the launcher', () => {
  install(bin, packageFolder, ['tini'], singleFile);
  const tool = join(packageFolder, 'bin', 'sextonctl.js');
  expect(install(bin, packageFolder)).toBe(`${bin}/sexton -> ${launcher}\n${bin}/sextonctl -> ${tool}`);
  expect(readlinkSync(join(bin, 'sextonctl'))).toBe(tool);
  expect(realpathSync(join(bin, 'tini'))).toBe(realpathSync(launcher));
});

it('puts a single file in the place of a package', () => {
  install(bin, packageFolder, ['tini']);
  mkdirSync(join(packageFolder, 'bin'), { recursive: true });
  writeFileSync(join(packageFolder, 'bin', 'sextonctl.js'), '');
  symlinkSync(join(packageFolder, 'bin', 'sextonctl.js'), join(bin, 'sextonctl')); // as npm links it
  install(bin, packageFolder, ['tini'], singleFile);
  expect(readFileSync(join(bin, 'sexton'), 'latin1')).toBe('SEXTON-1........');
  for (const name of ['sextonctl', 'tini']) expect(readlinkSync(join(bin, name))).toBe('sexton');
});

it("takes a package of another name for somebody's", () => {
  const others = join(folder, 'others');
  mkdirSync(join(others, 'bin'), { recursive: true });
  writeFileSync(join(others, 'bin', 'sexton.js'), '');
  writeFileSync(join(others, 'package.json'), '{ "name": "another" }');
  symlinkSync(join(others, 'bin', 'sexton.js'), join(bin, 'sexton'));
  expect(() => install(bin, packageFolder)).toThrow(`${bin}/sexton is there already`);
});
