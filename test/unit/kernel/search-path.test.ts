import { describe, expect, it } from 'vitest';
import { candidates } from '../../../src/kernel/search-path.ts';

describe('candidates', () => {
  it.each([
    ['sh', '/bin:/usr/bin', ['/bin/sh', '/usr/bin/sh']],
    ['sh', undefined, ['/bin/sh', '/usr/bin/sh']],
    ['./sh', '/bin', ['./sh']],
    ['/bin/sh', '/usr', ['/bin/sh']],
    ['a/b', '/bin', ['a/b']],
    ['sh/', '/bin', ['sh/']],
    ['', '/bin', ['']],
    ['sh', '', ['sh']],
    ['sh', ':/bin', ['sh', '/bin/sh']],
    ['sh', '/bin:', ['/bin/sh', 'sh']],
    ['sh', '/bin::/usr', ['/bin/sh', 'sh', '/usr/sh']],
    ['sh', '.:/bin/', ['./sh', '/bin//sh']],
  ])('of %j along %j are %j', (program, path, expected) => {
    expect(candidates(program, path)).toEqual(expected);
  });

  it('skips directories that make the path too long', () => {
    expect(candidates('sh', `/${'x'.repeat(4095)}:/bin`)).toEqual(['/bin/sh']);
    const longest = `/${'x'.repeat(4091)}`;
    expect(candidates('sh', longest)).toEqual([`${longest}/sh`]);
  });

  it('never falls back to the current directory, which PATH does not name', () => {
    expect(candidates('sh', `/${'x'.repeat(4095)}`)).not.toContain('sh');
  });
});
