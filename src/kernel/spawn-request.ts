/**
 * The spawn request: everything that the child needs, in one buffer. native/request.h describes the layout;
 * this file and that one say the same.
 */

/** All texts are byte strings: one character a byte, none of them NUL. */
export interface SpawnRequest {
  /** The paths to execute, tried in this order. */
  readonly candidates: readonly string[];
  readonly argv: readonly string[];
  /** NAME=value, as execve(2) takes them. */
  readonly environment: readonly string[];
  /** What the program is made the leader of; of nothing: it stays in our process group. */
  readonly leads: keyof typeof LEADS;
  readonly directory?: string | undefined;
  readonly credentials?: Credentials | undefined;
  /** The signals that the child starts with blocked, and with ignored. */
  readonly blocked: readonly number[];
  readonly ignored: readonly number[];
  readonly limits: readonly { resource: number; soft: bigint; hard: bigint }[];
  readonly descriptors: readonly Descriptor[];
}

export interface Credentials {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
}

/** What becomes of a descriptor in the program. */
export interface Descriptor {
  readonly fd: number;
  readonly fate: typeof DESCRIPTOR_KEPT | typeof DESCRIPTOR_CLOSED;
}

export const DESCRIPTOR_KEPT = 0;
export const DESCRIPTOR_CLOSED = 1;

/** getrlimit(2): alike on x86-64 and arm64. */
export const RLIMIT_NOFILE = 7;

const MAGIC = 0x31545853;
const HEAD = 64;
const GROUP = 1;
const SESSION = 2;
const LEADS = { nothing: 0, group: GROUP, session: SESSION } as const;
const TERMINAL = 4;
const CREDENTIALS = 8;
const DIRECTORY = 16;
const LISTEN_PID = 'LISTEN_PID=';
const LISTEN_PID_PLACE = `${LISTEN_PID}0000000000`;
const NO_LISTEN_PID = 0xffffffff;

/** Encodes a request. `ownPid`: LISTEN_PID is rewritten for the child if it names us (sd_listen_fds(3)). */
export function encodeSpawnRequest(request: SpawnRequest, ownPid: number): Uint8Array {
  const { credentials, directory } = request;
  const groups = credentials?.groups ?? [];
  const environment = [...request.environment];
  const listenPid = environment.indexOf(LISTEN_PID + ownPid);
  if (listenPid >= 0) environment[listenPid] = LISTEN_PID_PLACE;

  const strings = [
    ...(directory === undefined ? [] : [directory]),
    ...request.candidates,
    ...request.argv,
    ...environment,
  ];
  const text = `${strings.join('\0')}\0`;
  const sections = HEAD + 4 * groups.length + 24 * request.limits.length + 8 * request.descriptors.length;
  const buffer = Buffer.alloc(sections + text.length);

  buffer.writeUInt32LE(MAGIC, 0);
  buffer.writeUInt32LE(
    LEADS[request.leads] | TERMINAL | (credentials ? CREDENTIALS : 0) | (directory === undefined ? 0 : DIRECTORY),
    4,
  );
  writeSignalSet(buffer, request.blocked, 8);
  writeSignalSet(buffer, request.ignored, 16);
  buffer.writeUInt32LE(credentials?.uid ?? 0, 24);
  buffer.writeUInt32LE(credentials?.gid ?? 0, 28);
  buffer.writeUInt32LE(groups.length, 32);
  buffer.writeUInt32LE(request.limits.length, 36);
  buffer.writeUInt32LE(request.descriptors.length, 40);
  buffer.writeUInt32LE(request.candidates.length, 44);
  buffer.writeUInt32LE(request.argv.length, 48);
  buffer.writeUInt32LE(environment.length, 52);
  buffer.writeUInt32LE(listenPid >= 0 ? listenPid : NO_LISTEN_PID, 56);

  let offset = HEAD;
  for (const gid of groups) offset = buffer.writeUInt32LE(gid, offset);
  for (const { resource, soft, hard } of request.limits) {
    buffer.writeUInt32LE(resource, offset);
    buffer.writeBigUInt64LE(soft, offset + 8);
    offset = buffer.writeBigUInt64LE(hard, offset + 16);
  }
  for (const { fd, fate } of request.descriptors) {
    buffer.writeUInt32LE(fd, offset);
    offset = buffer.writeUInt32LE(fate, offset + 4);
  }
  buffer.write(text, offset, 'latin1');
  return buffer;
}

/** The kernel's signal set: bit signal - 1. */
function writeSignalSet(buffer: Buffer, signals: readonly number[], offset: number): void {
  for (const signal of signals) buffer[offset + ((signal - 1) >> 3)]! |= 1 << ((signal - 1) & 7);
}

/** What was being done when a spawn failed; native/request.h, enum spawn_step. */
export type SpawnStep = (typeof STEPS)[number];

const STEPS = [
  'unknown',
  'request',
  'prepare',
  'fork',
  'group',
  'session',
  'supplementary groups',
  'gid',
  'uid',
  'capabilities',
  'directory',
  'limit',
  'signals',
  'descriptor',
  'exec',
] as const;

/** Reads the step that failed from the buffer of a failed spawn. */
export function failedStep(buffer: Uint8Array): SpawnStep {
  return STEPS[buffer[0]!] ?? 'unknown';
}
