/** One variation's names. */
export interface VariationMeta {
  readonly key?: string;
  readonly name?: string;
  readonly passthrough?: boolean;
}

/** What a contextual bandit chose. */
export interface ContextualBandit {
  readonly leafId: number;
  readonly variationWeights: readonly number[];
  readonly banditVersion?: number;
}

/** An experiment as GrowthBook's SDK shows it: a rule's part of it, or the payload's own. */
export interface Experiment {
  readonly key: string;
  readonly variations: readonly unknown[];
  readonly meta?: readonly VariationMeta[];
  readonly weights?: readonly number[];
  readonly bucketVersion?: number;
  readonly contextualBandit?: ContextualBandit;
  readonly [property: string]: unknown;
}

/** The leaf that a bandit chose; without context the one for who is in none. */
export interface Leaf {
  readonly context: { readonly leafId: number; readonly weights: readonly number[] } | undefined;
  readonly banditVersion: number | undefined;
}

const UNMATCHED_LEAF = -1;
/** Properties of a rule that its experiment has where they are truthy, in the SDK's order. */
const WHERE_TRUTHY = [
  "weights",
  "hashAttribute",
  "fallbackAttribute",
  "disableStickyBucketing",
] as const;
const WHERE_TRUTHY_TOO = [
  "namespace",
  "meta",
  "ranges",
  "name",
  "phase",
  "seed",
  "hashVersion",
  "filters",
  "condition",
] as const;

/** What the SDK makes of an experiment rule. `isAssigned`: the user is in it by hash. */
export function experimentOfRule(
  rule: Readonly<Record<string, unknown>>,
  feature: string,
  leaf: Leaf | undefined,
  isAssigned: boolean,
): Experiment {
  const experiment: Record<string, unknown> & { variations: readonly unknown[]; key: string } = {
    variations: (rule["contextualVariations"] ?? rule["variations"]) as readonly unknown[],
    key: typeof rule["key"] === "string" && rule["key"] !== "" ? rule["key"] : feature,
  };
  if ("coverage" in rule) experiment["coverage"] = rule["coverage"];
  for (const name of WHERE_TRUTHY) if (rule[name]) experiment[name] = rule[name];
  for (const name of ["bucketVersion", "minBucketVersion"]) {
    if (rule[name] !== undefined) experiment[name] = rule[name];
  }
  for (const name of WHERE_TRUTHY_TOO) if (rule[name]) experiment[name] = rule[name];
  if (leaf === undefined) return experiment;
  if (leaf.context !== undefined) experiment["weights"] = leaf.context.weights;
  if (isAssigned) experiment["contextualBandit"] = banditOf(experiment, leaf);
  return experiment;
}

function banditOf(experiment: Experiment, leaf: Leaf): ContextualBandit {
  const { length } = experiment.variations;
  return {
    leafId: leaf.context?.leafId ?? UNMATCHED_LEAF,
    variationWeights: experiment.weights ?? new Array<number>(length).fill(1 / length),
    ...(leaf.banditVersion === undefined ? {} : { banditVersion: leaf.banditVersion }),
  };
}
