import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { testCgroup, whyNoCgroup } from './cgroup.ts';
import { childrenOf, describeWith, missing, root, whyNoNamespaces } from './harness.ts';
import { exec, type Happenings, play, worldOf } from './transcript.ts';

const MEBIBYTE = 2 ** 20;

const HAPPENINGS: Happenings = {
  'docker stop': container => container.kill('SIGTERM'),
  'docker stop, and the image has STOPSIGNAL SIGQUIT': container => container.kill('SIGQUIT'),
  'Ctrl-C': container => container.kill('SIGINT'),
  'kill -9 of the program': container => process.kill(childrenOf(container.pid)[0]!, 'SIGKILL'),
  'docker exec: pkill sleep': container => process.kill(childrenOf(container.pid)[0]!, 'SIGTERM'),
  'the health check runs ./healthcheck.sh': container => exec(container, '$ ./healthcheck.sh'),
  'more requests than ever': container => process.kill(childrenOf(container.pid)[0]!, 'SIGUSR1'),
};

/** `docker run --memory 256m`, `--pids-limit 100`. A cgroup has its name by its limit: no two blocks may have the same. */
const LIMIT = /^docker run --(memory|pids-limit) (\d+)m?$/;

const page = readFileSync(join(root, 'docs', 'diagnosis.md'), 'utf8');

// Most of them only wait.
describe.concurrent('docs/diagnosis.md shows what is printed:', () => {
  for (const section of page.split(/^## /m).slice(1)) {
    const [title] = section.split('\n');
    const blocks = [...section.matchAll(/^```console\n(.*?)^```$/gms)].map(([, block]) => block!.trimEnd());
    blocks.forEach((block, index) => {
      const [, option, number] = LIMIT.exec(worldOf(block)[0] ?? '') ?? [];
      const controller = option === undefined ? undefined : option === 'memory' ? 'memory' : 'pids';
      const missed = [
        whyNoNamespaces,
        missing('nsenter'),
        missing('bash'),
        controller ? whyNoCgroup(controller) : undefined,
      ];
      describeWith(missed, `${title} (${index + 1})`, () => {
        const unit = controller === 'memory' ? MEBIBYTE : 1;
        const wrapper = controller ? testCgroup(controller, Number(number) * unit).join : [];
        it('is true', () => play(block, HAPPENINGS, wrapper));
      });
    });
  }
});
