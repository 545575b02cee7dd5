import { expect, it } from 'vitest';
import { describeWith, missing, whyNoNamespaces } from './harness.ts';
import { startNode, whyNotBuilt } from './register-harness.ts';

const whyNoBrowser = process.env['CHROMIUM'] ? undefined : missing('chromium');

describeWith([whyNoNamespaces, whyNotBuilt, whyNoBrowser], 'browsers, as puppeteer starts them', () => {
  const environment = {
    PATH: process.env['PATH']!,
    HOME: '/tmp',
    ...(process.env['CHROMIUM'] ? { CHROMIUM: process.env['CHROMIUM'] } : {}),
  };

  it('leave zombies behind', async () => {
    const { ended } = await startNode(['examples/browser.js'], { environment });
    const { status, stdout } = await ended;
    expect(status).toBe(0);
    const counts = [...stdout.matchAll(/(\d+) zombies/g)].map(match => Number(match[1]));
    expect(counts).toHaveLength(3);
    expect(counts[0]).toBeGreaterThan(0);
    expect(counts[2]).toBeGreaterThan(counts[0]!);
  }, 60_000);

  it('leave none with sexton/register', async () => {
    const { ended } = await startNode(['--import', 'sexton/register', 'examples/browser.js'], { environment });
    const { status, stdout } = await ended;
    expect(status).toBe(0);
    expect(stdout.match(/: 0 zombies/g)).toHaveLength(3);
  }, 60_000);
});
