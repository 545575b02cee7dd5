import { describe, expect, it } from 'vitest';
import {
  mayHaveOwnVariables,
  ownVariables,
  variable,
  withoutOwnVariables,
  withVariables,
} from '../../../src/cli/environment.ts';
import { OPTIONS, variableOf } from '../../../src/cli/options.ts';

const ODD = ['my.dotted=1', '=weird', 'NOEQ', '', 'A=1', 'A=2', 'caf\xc3=\xff'];

function own(environment: readonly string[]): [string, string][] {
  return [...ownVariables(environment)].map(([option, text]) => [option.long, text]);
}

describe('ownVariables', () => {
  it('finds those of the table', () => {
    expect(own(['PATH=/bin', 'SEXTON_SCOPE=child', 'SEXTON_STOP_DELAY=a=b'])).toEqual([
      ['scope', 'child'],
      ['stop-delay', 'a=b'],
    ]);
  });

  it('takes the first of duplicates, as getenv does', () => {
    expect(own(['SEXTON_SCOPE=child', 'SEXTON_SCOPE=all'])).toEqual([['scope', 'child']]);
  });

  it('does not take odd entries for an option that has no variable', () => {
    expect(own(ODD)).toEqual([]);
  });

  it.each(['SEXTON_SERVICE_HOST', 'SEXTON_ENV', 'SEXTON_HELP', 'SEXTON_NO_SUBREAPER', 'SEXTON_FFI', 'sexton_scope'])(
    'does not know %s',
    name => {
      expect(own([`${name}=1`])).toEqual([]);
    },
  );
});

describe('withoutOwnVariables', () => {
  it('takes every variable of the table away, duplicates too', () => {
    const names = OPTIONS.map(variableOf).filter(name => name !== undefined);
    const environment = [...names, ...names].map(name => `${name}=1`);
    expect(withoutOwnVariables(['A=1', ...environment, 'SEXTON_FFI=koffi', 'B=2'])).toEqual(['A=1', 'B=2']);
  });

  it('leaves everything else as it is and where it is', () => {
    const environment = [...ODD, 'SEXTON_PORT=tcp://10.0.0.1:80', 'SEXTON_SERVICE_HOST=10.0.0.1', 'SEXTON_SCOPE'];
    expect(withoutOwnVariables(environment)).toEqual(environment);
  });
});

describe('withVariables', () => {
  it('replaces in place and appends what is new, in order', () => {
    expect(withVariables(['A=1', 'B=2'], ['C=3', 'A=4', 'D=5'])).toEqual(['A=4', 'B=2', 'C=3', 'D=5']);
  });

  it('leaves one of duplicates', () => {
    expect(withVariables(['A=1', 'B=2', 'A=3'], ['A=4'])).toEqual(['A=4', 'B=2']);
    expect(withVariables([], ['A=1', 'A=2'])).toEqual(['A=2']);
  });

  it('does not touch odd entries or other duplicates', () => {
    expect(withVariables(ODD, ['my.dotted=2', 'N=1'])).toEqual(['my.dotted=2', ...ODD.slice(1), 'N=1']);
  });
});

describe('variable', () => {
  it('is the first of that name', () => {
    expect(variable(['=A', 'A', 'AB=0', 'A=1=2', 'A=3'], 'A')).toBe('1=2');
  });

  it('may be empty or missing', () => {
    expect([variable(['A='], 'A'), variable(['B=1'], 'A')]).toEqual(['', undefined]);
  });
});

it('whether there may be own variables is seen by their prefix', () => {
  expect([mayHaveOwnVariables(['A=SEXTON_X']), mayHaveOwnVariables(['A=1', 'SEXTON_X=1'])]).toEqual([false, true]);
});
