import { closeSync, readFileSync } from 'node:fs';
import { Failure } from '../failure.ts';
import type { Inherited } from './inherited.ts';

/** The launcher's record: what we were started with, to the byte. native/record.h describes the layout. */

const MAGIC = 0x31525853;
const HEAD = 64;

/** Reads and closes the record that SEXTON_RECORD names; undefined when we were not started by the launcher. */
export function readRecord(): Inherited | undefined {
  const [, fd, program] = /^([0-9]+),([0-9]+)$/.exec(process.env['SEXTON_RECORD'] ?? '') ?? [];
  if (fd === undefined) return undefined;
  try {
    const buffer = readFileSync(Number(fd));
    closeSync(Number(fd));
    return decode(buffer, Number(program));
  } catch (error) {
    throw new Failure(`the launcher's record cannot be read: ${(error as Error).message}`);
  }
}

function decode(buffer: Buffer, program: number): Inherited {
  if (buffer.length < HEAD || buffer.readUInt32LE(0) !== MAGIC) throw new Error('it is another one');
  if (buffer.readInt32LE(4) !== process.pid)
    throw new Error('Node has another pid; a script in place of Node has to exec it');
  const count = buffer.readUInt32LE(44);
  const argc = buffer.readUInt32LE(48);
  const strings = buffer.toString('latin1', HEAD + 4 * count).split('\0');
  return {
    program,
    blocked: readSignalSet(buffer, 8),
    ignored: readSignalSet(buffer, 16),
    descriptorLimit: { soft: buffer.readBigUInt64LE(24), hard: buffer.readBigUInt64LE(32) },
    isRecorded: true,
    parent: buffer.readInt32LE(40),
    descriptors: Array.from({ length: count }, (_, index) => buffer.readInt32LE(HEAD + 4 * index)),
    calledAs: argc > 0 ? strings[0]! : 'sexton',
    arguments: strings.slice(1, argc),
    environment: strings.slice(argc, -1),
  };
}

function readSignalSet(buffer: Buffer, offset: number): number[] {
  const signals: number[] = [];
  for (let signal = 1; signal <= 64; signal++) {
    if (buffer[offset + ((signal - 1) >> 3)]! & (1 << ((signal - 1) & 7))) signals.push(signal);
  }
  return signals;
}
