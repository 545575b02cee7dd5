import { expect, it } from 'vitest';
import { describeWith, missing, node, root, whyNoNamespaces } from '../harness.ts';
import { serve, withoutZombies } from './served.ts';
import { PROGRAMS } from './table.ts';

const whyNoBrowser = process.env['CHROMIUM'] ? undefined : missing('chromium');

describeWith([whyNoNamespaces, whyNoBrowser], 'browsers under sexton', () => {
  it('are killed, and what they leave is adopted and reaped', async () => {
    const { container, endsWith } = await serve(['--', node, 'examples/browser.js'], {
      cwd: root,
      environment: { PATH: process.env['PATH']!, HOME: '/tmp', CHROMIUM: process.env['CHROMIUM'] ?? 'chromium' },
    });
    await container.says(/browser 1 closed/);
    await withoutZombies(container);
    // That was not the end of the container, which takes them with it.
    expect(container.stdout).not.toMatch(/browser 3 closed/);
    const { stdout, report } = await endsWith(PROGRAMS.chromium.status);
    expect(stdout.match(/closed: 0 zombies/g)).toHaveLength(3);
    // What the browsers had started: a zygote and a renderer of each at least.
    expect(report.orphans.killed).toBeGreaterThanOrEqual(6);
  }, 120_000);
});
