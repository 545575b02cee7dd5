import { expect, it } from 'vitest';
import { describeWith, run, whyNoNamespaces } from './harness.ts';

describeWith([whyNoNamespaces], 'exit status', () => {
  it.each([0, 1, 42, 127, 255])("is the program's: %i", async code => {
    expect(await run(['--', 'sh', '-c', `exit ${code}`])).toEqual({ status: code, stdout: '', stderr: '' });
  });
});
