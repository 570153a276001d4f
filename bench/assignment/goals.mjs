// What assignment has to show.

import { percent } from "../text.mjs";

/** Standard errors within which a figure is chance's. */
const ERRORS = 3;

const isChance = ({ meanSquare, error }) => Math.abs(meanSquare - 1) <= ERRORS * error;

/** @param {any} assignment the assignment part of a run */
export function assignmentGoals({ spreads, ratios, rollouts }) {
  const version2 = spreads.filter(({ version }) => version === 2);
  const alarms = ratios.below.find(({ level }) => level === 0.05);
  const wrong = rollouts.reduce((sum, one) => sum + one.wrong, 0);
  return [
    {
      id: "assignment-independence",
      text: "correlations of experiment pairs (hash version 2) inside what chance allows, and the greatest not so among other users",
      value: version2
        .map(
          ({ ids, pairs, greatest, again }) =>
            `${ids} ids: mean square ${pairs.meanSquare.toFixed(3)} ± ${pairs.error.toFixed(3)}, greatest ${greatest.toFixed(1)}, again ${again.toFixed(1)}`,
        )
        .join("; "),
      reached: version2.every(
        ({ pairs, again }) => isChance(pairs) && Math.abs(again) <= ERRORS + 0.3,
      ),
    },
    {
      id: "assignment-spread",
      text: "users over variations and buckets (hash version 2) as evenly as chance spreads them",
      value: version2
        .map(
          ({ ids, halves, buckets }) =>
            `${ids} ids: ${halves.meanSquare.toFixed(3)}, ${buckets.meanSquare.toFixed(3)} ± ${halves.error.toFixed(3)}`,
        )
        .join("; "),
      reached: version2.every(({ halves, buckets }) => isChance(halves) && isChance(buckets)),
    },
    {
      id: "assignment-alarms",
      text: "sample ratio test: 5% false alarms at p < 0.05",
      value: `${percent(alarms.share, 2)} ± ${percent(alarms.error, 2)} of ${ratios.count}`,
      reached: Math.abs(alarms.share - alarms.level) <= ERRORS * alarms.error,
    },
    {
      id: "assignment-rollouts",
      text: "a rollout that grows or shrinks, and weights that change, move exactly the users in between",
      value: `${wrong} of ${rollouts.reduce((sum, { users }) => sum + users, 0)} users wrong`,
      reached: wrong === 0,
    },
  ];
}
