import { createLog } from '../../../src/report/log.ts';

/** A log that keeps its lines. */
export function keptLog(): { log: ReturnType<typeof createLog>; lines: string[]; take(): string[] } {
  const lines: string[] = [];
  const write = (line: Uint8Array): number => {
    lines.push(Buffer.from(line).toString().trimEnd());
    return line.length;
  };
  return { log: createLog({ verbosity: 1, format: 'text', pid: 1, write }), lines, take: () => lines.splice(0) };
}
