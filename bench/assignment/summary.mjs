// What the report keeps of the scores and probabilities that assignment_statistics computes.

const SCORE_BINS = { from: -4, to: 4, width: 0.25 };
const P_BINS = { from: 0, to: 1, width: 0.05 };

function histogram(values, { from, to, width }) {
  const counts = Array.from({ length: Math.round((to - from) / width) }, () => 0);
  for (const value of values) {
    const bin = Math.floor((value - from) / width);
    counts[Math.min(Math.max(bin, 0), counts.length - 1)]++;
  }
  return { from, width, counts };
}

const share = (values, is) => values.filter(is).length / values.length;

/** Of scores that chance makes standard normal. */
function scores(values) {
  const count = values.length;
  return {
    count,
    meanSquare: values.reduce((sum, value) => sum + value * value, 0) / count,
    error: Math.sqrt(2 / count),
    beyond: share(values, (value) => Math.abs(value) > 1.96),
    greatest: Math.max(...values.map(Math.abs)),
    histogram: histogram(values, SCORE_BINS),
  };
}

const wide = (values) => {
  const edge = Math.ceil(Math.max(...values.map(Math.abs)) / 20) * 20;
  return histogram(values, { from: -edge, to: edge, width: edge / 16 });
};

/** @param {any} measured as assignment_statistics writes it */
export function summary({ spreads, ratios, lossy }) {
  return {
    spreads: spreads.map(({ ids, version, users, greatest, again, pairs, halves, buckets }) => ({
      ids,
      version,
      users,
      greatest,
      again,
      pairs: { ...scores(pairs), wide: wide(pairs) },
      halves: scores(halves),
      buckets: scores(buckets),
    })),
    ratios: {
      count: ratios.length,
      below: [0.001, 0.01, 0.05, 0.1, 0.5].map((level) => ({
        level,
        share: share(ratios, (p) => p < level),
        error: Math.sqrt((level * (1 - level)) / ratios.length),
      })),
      histogram: histogram(ratios, P_BINS),
    },
    lossy: lossy.map(({ loss, users, ratios: ps }) => ({
      loss,
      users,
      count: ps.length,
      seen: share(ps, (p) => p < 0.001),
      suspected: share(ps, (p) => p < 0.05),
    })),
  };
}
