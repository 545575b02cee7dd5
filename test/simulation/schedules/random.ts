/** The same numbers for the same seed, on every machine: mulberry32, whose state is one number. */
export interface Random {
  /** 0 to n - 1. */
  below(n: number): number;
  chance(percent: number): boolean;
  pick<T>(list: readonly T[]): T;
}

export function randomOf(seed: number): Random {
  let state = Math.imul(seed + 1, 0x9e3779b1);
  function below(n: number): number {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) % n;
  }
  return {
    below,
    chance: percent => below(100) < percent,
    pick: list => list[below(list.length)]!,
  };
}
