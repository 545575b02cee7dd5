import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { adoptOrphans, status } from '../../../src/register/index.ts';

const root = join(import.meta.dirname, '..', '..', '..');
// vitest runs this in a worker, or in a child process.
const REASON = /^(not PID 1, and not asked to be a subreaper|a worker thread: orphans go to the main thread)$/;

describe('where there is nothing to adopt', () => {
  it('does nothing, and says why', () => {
    expect(status()).toMatchObject({ active: false, reason: 'adoptOrphans() was not called', neglected: [] });
    const before = process.eventNames().map(name => [name, process.listenerCount(name)]);
    expect(adoptOrphans().status()).toMatchObject({ active: false, reason: expect.stringMatching(REASON) });
    expect(process.eventNames().map(name => [name, process.listenerCount(name)])).toEqual(before);
    adoptOrphans().stop();
    expect(status()).toMatchObject({ active: false, reason: expect.stringMatching(REASON) });
  });

  it('is one for a process', () => {
    expect(adoptOrphans()).toBe(adoptOrphans({ grace: 5 }));
  });

  it('rejects times that are none', () => {
    for (const options of [{ grace: -1 }, { grace: Number.NaN }, { neglect: 2 ** 31 }])
      expect(() => adoptOrphans(options)).toThrow(
        /^adoptOrphans: (grace|neglect): .* is not a number of milliseconds$/,
      );
  });

  it('rejects times that are no numbers', () => {
    for (const [value, type] of [
      [null, 'null'],
      [[], 'object'],
      ['100', 'string'],
      [100n, 'bigint'],
      [true, 'boolean'],
    ])
      for (const name of ['grace', 'neglect'])
        expect(() => adoptOrphans({ [name]: value })).toThrow(
          new TypeError(`adoptOrphans: ${name}: a number of milliseconds is needed, not ${type}`),
        );
  });
});

describe('the types of the package', () => {
  const missing = existsSync(join(root, 'dist', 'index.d.mts')) ? undefined : 'not built: npm run build';
  if (missing) process.stderr.write(`skipped: the types of the package: ${missing}\n`);

  it.skipIf(missing)('serve ES modules and CommonJS', { timeout: 60_000 }, () => {
    const folder = mkdtempSync(join(tmpdir(), 'sexton-types-'));
    const text = `
      import { adoptOrphans, status, type Orphan } from 'sexton';
      import 'sexton/register';
      adoptOrphans({ subreaper: true }).on('orphan', orphan => { const seen: Orphan = orphan; void seen.exitCode; });
      adoptOrphans({ subreaper: undefined, grace: undefined, signals: undefined, neglect: undefined });
      // @ts-expect-error there is no such option
      adoptOrphans({ nonsense: true });
      // @ts-expect-error there is no such event
      adoptOrphans().on('nonsense', () => {});
      const reaped: number = status().orphans.reaped;
      void reaped;`;
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(root, join(folder, 'node_modules', 'sexton'));
    symlinkSync(join(root, 'node_modules', '@types'), join(folder, 'node_modules', '@types'));
    for (const name of ['a.mts', 'b.cts']) writeFileSync(join(folder, name), text);
    const flags = [
      '--noEmit',
      '--strict',
      '--exactOptionalPropertyTypes',
      '--module',
      'nodenext',
      '--types',
      'node',
      '--skipLibCheck',
      'false',
    ];
    const { stdout } = spawnSync(join(root, 'node_modules', '.bin', 'tsc'), [...flags, 'a.mts', 'b.cts'], {
      cwd: folder,
      encoding: 'utf8',
    });
    rmSync(folder, { recursive: true });
    expect(stdout).toBe('');
  });
});
