import { expect, it } from 'vitest';
import { describeWith, run, whyNoNamespaces } from './harness.ts';

describeWith([whyNoNamespaces], 'inherited descriptors', () => {
  it('are all passed on, /dev/null among them', async () => {
    const wrapper = ['sh', '-c', 'exec 4</dev/null 5</etc/passwd 6</dev/null; exec "$@"', 'sh'];
    const { stdout } = await run(['--', 'sh', '-c', 'for fd in 4 5 6; do readlink /proc/self/fd/$fd; done'], {
      wrapper,
    });
    expect(stdout).toBe('/dev/null\n/etc/passwd\n/dev/null\n');
  });

  it('are passed on though they are both ends of one pipe, as those of make -j', async () => {
    // 3 and 4 by way of a named pipe that is open for reading and writing.
    const wrapper = ['sh', '-c', 'p=$(mktemp -u); mkfifo "$p"; exec 3<>"$p" 4>&3; rm "$p"; exec "$@"', 'sh'];
    const { stdout } = await run(['--', 'sh', '-c', 'echo token >&4; read line <&3; echo "got $line"'], { wrapper });
    expect(stdout).toBe('got token\n');
  });
});
