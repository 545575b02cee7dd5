import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWith, node, root, run, whyNoNamespaces } from './harness.ts';

describeWith([whyNoNamespaces], 'npm start', () => {
  it('shows zombies and an ignored SIGTERM without an init, and neither with sexton', async () => {
    const { status, stdout, stderr } = await run([], { init: [node, join(root, 'scripts', 'start.js')], nested: true });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });

    const [without, withSexton] = stdout.split('With sexton');
    expect(without?.match(/^ +[0-9]+ {2}zombie +sleep$/gm)).toHaveLength(5);
    expect(without).toContain('  5 zombies');
    expect(without).toContain('  still running after 1 s');
    expect(without).toContain('  exit status 137 (128 + 9, SIGKILL)');

    expect(withSexton).toMatch(/^ +1 {2}alive +sexton /m);
    expect(withSexton).not.toMatch(/^ +[0-9]+ {2}zombie/m);
    expect(withSexton).toContain('  no zombies');
    expect(withSexton).toMatch(/ {2}gone after [0-9]+ ms, exit status 143 \(128 \+ 15, SIGTERM\)\n$/);

    expect(stdout).not.toContain('\x1b');
    for (const line of stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
  });
});
