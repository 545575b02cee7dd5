import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from './c-fixture.ts';
import { describeWith, isAmple, node, root, run, start, whyNoNamespaces } from './harness.ts';

describeWith([whyNoNamespaces], 'NODE_OPTIONS', () => {
  it('is for the program: an agent runs there, and nothing of it stays in PID 1', async () => {
    const agent = join(temporaryFolder(), 'agent.cjs');
    const socket = join(temporaryFolder(), 'socket');
    writeFileSync(agent, `require('node:net').createServer().listen('${socket}.' + process.pid);`);
    const program = 'console.log(process.env.NODE_OPTIONS); setInterval(() => {}, 1000)';
    const container = await start(['--', node, '-e', program], { environment: { NODE_OPTIONS: `--require=${agent}` } });
    await container.says(new RegExp(`^--require=${agent}$`, 'm'));
    await container.listening();
    const links = readdirSync(`/proc/${container.pid}/fd`).map(fd => readlinkSync(`/proc/${container.pid}/fd/${fd}`));
    expect(links.filter(link => link.startsWith('socket:')).length).toBeLessThanOrEqual(3); // stdio, as tests have it
    container.kill('SIGTERM');
    expect(await container.ended).toMatchObject({ status: 143, stderr: '' });
  });

  it('opens the debugger in the program, at the port that was asked for', async () => {
    const port = '127.0.0.1:29229';
    const program = 'console.log(require("node:inspector").url())';
    const { status, stdout, stderr } = await run(['--', node, '-e', program], {
      environment: { NODE_OPTIONS: `--inspect=${port}` },
      wrapper: ['unshare', '--net', 'sh', '-c', 'ip link set lo up 2>/dev/null; exec "$@"', 'sh'],
    });
    expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringContaining(`ws://${port}/`) });
    expect(stderr).not.toMatch(/address already in use/);
  });

  it('does not keep the fast lane away, whatever the script is called', async context => {
    if (!isAmple) return context.skip('too little room here for the fast lane');
    const init = [node, join(root, 'dist', 'sexton.cjs')];
    // The harness may want the slow lane, and another backend keeps away from the fast one too.
    const environment = { NODE_OPTIONS: '--no-warnings', SEXTON_NODE: node };
    const wrapper = ['env', '-u', 'SEXTON_FAST_LANE', '-u', 'SEXTON_FFI'];
    const container = await start(['--', 'sleep', '30'], { init, environment, wrapper });
    await container.listening();
    // FD,PID: the launcher has started the program itself.
    expect(readFileSync(`/proc/${container.pid}/environ`, 'latin1')).toMatch(/SEXTON_RECORD=\d+,[1-9]/);
    container.kill('SIGTERM');
    expect((await container.ended).status).toBe(143);
  });

  it('is given as it was, with what Node makes nothing of', async () => {
    const { stdout } = await run(['--', 'sh', '-c', 'echo "<$NODE_OPTIONS>"'], {
      environment: { NODE_OPTIONS: ' --max-old-space-size=100  --no-warnings ' },
    });
    expect(stdout).toBe('< --max-old-space-size=100  --no-warnings >\n');
  });
});
