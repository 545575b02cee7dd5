import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { linkSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openTerminationLog } from '../../../src/report/termination-log.ts';

vi.mock('node:fs', async original => {
  const real = await original<typeof fs>();
  return { ...real, fstatSync: vi.fn(real.fstatSync) };
});
const { fstatSync } = await vi.importActual<typeof fs>('node:fs');
afterEach(() => void vi.mocked(fs.fstatSync).mockImplementation(fstatSync));

describe('a termination log', () => {
  const folder = mkdtempSync(join(tmpdir(), 'termination-log-'));
  const at = (name: string) => ({ path: join(folder, name), buffer: Buffer.from(join(folder, name)) });

  it('gets the message, also where there was a file before', () => {
    const { path, buffer } = at('old');
    writeFileSync(path, 'of an earlier run');
    const write = openTerminationLog(buffer);
    write('why');
    expect(readFileSync(path, 'utf8')).toBe('why\n');
  });

  it('keeps what the program wrote itself', () => {
    const { path, buffer } = at('own');
    const write = openTerminationLog(buffer);
    writeFileSync(path, 'mine');
    write('why');
    expect(readFileSync(path, 'utf8')).toBe('mine');
  });

  it('takes no more than the kubelet does', () => {
    const { path, buffer } = at('long');
    openTerminationLog(buffer)('x'.repeat(10_000));
    expect(readFileSync(path)).toHaveLength(4096);
  });

  it('is nobody\u2019s file under another name: that is left as it was', () => {
    const { path, buffer } = at('hard');
    writeFileSync(at('victim').path, 'kept');
    linkSync(at('victim').path, path);
    expect(() => openTerminationLog(buffer)).toThrow('it has other names (hard links)');
    expect(readFileSync(path, 'utf8')).toBe('kept');
  });

  it.each([
    ['goes', () => {}, 'ENOENT'],
    ['is replaced', (path: string) => writeFileSync(path, 'another'), 'it was replaced meanwhile'],
    ['goes and comes back', (path: string) => linkSync(at('owned').path, path), 'it has other names (hard links)'],
  ])('is not either where that name %s while it is looked at', (_, then, message) => {
    const { path, buffer } = at('fleeting');
    rmSync(path, { force: true });
    writeFileSync(at('owned').path, 'kept');
    linkSync(at('owned').path, path);
    vi.mocked(fs.fstatSync).mockImplementation(((file: number, options: fs.StatOptions) => {
      rmSync(path);
      const stat = fstatSync(file, options);
      then(path);
      return stat;
    }) as typeof fstatSync);
    expect(() => openTerminationLog(buffer)).toThrow(message);
    expect(readFileSync(at('owned').path, 'utf8')).toBe('kept');
  });

  it('is no link, pipe or folder', () => {
    const { path, buffer } = at('link');
    symlinkSync('/etc/passwd', path);
    expect(() => openTerminationLog(buffer)).toThrow('ELOOP');
    spawnSync('mkfifo', [at('pipe').path]);
    expect(() => openTerminationLog(at('pipe').buffer)).toThrow('ENXIO');
    expect(() => openTerminationLog(Buffer.from(folder))).toThrow('EISDIR');
    expect(() => openTerminationLog(Buffer.from('/dev/null'))).toThrow('not a regular file');
  });
});
