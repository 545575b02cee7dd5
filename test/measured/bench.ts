/** npm run bench, for tests. */
import { spawnSync } from 'node:child_process';
import { root } from '../namespace/harness.ts';

export interface Figures {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly ratio?: number;
}

export interface Results {
  readonly machine: { readonly nodes: readonly string[]; readonly peers: Readonly<Record<string, string>> };
  /** By measure, then by init, then by column. */
  readonly measures: Readonly<
    Record<
      string,
      {
        readonly columns: readonly { readonly key: string }[];
        readonly inits: Readonly<Record<string, Readonly<Record<string, Figures>>>>;
        readonly skipped: Readonly<Record<string, string>>;
      }
    >
  >;
}

export function bench(...words: readonly string[]): Results {
  const { stdout, stderr } = spawnSync(process.execPath, ['bench/run.js', '--json', ...words], {
    cwd: root,
    encoding: 'utf8',
  });
  try {
    return JSON.parse(stdout) as Results;
  } catch {
    throw new Error(`npm run bench: ${stderr || stdout}`);
  }
}
