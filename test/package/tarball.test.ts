import { createHash } from 'node:crypto';
import { appendFileSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { temporaryFolder } from '../namespace/c-fixture.ts';
import { describeWith, root } from '../namespace/harness.ts';
import { FILES } from './files.ts';
import { copySources, manifest, outcome, pack, whyNoPackage } from './packed.ts';

describeWith([whyNoPackage], 'the tarball', () => {
  const folder = temporaryFolder();
  const sources = join(folder, 'a');
  let tarball: string;

  beforeAll(async () => {
    copySources(sources);
    tarball = await pack(sources, { LC_ALL: 'C', TZ: 'UTC' });
  });

  const text = (path: string): string => outcome('tar', ['-xzOf', tarball, `package/${path}`], folder).stdout;

  it('holds these files, with these modes', () => {
    const { stdout } = outcome('tar', ['-tvzf', tarball], folder);
    const files = stdout
      .trim()
      .split('\n')
      .map(line => line.split(/\s+/));
    expect(Object.fromEntries(files.map(words => [words[5]!.replace(/^package\//, ''), words[0]]))).toEqual(FILES);
  });

  it('runs nothing when it is installed, and has nothing that is for us alone', () => {
    const packed = JSON.parse(text('package.json'));
    const { scripts, devDependencies, private: _, ...wanted } = manifest;
    expect(packed).toEqual(wanted);
    // sexton/register does nothing on other systems, but has to be installed there.
    for (const key of ['os', 'cpu', 'libc']) expect(packed).not.toHaveProperty(key);
  });

  it('has the sums of its binaries, for sha256sum -c', () => {
    expect(outcome('tar', ['-xzf', tarball], folder).status).toBe(0);
    const unpacked = join(folder, 'package', 'prebuilds');
    expect(outcome('sha256sum', ['--strict', '-c', 'SHA256SUMS'], unpacked, { ...process.env, LC_ALL: 'C' })).toEqual({
      status: 0,
      stdout: ['linux-x64/libsexton.so', 'linux-x64/sexton', 'linux-arm64/libsexton.so', 'linux-arm64/sexton']
        .map(path => `${path}: OK\n`)
        .join(''),
      stderr: '',
    });
  });

  it.each([
    ['publint', ['run', '--strict', '--pack=false']],
    // node10: a resolution that knows no "exports", of Node before 12.
    ['attw', ['--profile', 'node16', '--no-emoji']],
  ])('passes %s', (linter, words) => {
    const { status, stdout, stderr } = outcome('npx', ['--no-install', linter, ...words, tarball], root);
    expect(status, stdout + stderr).toBe(0);
  });

  it('is the same to the last bit from another folder, at another time, with another locale, time zone and umask', async () => {
    const elsewhere = join(folder, 'another-and-much-longer-name', 'of-a-folder', 'b');
    copySources(elsewhere);
    const again = await pack(elsewhere, { LC_ALL: 'C.UTF-8', TZ: 'Asia/Tokyo', TMPDIR: folder }, '077');
    // First, so that a failure names the file.
    for (const path of Object.keys(FILES).filter(path => /^(dist|prebuilds)\//.test(path)))
      expect(sha256(join(elsewhere, path)), path).toBe(sha256(join(sources, path)));
    expect(sha256(again)).toBe(sha256(tarball));
  });

  it('is not made of half of the binaries, or of some that do not belong together', () => {
    const prepack = () => outcome('npm', ['pack', '--silent', '--ignore-scripts=false', '--dry-run'], sources);
    const refused = (reason: string) => ({
      status: 1,
      stdout: '',
      stderr: `pack: ${reason}: npm run build:release builds for every architecture\n`,
    });
    expect(prepack()).toMatchObject({ status: 0, stderr: '' });
    appendFileSync(join(sources, 'prebuilds/linux-x64/sexton'), 'x');
    expect(prepack()).toEqual(refused('prebuilds/SHA256SUMS does not fit the binaries'));
    rmSync(join(sources, 'prebuilds/linux-arm64/sexton'));
    expect(prepack()).toEqual(refused('prebuilds/linux-arm64/sexton is missing'));
  });
});

function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
