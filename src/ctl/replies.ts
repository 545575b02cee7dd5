import type { Status } from '../report/status.ts';
import type { Culprit } from '../report/zombies.ts';

/**
 * Whether what came over a socket has the form of what sexton says, as far as it is read here. More keys may come with
 * later versions.
 */
export const isStatus = (value: unknown): value is Status =>
  has(value, {
    version: isText,
    pid: isNumber,
    started: isNumber,
    program: program =>
      has(program, {
        pid: isNumber,
        command: isText,
        state: isText,
        ended: optional(isNumber),
        exit_status: optional(isNumber),
        killed_by: optional(isText),
        user_seconds: optional(isNumber),
        system_seconds: optional(isNumber),
        peak_bytes: optional(isNumber),
      }),
    signals: list(signal =>
      has(signal, {
        signal: isText,
        sender: sender => isText(sender) || isNumber(sender),
        sender_name: optional(isText),
        uid: optional(isNumber),
        received: isNumber,
        forwarded: isNumber,
        sent: optional(isText),
      }),
    ),
    orphans: orphans =>
      has(orphans, { reaped: isNumber, failed: isNumber, killed: isNumber, commands: list(isCommand) }),
    oom_kills: optional(isNumber),
    errors: isNumber,
    lost_lines: isNumber,
  });

export const isZombies = (value: unknown): value is { culprits: Culprit[] } =>
  has(value, { culprits: list(culprit => has(culprit, { pid: isNumber, command: isText, zombies: isNumber })) });

type Check = (value: unknown) => boolean;

const isText: Check = value => typeof value === 'string';
const isNumber: Check = value => typeof value === 'number';
const isCommand: Check = value => has(value, { name: isText, reaped: isNumber, failed: isNumber, killed: isNumber });

function optional(check: Check): Check {
  return value => value === undefined || value === null || check(value);
}

function list(check: Check): Check {
  return value => Array.isArray(value) && value.every(check);
}

function has(value: unknown, checks: Readonly<Record<string, Check>>): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(checks).every(([key, check]) => check((value as Record<string, unknown>)[key]));
}
