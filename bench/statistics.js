// Medians, and how far the rest is from them.

export function median(numbers) {
  return quantile(numbers, 0.5);
}

export function quantile(numbers, share) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

/** The median with the extremes; and that of the ratios to the baseline's numbers of the same rounds. */
export function summary(numbers, baseline) {
  const ratios = baseline?.map((base, round) => numbers[round] / base).filter(Number.isFinite);
  return {
    median: median(numbers),
    min: Math.min(...numbers),
    max: Math.max(...numbers),
    ...(ratios?.length ? { ratio: median(ratios) } : {}),
  };
}
