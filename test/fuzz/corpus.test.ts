/**
 * What `npm run fuzz` has kept: each input of test/corpus again, and those that the targets begin with.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { buildNativeTarget, NATIVE_TARGETS } from '../../scripts/fuzz/native.js';
import { temporaryFolder } from '../namespace/c-fixture.ts';
import { describeWith, root } from '../namespace/harness.ts';
import { native, sanitizerEnvironment, whyNoSanitizers } from '../native/sanitized.ts';
import { targets } from './targets/index.ts';

const corpus = join(root, 'test', 'corpus');

function kept(name: string): Buffer[] {
  const folder = join(corpus, name);
  return existsSync(folder) ? readdirSync(folder).map(file => readFileSync(join(folder, file))) : [];
}

describe.each(Object.entries(targets))('%s', (name, target) => {
  afterAll(() => target.end?.());

  it('holds for each input that is kept', async () => {
    const inputs = [...target.seeds.map(seed => Buffer.from(seed, 'latin1')), ...kept(name)];
    expect(inputs.length).toBeGreaterThan(0);
    for (const input of inputs) await target.check(input);
  });
});

it('there is a target for each folder of the corpus', () => {
  const known = [...Object.keys(targets), ...NATIVE_TARGETS];
  expect(readdirSync(corpus).filter(name => !known.includes(name))).toEqual([]);
});

describeWith([whyNoSanitizers], 'the C', () => {
  const explore = (name: string, folder: string, source?: string) => {
    const { program, reason } = buildNativeTarget(name, temporaryFolder(), source);
    if (program === undefined) throw new Error(reason);
    return spawnSync(program, ['0', '1', folder, '0'], { encoding: 'utf8', env: sanitizerEnvironment });
  };

  it.each(NATIVE_TARGETS)('%s holds for each input that is kept', name => {
    const { status, stderr } = explore(name, join(corpus, name));
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  // A fuzzer that finds nothing may be blind: what it once found is found in the corpus alone.
  it.each([
    ['if (!is_sound(file, offset, &header, headers, page)) return NO_PROGRAM;', ''],
    ['if (part->file_size == 0 && (part->address & (page - 1))) return 0;', ''],
    ['part->file_size > size - part->offset', '0'],
    [
      'return segments > 0 && has_headers && is_within(header, headers, header->entry, 1, PF_X);',
      'return segments > 0;',
    ],
  ])('map.c without %j is found out', (right, wrong) => {
    const folder = temporaryFolder();
    const text = readFileSync(join(native, 'map.c'), 'utf8');
    expect(text.split(right)).toHaveLength(2);
    writeFileSync(join(folder, 'map.c'), text.replace(right, wrong).replace(/#include "/g, `#include "${native}/`));
    const harness = readFileSync(join(root, 'test', 'native', 'explore-single-file.c'), 'utf8')
      .replace('../../native/map.c', join(folder, 'map.c'))
      .replaceAll('../../native/', `${native}/`);
    writeFileSync(join(folder, 'explore.c'), harness);
    const copies = join(folder, 'corpus');
    mkdirSync(copies);
    for (const [index, input] of kept('single-file').entries()) writeFileSync(join(copies, String(index)), input);
    const { status, stderr } = explore('single-file', copies, join(folder, 'explore.c'));
    expect(status).not.toBe(0);
    expect(stderr).toMatch(/AddressSanitizer|runtime error|does not hold/);
  });
});
