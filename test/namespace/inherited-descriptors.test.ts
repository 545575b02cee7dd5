import { expect, it } from 'vitest';
import { describeWith, run, whyNoNamespaces } from './harness.ts';

const wrapper = ['sh', '-c', 'exec 4</dev/null 5</etc/passwd 6</dev/null; exec "$@"', 'sh'];
const words = ['--', 'sh', '-c', 'for fd in 4 5 6; do readlink /proc/self/fd/$fd; done'];

describeWith([whyNoNamespaces], 'inherited descriptors', () => {
  it('are all passed on, /dev/null among them', async () => {
    const { stdout } = await run(words, { wrapper });
    expect(stdout).toBe('/dev/null\n/etc/passwd\n/dev/null\n');
  });
});
