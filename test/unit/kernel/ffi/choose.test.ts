import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../../../src/failure.ts';
import { openFunctions } from '../../../../src/kernel/ffi/choose.ts';
import { koffi } from '../../../../src/parts.ts';

const root = join(import.meta.dirname, '..', '..', '..', '..');
const libsexton = join(root, 'prebuilds', `linux-${process.arch}`, 'libsexton.so');
const hasNodeFfi = process.getBuiltinModule('node:ffi' as 'fs') !== undefined;
const ESRCH = 3;
const ECHILD = 10;
const PR_SET_CHILD_SUBREAPER = 36;
const NOBODY = 0x3fffffff;

/** Runs something on a Node without node:ffi. */
function withoutNodeFfi<T>(run: () => T): T {
  const { getBuiltinModule } = process;
  process.getBuiltinModule = (() => undefined) as typeof getBuiltinModule;
  try {
    return run();
  } finally {
    process.getBuiltinModule = getBuiltinModule;
  }
}

describe('the native functions', () => {
  it.each([undefined, '', 'koffi', 'ffi-napi', ...(hasNodeFfi ? ['node-ffi'] : [])])('are bound by %j', asked => {
    const { emitWarning } = process;
    const native = openFunctions(asked, libsexton, koffi);
    expect(process.emitWarning).toBe(emitWarning);
    expect(native.getppid()).toBe(process.ppid);
    expect(native.kill(process.pid, 0)).toBe(0);
    expect(native.kill(NOBODY, 0)).toBe(-ESRCH);
    expect(native.prctl(PR_SET_CHILD_SUBREAPER, 0)).toBe(0);
    const place = new Int32Array(1).fill(-1);
    expect(native.waitpid(NOBODY, place, 0)).toBe(-ECHILD);
    expect(native.write(-1, Buffer.from('nowhere'), 7)).toBeLessThan(0);
  });

  it('come by koffi where Node has none of its own', () => {
    expect(withoutNodeFfi(() => openFunctions(undefined, libsexton, koffi)).kill(process.pid, 0)).toBe(0);
  });

  it('come by nothing but what SEXTON_FFI asks for', () => {
    const ask = () => withoutNodeFfi(() => openFunctions('node-ffi', libsexton, koffi));
    expect(ask).toThrow(Failure);
    expect(ask).toThrow(/^the native part for linux-\w+ does not load: node-ffi: Node [\d.]+ has no node:ffi/);
    expect(() => openFunctions('ffi', libsexton, koffi)).toThrow(/'ffi' is not one of node-ffi, koffi, ffi-napi/);
  });

  it('are not there without the library: each backend that was tried says why', () => {
    const open = () => openFunctions(undefined, '/nonexistent/libsexton.so', koffi);
    expect(open).toThrow(/does not load: node-ffi: .+; koffi: .*No such file or directory/);
  });
});
