import type { Core, SampleRatio } from "../core/index.ts";
import type { ExperimentCounts, ExposureTable } from "../gateway/exposure-table.ts";
import { isolateExposures } from "../gateway/exposures.ts";
import type { ProblemSubject } from "../gateway/problem.ts";
import { experimentWeights } from "./experiment-weights.ts";
import type { LivePolicy } from "./live-policy.ts";

/** Pearson's test says little where it expects fewer in a cell. */
const FEWEST_EXPECTED = 5;

/** Why there is no test. */
type NoSampleRatio = "too-many-users" | "weights-unknown" | "one-variation" | "too-few-users";

/**
 * The users that this isolate has exposed to each experiment under its policy, whether that was
 * sent or not, with the test whether those who were assigned by hash are split as the weights say.
 * One isolate's sight: for a verdict on an
 * experiment all its exposures are to be counted where the queue ends.
 */
export function showExperiments(live: LivePolicy, subject: ProblemSubject): Response {
  const { counts, table } = isolateExposures;
  const { revision } = live.source;
  const weights = experimentWeights(live.source.bytes);
  const isCurrent = table.revision === revision;
  const experiments = [...(isCurrent ? table.experiments : [])].map(([experiment, users]) =>
    report(live.core, table, experiment, users, weights.get(experiment) ?? undefined),
  );
  return Response.json(
    {
      revision,
      since: isCurrent ? isoDate(table) : null,
      exposures: counts,
      experiments,
      uncounted: isCurrent ? table.uncounted : 0,
    },
    { headers: { "cache-control": "no-store", "x-request-id": subject.id } },
  );
}

function isoDate({ since }: ExposureTable): string | null {
  return since === undefined ? null : new Date(since).toISOString();
}

function report(
  core: Core,
  { full }: ExposureTable,
  experiment: string,
  users: ExperimentCounts,
  weights: readonly number[] | undefined,
): object {
  const variations = Array.from(
    { length: Math.max(users.length, weights?.length ?? 0) },
    (_, index) => ({
      variation: users[index]?.variation ?? String(index),
      weight: weights?.[index] ?? null,
      hashed: users[index]?.hashed ?? 0,
      sticky: users[index]?.sticky ?? 0,
    }),
  );
  const tested = full ? "too-many-users" : sampleRatio(core, variations);
  const result =
    typeof tested === "string"
      ? { sampleRatio: null, reason: tested }
      : { sampleRatio: tested, reason: null };
  return { experiment, variations, ...result };
}

function sampleRatio(
  core: Core,
  variations: readonly { readonly weight: number | null; readonly hashed: number }[],
): SampleRatio | NoSampleRatio {
  // Who is in a variation without weight was forced there, or is proof enough without a test.
  const weighted = variations.filter(({ weight }) => weight !== 0);
  const weights: number[] = [];
  for (const { weight } of weighted) {
    if (weight === null) return "weights-unknown";
    weights.push(weight);
  }
  if (weights.length < 2) return "one-variation";
  const counts = weighted.map(({ hashed }) => hashed);
  const total = counts.reduce((left, right) => left + right, 0);
  const isEnough = weights.every((weight) => weight * total >= FEWEST_EXPECTED);
  return isEnough ? core.sampleRatio(counts, weights) : "too-few-users";
}
