import { spawnSync } from 'node:child_process';
import { linkSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openTerminationLog } from '../../../src/report/termination-log.ts';

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
