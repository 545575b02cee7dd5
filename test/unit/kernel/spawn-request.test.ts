import { describe, expect, it } from 'vitest';
import { encodeSpawnRequest, failedStep, type SpawnRequest } from '../../../src/kernel/spawn-request.ts';

const PLAIN: SpawnRequest = {
  candidates: ['/bin/sh'],
  argv: ['sh'],
  environment: [],
  leads: 'group',
  blocked: [],
  ignored: [],
  limits: [],
  descriptors: [],
};

/** Reads a request by the layout of native/request.h. */
function decode(bytes: Uint8Array) {
  const buffer = Buffer.from(bytes);
  const u32 = (offset: number) => buffer.readUInt32LE(offset);
  const signals = (offset: number) =>
    Array.from({ length: 64 }, (_, bit) => bit + 1).filter(
      signal => (buffer.readBigUInt64LE(offset) >> BigInt(signal - 1)) & 1n,
    );
  const flags = u32(4);
  let offset = 64;
  const take = <T>(count: number, size: number, read: (at: number) => T): T[] =>
    Array.from({ length: count }, () => {
      offset += size;
      return read(offset - size);
    });
  const groups = take(u32(32), 4, u32);
  const limits = take(u32(36), 24, at => ({
    resource: u32(at),
    padding: u32(at + 4),
    soft: buffer.readBigUInt64LE(at + 8),
    hard: buffer.readBigUInt64LE(at + 16),
  }));
  const descriptors = take(u32(40), 8, at => ({ fd: u32(at), fate: u32(at + 4) }));
  const strings = buffer.subarray(offset).toString('latin1').split('\0');
  const end = strings.pop();
  const directory = flags & 16 ? strings.shift() : undefined;
  return {
    magic: buffer.toString('latin1', 0, 4),
    flags,
    blocked: signals(8),
    ignored: signals(16),
    uid: u32(24),
    gid: u32(28),
    groups,
    limits,
    descriptors,
    directory,
    candidates: strings.splice(0, u32(44)),
    argv: strings.splice(0, u32(48)),
    environment: strings.splice(0, u32(52)),
    listenPid: u32(56),
    reserved: u32(60),
    rest: [...strings, end],
  };
}

describe('encodeSpawnRequest', () => {
  it('writes a plain request', () => {
    expect(decode(encodeSpawnRequest(PLAIN, 1))).toEqual({
      magic: 'SXT1',
      flags: 1 | 4,
      blocked: [],
      ignored: [],
      uid: 0,
      gid: 0,
      groups: [],
      limits: [],
      descriptors: [],
      directory: undefined,
      candidates: ['/bin/sh'],
      argv: ['sh'],
      environment: [],
      listenPid: 0xffffffff,
      reserved: 0,
      rest: [''],
    });
  });

  it('writes everything else', () => {
    const request: SpawnRequest = {
      candidates: ['/bin/a', '/usr/bin/a'],
      argv: ['a', '', 'caf\xc3\xa9', '\xff'],
      environment: ['A=1', 'my.dotted=x', 'NOEQ', '=weird', 'A=2'],
      leads: 'session',
      directory: '/srv',
      credentials: { uid: 1000, gid: 0xfffffffe, groups: [5, 70000] },
      blocked: [1, 32, 33, 64],
      ignored: [13, 17],
      limits: [{ resource: 7, soft: 1024n, hard: 0xffffffffffffffffn }],
      descriptors: [
        { fd: 0, fate: 0 },
        { fd: 9, fate: 1 },
      ],
    };
    const { candidates, argv, environment, directory, blocked, ignored } = request;
    expect(decode(encodeSpawnRequest(request, 1))).toEqual({
      ...{ candidates, argv, environment, directory, blocked, ignored },
      magic: 'SXT1',
      flags: 2 | 4 | 8 | 16,
      uid: 1000,
      gid: 0xfffffffe,
      groups: [5, 70000],
      limits: [{ resource: 7, padding: 0, soft: 1024n, hard: 0xffffffffffffffffn }],
      descriptors: request.descriptors,
      listenPid: 0xffffffff,
      reserved: 0,
      rest: [''],
    });
  });

  it('leaves room for the pid of the child in LISTEN_PID when it names us', () => {
    const environment = ['A=1', 'LISTEN_PID=17', 'LISTEN_FDS=2'];
    const decoded = decode(encodeSpawnRequest({ ...PLAIN, environment }, 17));
    expect(decoded.environment).toEqual(['A=1', 'LISTEN_PID=0000000000', 'LISTEN_FDS=2']);
    expect(decoded.listenPid).toBe(1);
    expect(environment[1]).toBe('LISTEN_PID=17');
  });

  it('leaves the LISTEN_PID of others alone', () => {
    const decoded = decode(encodeSpawnRequest({ ...PLAIN, environment: ['LISTEN_PID=170'] }, 17));
    expect(decoded.environment).toEqual(['LISTEN_PID=170']);
    expect(decoded.listenPid).toBe(0xffffffff);
  });
});

describe('failedStep', () => {
  it.each([
    [1, 'request'],
    [3, 'fork'],
    [6, 'supplementary groups'],
    [14, 'exec'],
    [0, 'unknown'],
    [200, 'unknown'],
  ] as const)('%i is %s', (number, step) => {
    expect(failedStep(Buffer.from([number]))).toBe(step);
  });
});
