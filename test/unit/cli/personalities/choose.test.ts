import { describe, expect, it } from 'vitest';
import { choose } from '../../../../src/cli/personalities/choose.ts';
import type { Inherited } from '../../../../src/kernel/inherited.ts';

function chosen(calledAs: string, words: readonly string[], environment: readonly string[] = []) {
  const { name, call } = choose({ calledAs, arguments: words, environment } as Inherited, 7);
  return [name, call.calledAs, ...call.words];
}

describe('whose place we take', () => {
  it.each([
    ['/usr/bin/tini', 'tini'],
    ['tini-static', 'tini'],
    ['/sbin/docker-init', 'tini'],
    ['dumb-init', 'dumb-init'],
    ['/usr/libexec/podman/catatonit', 'catatonit'],
    ['/run/podman-init', 'catatonit'],
    ['/pause', 'catatonit'],
    ['sexton', 'sexton'],
    ['/usr/bin/init', 'sexton'],
    ['constructor', 'sexton'],
  ])('called %s: %s', (calledAs, name) => {
    expect(chosen(calledAs, ['-x', 'cmd'])).toEqual([name, calledAs, '-x', 'cmd']);
  });

  it('is said by --as, which comes first', () => {
    expect(chosen('sexton', ['--as', 'docker-init', '-v', 'cmd'])).toEqual(['tini', 'docker-init', '-v', 'cmd']);
    expect(chosen('sexton', ['--as=dumb-init', '--', 'cmd'])).toEqual(['dumb-init', 'dumb-init', '--', 'cmd']);
    expect(chosen('sexton', ['-v', '--as', 'tini', 'cmd'])[0]).toBe('sexton');
    expect(chosen('sexton', ['cmd', '--as', 'tini'])[0]).toBe('sexton');
  });

  it('is said by SEXTON_AS, against the name', () => {
    expect(chosen('sexton', ['-s'], ['SEXTON_AS=tini'])).toEqual(['tini', 'tini', '-s']);
    expect(chosen('/sbin/docker-init', ['--', 'cmd'], ['SEXTON_AS=sexton'])).toEqual(['sexton', 'sexton', '--', 'cmd']);
    expect(chosen('sexton', ['--as', 'tini', 'cmd'], ['SEXTON_AS=catatonit'])[0]).toBe('tini');
    expect(chosen('tini', ['cmd'], ['SEXTON_AS='])[0]).toBe('tini');
  });

  it('leaves --as to a peer, who does not know it', () => {
    expect(chosen('tini', ['--as', 'dumb-init', 'cmd'])).toEqual(['tini', 'tini', '--as', 'dumb-init', 'cmd']);
  });

  it('must be one that is known', () => {
    expect(() => chosen('sexton', ['--as', 'runit', 'cmd'])).toThrow(/^--as: 'runit' is not one of sexton, tini, /);
    expect(() => chosen('sexton', ['cmd'], ['SEXTON_AS=toString'])).toThrow("SEXTON_AS: 'toString' is not one of");
  });
});
