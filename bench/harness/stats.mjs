/** @param {number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The p-quantile (0 to 1) by the nearest rank. */
export function quantile(sorted, p) {
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(p * sorted.length) - 1))];
}

/**
 * Median with the spread (half the distance between the quartiles, as a share of the median) and
 * the standard error of the median that follows from it, were the rounds independent and normal.
 * @param {number[]} values
 */
export function summary(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = median(sorted);
  const [low, high] = [quantile(sorted, 0.25), quantile(sorted, 0.75)];
  const spread = middle === 0 ? 0 : (high - low) / 2 / middle;
  return {
    median: middle,
    low,
    high,
    min: sorted[0],
    max: sorted.at(-1),
    spread,
    error: (1.858 * spread) / Math.sqrt(values.length),
    rounds: values.length,
  };
}

/** Ratios of the same rounds of two contenders: a drift of the machine cancels out. */
export function ratios(values, base) {
  return summary(values.map((value, round) => value / base[round]));
}
