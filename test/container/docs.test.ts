/**
 * The console blocks of docs/containers.md: each command is run by a shell, and what it prints compared. `…` stands for
 * any text in a line, or for any lines. Pids, times and sizes are masked.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { describeWith, root } from '../namespace/harness.ts';
import { whyNoContainers } from './container.ts';
import { command, mustPodman } from './podman.ts';

const environment = { ...process.env, PATH: `${dirname(command)}:${process.env['PATH']}` };
/** Printed by the shell between two commands. */
const MARK = 'end of the command';

const page = readFileSync(join(root, 'docs', 'containers.md'), 'utf8');

describeWith([whyNoContainers], 'docs/containers.md shows what is printed:', () => {
  afterAll(() => {
    mustPodman('rm', '--all', '--force', '--time', '0', '--volumes');
    // On an OOM kill podman's monitor writes a file `oom` where podman was started.
    for (const made of ['examples/service/sexton-0.1.0.tgz', 'examples/service/package-lock.json', 'oom'])
      rmSync(join(root, made), { force: true });
  });

  for (const section of page.split(/^## /m).slice(1)) {
    const [title] = section.split('\n');
    for (const [, block] of section.matchAll(/^```console\n(.*?)^```$/gms)) {
      it(title!, () => {
        const commands = [...block!.matchAll(/^\$ (.*)\n((?:(?!\$ ).*\n)*)/gm)];
        const printed = run(commands.map(([, words]) => words!));
        commands.forEach(([, words, output], index) => {
          expect(masked(printed[index]!), words).toMatch(pattern(output!));
        });
      });
    }
  }
});

/** In one shell, so that `$?` is what it says. What each prints. */
function run(commands: readonly string[]): string[] {
  const script = commands.map(words => `${words}\nstatus=$?; echo '${MARK}'; (exit $status)`).join('\n');
  const { stdout } = spawnSync('sh', ['-c', `exec 2>&1\n${script}`], { cwd: root, env: environment, encoding: 'utf8' });
  return stdout.split(`${MARK}\n`);
}

function pattern(expected: string): RegExp {
  const lines = masked(expected).split('\n').slice(0, -1);
  const matching = lines.map(line => (line === '…' ? '(?:.*\\n)*?' : `${line.split('…').map(escaped).join('.*')}\\n`));
  return new RegExp(`^${matching.join('')}$`);
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

function masked(text: string): string {
  return text
    .replace(/(?<=\bprogram \(|hello from )\d+/g, 'PID')
    .replace(/\b\d+(\.\d+)? m?s\b/g, 'TIME')
    .replace(/(?<=peak memory )(at most )?[\d.]+ MiB/g, 'SIZE');
}
