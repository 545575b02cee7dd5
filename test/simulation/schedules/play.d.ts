export interface Mutant {
  readonly file: string;
  readonly what: string;
  /** What stands there, and what shall stand there. */
  readonly changes: readonly (readonly [from: string, to: string])[];
}

export function play(what: {
  count: number;
  first?: number;
  mostFailures?: number;
  mutant?: Mutant;
}): Promise<{ seed: number; complaints: string[] }[]>;

export function explain(seed: number): Promise<{ lines: string[]; failed: boolean }>;
