import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readCommandLine } from '../../../src/cli/command-line.ts';
import { label, longHelp, shortHelp } from '../../../src/cli/help.ts';
import { OPTIONS, OTHER_VARIABLES, variableOf, variableValues } from '../../../src/cli/options.ts';
import { defaultSettings } from '../../../src/cli/settings.ts';

/** A value for each option that takes one. */
const VALUES: Readonly<Record<string, string>> = {
  scope: 'child',
  rewrite: 'TERM:QUIT',
  'stop-signal': 'QUIT',
  'stop-delay': '5s',
  'stop-timeout': '7s',
  wait: 'group',
  'wait-timeout': '3s',
  user: 'bob:users',
  chdir: '/srv',
  env: 'A=1',
  'remap-exit': '143:5',
  'parent-death-signal': 'HUP',
  'log-format': 'json',
  'termination-log': '/tmp/ended',
  watch: '30s',
  control: '/run/sexton.sock',
  metrics: '[::1]:9090',
  as: 'sexton',
};
const readable = OPTIONS.filter(option => option.group !== 'Help');

describe('the table of options', () => {
  it('has no name twice', () => {
    for (const names of [OPTIONS.map(({ long }) => long), OPTIONS.flatMap(({ short }) => short ?? [])])
      expect(new Set(names).size).toBe(names.length);
  });

  it.each(OPTIONS)('--$long is well formed', ({ long, short, summary, details }) => {
    expect(long).toMatch(/^[a-z]+(-[a-z]+)*$/);
    if (short !== undefined) expect(short).toMatch(/^[A-Za-z]$/);
    expect(summary).toMatch(/^\S.*[^.\s]$/);
    if (details !== undefined) expect(details).toMatch(/\.$/);
  });

  it.each(OPTIONS)('--$long stands in both helps', option => {
    expect(shortHelp()).toContain(`${label(option)} `);
    expect(shortHelp()).toContain(option.summary);
    expect(longHelp()).toContain(`  ${label(option)}\n`);
  });

  it.each(OPTIONS)('--$long has its variable in the long help, if it has one', option => {
    const variable = variableOf(option);
    if (variable === undefined) expect(option.variable).toBe(false);
    else {
      expect(variable).toBe(`SEXTON_${option.long.replace(/-/g, '_').toUpperCase()}`);
      expect(longHelp()).toContain(`[${variable}]`);
    }
  });

  it('fits a terminal of 80 columns', () => {
    for (const line of [...shortHelp().split('\n'), ...longHelp().split('\n')])
      expect(line.length, line).toBeLessThanOrEqual(79);
  });

  it('has a value to try for every option that takes one', () => {
    expect(readable.filter(({ argument }) => argument).map(({ long }) => long)).toEqual(
      expect.arrayContaining(Object.keys(VALUES)),
    );
    for (const { argument, long } of readable) if (argument) expect(VALUES).toHaveProperty(long);
  });
});

describe.each(readable)('--$long', option => {
  const { long, short, argument, optional } = option;
  const value = VALUES[long];
  const start = option.long === 'pause' ? [] : option.long === 'wait-timeout' ? ['--wait', 'group', 'cmd'] : ['cmd'];
  const read = (words: readonly string[], environment: readonly string[] = []) =>
    readCommandLine([...words, ...start], environment);
  const byLong = read(optional ? [`--${long}=${value}`] : argument ? [`--${long}`, value!] : [`--${long}`]);

  it('changes something, unless it names the default', () => {
    if (long === 'group' || long === 'as') expect(byLong).toEqual(defaultSettings(start));
    else expect(byLong).not.toEqual(defaultSettings(start));
  });

  it('means the same in each way to write it', () => {
    if (argument) expect(read([`--${long}=${value}`])).toEqual(byLong);
    if (short) expect(read(argument ? [`-${short}`, value!] : [`-${short}`])).toEqual(byLong);
    if (short && argument) expect(read([`-${short}${value}`])).toEqual(byLong);
  });

  const variable = variableOf(option);
  if (variable !== undefined) {
    it('means the same in the environment', () => {
      expect(read([], [`${variable}=${value ?? '1'}`])).toEqual(byLong);
    });

    it('says nothing in the environment when it is empty', () => {
      expect(variableValues(option, '')).toEqual([]);
      expect(readCommandLine(['cmd'], [`${variable}=`])).toEqual(defaultSettings(['cmd']));
    });
  }

  if (optional)
    it('takes the next word for the program, never for its value', () => {
      expect(read([`--${long}`])).toMatchObject({ program: start });
      expect(read([`--${long}`])).not.toEqual(defaultSettings(start));
      expect(readCommandLine([`--${long}`, '--', 'cmd', `--${long}`], [])).toMatchObject({
        program: ['cmd', `--${long}`],
      });
    });
  else if (argument)
    it('wants its value', () => {
      expect(() => readCommandLine([`--${long}`], [])).toThrow(
        /^option '.*<value>' argument missing; see 'sexton --help'$/,
      );
    });
  else
    it('takes no value', () => {
      expect(() => read([`--${long}=1`])).toThrow(`unknown option '--${long}=1'`);
    });
});

describe('the variables beside the options', () => {
  it('are those that the launcher keeps from the program too', () => {
    const source = readFileSync(new URL('../../../native/launcher.c', import.meta.url), 'utf8');
    const list = /own_variables\[\] = \{([^}]*)NULL\}/.exec(source)![1]!;
    expect([...list.matchAll(/"(\w+)="/g)].map(match => match[1]).sort()).toEqual([...OTHER_VARIABLES].sort());
  });
});
