import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { OPTIONS, OTHER_VARIABLES, variableOf } from '../../../src/cli/options.ts';
import { commands } from '../../../src/ctl/commands.ts';
import { manual } from '../../../src/manual/index.ts';
import { FURTHER_VARIABLES } from '../../../src/manual/sexton.ts';
import { temporaryFolder } from '../../namespace/c-fixture.ts';
import { describeWith, missing } from '../../namespace/harness.ts';

const files = manual('1.2.3', '2026-01-31');
const pages = Object.keys(files).filter(path => path.startsWith('man/'));

/** A page as source, without its markup. */
function words(path: string): string {
  return files[path]!.replace(/\\f[BIR]/g, '')
    .replaceAll('\\-', '-')
    .replaceAll('\\(aq', "'");
}

describe('sexton(1)', () => {
  it.each(OPTIONS)('has --$long with what stands for its value, and its variable', option => {
    const { short, long, argument, optional } = option;
    const value = !argument ? '' : optional ? `[=${argument}]` : ` ${argument}`;
    expect(words('man/sexton.1')).toContain(`\n.TP\n${short ? `-${short}, ` : ''}--${long}${value}\n`);
    if (variableOf(option)) expect(words('man/sexton.1')).toContain(`[${variableOf(option)}]`);
  });

  it('has the variables that are no option', () => {
    expect(Object.keys(FURTHER_VARIABLES).sort()).toEqual([...OTHER_VARIABLES].sort());
    for (const name of OTHER_VARIABLES) expect(words('man/sexton.1')).toContain(`\n.TP\n.B ${name}\n`);
  });
});

describe('sextonctl(1)', () => {
  it.each(commands().commands)('has $_name with its options', command => {
    const page = words('man/sextonctl.1');
    const section = page.slice(page.indexOf(`.SS sextonctl ${command.name()}`));
    expect(section).toContain(command.description());
    for (const { long, short } of command.options)
      expect(section).toContain(`\n.TP\n${short ? `${short}, ` : ''}${long}`);
  });
});

const CHECKS: readonly (readonly [string, readonly string[]])[] = [
  ['groff', ['-man', '-ww', '-z']],
  ['mandoc', ['-T', 'lint', '-W', 'warning']],
  ['man', ['--warnings', '-l']],
];

for (const [command, options] of CHECKS) {
  describeWith([missing(command)], `${command} finds nothing wrong with`, () => {
    const folder = temporaryFolder();
    it.each(pages)('%s', path => {
      const place = join(folder, path.slice('man/'.length));
      writeFileSync(place, files[path]!);
      const { status, stderr, stdout } = spawnSync(command, [...options, place], {
        encoding: 'utf8',
        env: { ...process.env, LC_ALL: 'C.UTF-8' },
      });
      expect(stderr).toBe('');
      if (command === 'mandoc') expect(stdout).toBe('');
      expect(status).toBe(0);
    });
  });
}
