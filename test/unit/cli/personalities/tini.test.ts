import { describe, expect, it, vi } from 'vitest';
import { tini } from '../../../../src/cli/personalities/tini.ts';
import { isMusl } from '../../../../src/kernel/libc.ts';

vi.mock('../../../../src/kernel/libc.ts', () => ({ isMusl: vi.fn(() => false) }));

function programOf(words: string): readonly string[] | number {
  const read = tini.read({ calledAs: 'tini', words: words.split(' '), environment: [], pid: 1 });
  return 'settings' in read ? read.settings.program : read.status;
}

describe('options behind the program', () => {
  it.each([
    ['sh -c true', 1, ['sh', '-c', 'true']],
    ['-s echo -v', ['echo'], ['echo', '-v']],
    ['-s -- echo -v', ['echo', '-v'], ['echo', '-v']],
    ['-s', 1, 1],
  ])('%s', (words, withGlibc, withMusl) => {
    expect(programOf(words)).toEqual(withGlibc);
    vi.mocked(isMusl).mockReturnValueOnce(true);
    expect(programOf(words)).toEqual(withMusl);
    vi.mocked(isMusl).mockReset().mockReturnValue(false);
  });

  it('do not have Node looked into where `--` decides', () => {
    vi.mocked(isMusl).mockClear();
    programOf('-- sh -c true');
    expect(isMusl).not.toHaveBeenCalled();
  });
});
