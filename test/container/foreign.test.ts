import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { temporaryFolder } from '../namespace/c-fixture.ts';
import { describeWith, root } from '../namespace/harness.ts';
import { LEAVE_AN_ORPHAN, ONCE_SEXTON_IS_PID_1, run, start, whyNoContainers } from './container.ts';
import { mustPodman } from './podman.ts';

const FOREIGN = 'docker.io/library/debian:12-slim';
const ENTRYPOINT = ['--entrypoint', '/opt/sexton/sexton'];

describeWith([whyNoContainers], 'in front of an image that knows nothing of it, from a volume,', () => {
  let folder: string;
  beforeAll(() => {
    folder = join(temporaryFolder(), 'sexton');
    const id = mustPodman('create', 'portable');
    mustPodman('cp', `${id}:/opt/sexton`, folder);
    mustPodman('rm', id);
  });

  it('sexton is PID 1, with no Node in the image', () => {
    const script = `command -v node; ${ONCE_SEXTON_IS_PID_1}; exit 7`;
    const words = ['--volume', `${folder}:/opt/sexton:ro`, ...ENTRYPOINT, FOREIGN, '--', 'sh', '-c', script];
    expect(run(...words)).toMatchObject({ status: 7, stdout: '' });
  });

  it('options go before the dashes', async () => {
    const words = [
      '--volume',
      `${folder}:/opt/sexton:ro`,
      ...ENTRYPOINT,
      FOREIGN,
      '-v',
      '--',
      'sh',
      '-c',
      'echo ready; exec sleep 1000',
    ];
    const container = start(...words);
    await container.says(/ready/);
    container.stop();
    expect(container.status()).toBe(143);
    expect(container.logs()).toMatch(/forwarded SIGTERM/);
  });

  it('of an image, without a folder on the host', () => {
    // A new volume begins as a copy of what the image has there.
    expect(run('--volume', 'sexton:/opt/sexton', 'portable', 'true').status).toBe(0);
    const foreign = [
      '--volume',
      'sexton:/opt/sexton:ro',
      ...ENTRYPOINT,
      FOREIGN,
      '--',
      'sh',
      '-c',
      ONCE_SEXTON_IS_PID_1,
    ];
    expect(run(...foreign)).toMatchObject({ status: 0, stdout: '' });
    mustPodman('volume', 'rm', 'sexton');
  });

  it('--init-path cannot be the launcher: it mounts one file alone, and sexton says what is missing', () => {
    const launcher = join(root, 'prebuilds', `linux-${process.arch}`, 'sexton');
    expect(existsSync(launcher)).toBe(true);
    const { status, stderr } = run('--init', `--init-path=${launcher}`, FOREIGN, 'true');
    expect(status).toBe(125);
    expect(stderr).toMatch(
      /^sexton: .*dist\/sexton\.cjs: cannot be read: the launcher must be a link into its package/,
    );
  });
});

const singleFile = join(root, 'build', `linux-${process.arch}`, 'sexton');
const whyNoSingleFile = existsSync(singleFile) ? undefined : 'npm run build:sea has not been run';

describeWith([whyNoContainers, whyNoSingleFile], 'by --init-path', () => {
  it('the single file is PID 1 of an image that knows nothing of it, and reaps', () => {
    const init = ['--init', `--init-path=${singleFile}`, '--env', 'SEXTON_AS=sexton', '--env', 'SEXTON_REPORT=1'];
    const { status, stderr } = run(...init, FOREIGN, 'sh', '-c', `${LEAVE_AN_ORPHAN}; exit 7`);
    expect(status, stderr).toBe(7);
    expect(stderr).toMatch(/report: orphans: .*sleep/);
  });
});
