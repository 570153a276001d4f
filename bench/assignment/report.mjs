// The assignment part of the report: tables and plots.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { histogramChart } from "../histogram.mjs";
import { percent, round, table } from "../text.mjs";

const normal = (z) => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
const figure = ({ meanSquare, error }) => `${meanSquare.toFixed(3)} ± ${error.toFixed(3)}`;
const phi = ({ greatest, users }) => Math.abs(greatest) / Math.sqrt(users);

function spreadTable(spreads) {
  return table(
    [
      "hash, ids",
      "users",
      "pairs",
      "mean square",
      "beyond ±1.96",
      "greatest φ",
      "its score",
      "again",
      "halves, mean square",
      "buckets, mean square",
    ],
    spreads.map(({ ids, version, users, greatest, again, pairs, halves, buckets }) => [
      `version ${version}, ${ids}`,
      round(users),
      round(pairs.count),
      figure(pairs),
      percent(pairs.beyond, 1),
      phi({ greatest, users }).toFixed(4),
      greatest.toFixed(1),
      again.toFixed(1),
      figure(halves),
      figure(buckets),
    ]),
  );
}

const ratioTable = ({ below }) =>
  table(
    ["p below", "of the tests", "standard error"],
    below.map(({ level, share, error }) => [level, percent(share, 2), percent(error, 2)]),
  );

const lossTable = (lossy) =>
  table(
    ["exposures lost, of one variation", "users", "p < 0.001", "p < 0.05"],
    lossy.map(({ loss, users, seen, suspected }) => [
      percent(loss),
      round(users),
      percent(seen, 1),
      percent(suspected, 1),
    ]),
  );

const rolloutTable = (rollouts) =>
  table(
    ["change", "users", "in between", "moved", "wrong"],
    rollouts.map(({ name, users, between, moved, wrong }) => [
      name,
      round(users),
      round(between),
      round(moved),
      wrong,
    ]),
  );

/** @param {any} assignment the assignment part of a run */
export function assignmentSection({ spreads, ratios, lossy, rollouts }) {
  return `## Assignment: is the hash as good as drawing lots?

Experiments \`exp-1\`, \`exp-2\`, … with two variations each, on the same users: ids as the gateway mints them, and \`1\`, \`2\`, \`3\`, … Each figure is a
score that is standard normal if users are spread at random, so its mean square is 1; ± is the standard error. Pairs: the correlation φ of being in the second variation of
both experiments, times √users. Halves: how far a variation is from half of the users. Buckets: Pearson's chi-square over all buckets (10,000, in version 1 1,000), standardized. The
pair that is furthest off is measured again among ten times as many other users: what was chance is gone there, what wasn't grows by √10.

${spreadTable(spreads)}

![Correlation of experiments](assignment-independence.svg)

![Spread of users](assignment-spread.svg)

### Sample ratio mismatch

\`core.sampleRatio\` over ${round(ratios.count)} experiments of 10,000 users without a fault, with two to five variations and even and uneven weights: how often p is below a bound.

${ratioTable(ratios)}

![p of sample ratio tests](assignment-sample-ratio.svg)

And how often it sees that exposures of one of two variations were lost:

${lossTable(lossy)}

### Changing shares

${rolloutTable(rollouts)}
`;
}

const scorePanel = (label, { count, histogram }) => ({
  label,
  ticks: 8,
  histogram,
  expected: histogram.counts.map(
    (_, bin) => count * histogram.width * normal(histogram.from + (bin + 0.5) * histogram.width),
  ),
});
const spreadOf = (spreads, ids, version) =>
  spreads.find((one) => one.ids === ids && one.version === version);

/** The plots of the section, by file name. */
export function assignmentPlots({ spreads, ratios }) {
  const minted = spreadOf(spreads, "minted", 2);
  const sequential = spreadOf(spreads, "sequential", 2);
  const old = spreadOf(spreads, "minted", 1);
  const oldSequential = spreadOf(spreads, "sequential", 1);
  return {
    "assignment-independence.svg": histogramChart({
      title: "Correlation of experiments",
      subtitle: `φ × √${round(minted.users)} of pairs of experiments; line: as chance has it`,
      panels: [
        scorePanel(`hash version 2, minted ids: ${round(minted.pairs.count)} pairs`, minted.pairs),
        scorePanel(
          `hash version 2, sequential ids: ${round(sequential.pairs.count)} pairs`,
          sequential.pairs,
        ),
        scorePanel(`hash version 1, minted ids: ${round(old.pairs.count)} pairs`, {
          ...old.pairs,
          histogram: old.pairs.wide,
        }),
      ],
    }),
    "assignment-spread.svg": histogramChart({
      title: "Spread of users",
      subtitle: `standardized chi-square over all buckets, an experiment each; line: as chance has it`,
      panels: [
        scorePanel(`hash version 2, minted ids`, minted.buckets),
        scorePanel(`hash version 2, sequential ids`, sequential.buckets),
        scorePanel(`hash version 1, sequential ids`, oldSequential.buckets),
      ],
    }),
    "assignment-sample-ratio.svg": histogramChart({
      title: "p of sample ratio tests",
      subtitle: `${round(ratios.count)} experiments without a mismatch; line: as it should be`,
      panels: [
        {
          label: "p",
          ticks: 10,
          histogram: ratios.histogram,
          expected: ratios.histogram.counts.map(() => ratios.count * ratios.histogram.width),
        },
      ],
    }),
  };
}

/** The section and its plots by themselves. */
export function writeAssignment(assignment, folder) {
  writeFileSync(join(folder, "assignment.md"), assignmentSection(assignment));
  for (const [name, svg] of Object.entries(assignmentPlots(assignment))) {
    writeFileSync(join(folder, name), svg);
  }
}
