import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { describeWith } from '../namespace/harness.ts';
import { ONCE_SEXTON_IS_PID_1, request, run, start, whyNoContainers } from './container.ts';
import { command, mustPodman } from './podman.ts';

describeWith([whyNoContainers], 'the targets of Dockerfile.example:', () => {
  for (const target of ['service', 'derived', 'distroless']) {
    it(`${target} serves behind sexton, and stops when it is told to`, async () => {
      const container = start(target);
      await container.says(/listening on 3000/);
      expect(container.exec('node', '-p', `fs.readFileSync('/proc/1/comm', 'utf8')`).stdout).toMatch(/^sexton\n/);
      expect(request(container).stdout).toMatch(/^hello from \d+\n$/);
      container.stop();
      expect(container.logs()).toMatch(/SIGTERM: closing\nclosed\n$/);
      expect(container.status()).toBe(0);
    });
  }

  it('a request that is under way is answered before the end', async () => {
    const container = start('--env', 'SEXTON_VERBOSE=1', 'service');
    await container.says(/listening/);
    const script = `
      const answer = fetch('http://127.0.0.1:3000/?delay=1500').then(answer => answer.text());
      setTimeout(() => process.kill(1, 'SIGTERM'), 500);
      answer.then(text => process.stdout.write(text));`;
    expect(container.exec('node', '-e', script)).toMatchObject({ status: 0, stdout: expect.stringMatching(/^hello/) });
    expect(container.status()).toBe(0);
    expect(container.logs()).toMatch(/forwarded SIGTERM from \d+ \(/);
  });

  it('distroless has no shell, and so can say what is missing', () => {
    expect(run('distroless', 'sh')).toMatchObject({
      status: 127,
      stderr: expect.stringContaining('sexton: sh: No such file or directory'),
    });
    expect(filesOf('distroless').filter(file => /(^|\/)((ba|da|a)?sh|busybox|apt|npm)$/.test(file))).toEqual([]);
  });

  it('base gives its entrypoint to whatever is built from it', () => {
    expect(run('base', 'sh', '-c', `${ONCE_SEXTON_IS_PID_1}; exit 7`).status).toBe(7);
    expect(run('base', 'sextonctl', 'explain', '137').stdout).toMatch(/137/);
  });
});

/** The paths of all files in an image. */
function filesOf(image: string): string[] {
  const id = mustPodman('create', image);
  const list = execFileSync('sh', ['-c', `'${command}' export ${id} | tar -t`], { encoding: 'utf8' });
  mustPodman('rm', id);
  return list.trim().split('\n');
}
