// What features have to show.

const HOSTS = ["workerd", "node"];
const AGAINST_GROWTHBOOK = 10;
const AGAINST_BEST = 4;
const OF_JSON_PARSE = 0.7;
const OF_MEMORY = 1 / 3;
// A feature of 10,000 may cost more than one of 500 as caches have it, but no more than half as much again.
const LINEAR = 1.5;

export const rowOf = (features, host, group) => features[host].find((row) => row.group === group);

const figure = ({ median, error }) => `${median.toFixed(2)}× ± ${(median * error).toFixed(2)}`;

/** One goal over both hosts: `valueOf` a row, of which `isEnough` says whether it is. */
function goal(features, { id, text, group, valueOf, isEnough }) {
  const values = HOSTS.map((host) => valueOf(rowOf(features, host, group), host));
  return {
    id: `features-${id}`,
    text,
    value: HOSTS.map((host, i) => `${figure(values[i])} in ${host}`).join(", "),
    reached: values.every(({ median }) => isEnough(median)),
  };
}

/** The contender that comes closest. */
const closest = ({ against }) =>
  Object.values(against)
    .map(({ timesFaster }) => timesFaster)
    .reduce((least, one) => (one.median < least.median ? one : least));

const inverse = ({ median, error }) => ({ median: 1 / median, error });

/** How much more one of many features costs than one of few. */
export function growth(features, host, work) {
  const few = rowOf(features, host, `${work}/500`);
  const many = rowOf(features, host, `${work}/10000`);
  const median = many.sluiceNs.median / many.features / (few.sluiceNs.median / few.features);
  return { median, error: Math.hypot(many.sluiceNs.error, few.sluiceNs.error) };
}

export const memoryShare = ({ sluice, growthbook }) => sluice.first.bytes / growthbook.first.bytes;

/** @param {any} features the features part of a run */
export function featureGoals(features) {
  const byGrowthBook = ({ against }) => against.growthbook.timesFaster;
  const share = memoryShare(features.memory);
  return [
    goal(features, {
      id: "all",
      text: `500 features for a user, all values read, times as fast as GrowthBookClient, at least ${AGAINST_GROWTHBOOK}`,
      group: "all/500",
      valueOf: byGrowthBook,
      isEnough: (times) => times >= AGAINST_GROWTHBOOK,
    }),
    goal(features, {
      id: "all-best",
      text: `the same against the fastest contender, at least ${AGAINST_BEST}`,
      group: "all/500",
      valueOf: closest,
      isEnough: (times) => times >= AGAINST_BEST,
    }),
    ...[1, 500].map((count) =>
      goal(features, {
        id: `one-${count}`,
        text: `one feature of ${count}, times as fast as GrowthBookClient, at least 1`,
        group: `one/${count}`,
        valueOf: byGrowthBook,
        isEnough: (times) => times >= 1,
      }),
    ),
    goal(features, {
      id: "load",
      text: `loading 500 features from bytes, compiled whole, of JSON.parse's time, at most ${OF_JSON_PARSE}`,
      group: "load/500",
      valueOf: ({ against }) => inverse(against["JSON.parse"].timesFaster),
      isEnough: (part) => part <= OF_JSON_PARSE,
    }),
    {
      id: "features-memory",
      text: `memory for 500 features in a fresh instance, of GrowthBookClient's, at most ${OF_MEMORY.toFixed(2)}`,
      value: `${share.toFixed(2)}×`,
      reached: share <= OF_MEMORY,
    },
    ...["all", "load"].map((work) =>
      goal(features, {
        id: `linear-${work}`,
        text: `${work === "all" ? "deciding" : "loading"} a feature of 10,000, times what one of 500 costs, at most ${LINEAR}`,
        group: `${work}/10000`,
        valueOf: (_, host) => growth(features, host, work),
        isEnough: (times) => times <= LINEAR,
      }),
    ),
  ];
}
