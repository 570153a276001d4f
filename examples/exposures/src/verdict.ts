import { instantiateSync, type Core } from "sluice/core";
import wasm from "sluice/core.wasm";
import type { ExperimentTally } from "./log.ts";

export interface Row {
  readonly name: string;
  /** Assigned by hash, each once. */
  readonly users: number;
  /** Beside them those whom a sticky bucket kept: not of these weights, and not in the test. */
  readonly sticky: number;
  /** Users that its weight promises of all who were assigned by hash; null where nobody has told the weights. */
  readonly expected: number | null;
}

export interface Verdict {
  readonly experiment: string;
  readonly rows: readonly Row[];
  readonly crossed: number;
  /** Of the sample-ratio test; null where there are no weights or too few users. */
  readonly p: number | null;
  readonly verdict: "as planned" | "mismatch" | "too few users" | "weights unknown";
}

/** The usual bound: whoever looks often would soon be alarmed by 0.05. */
const ALARM = 0.001;
/** Below that, the test says little. */
const FEWEST_EXPECTED = 5;

let core: Core | undefined;

/** Of those whom the weights are about. */
function totalOf(
  variations: ExperimentTally["variations"],
  weights: readonly number[] | undefined,
): number {
  const weighted = variations.filter(({ index }) => weights?.[index] !== 0);
  return weighted.reduce((sum, { users }) => sum + users, 0);
}

/** Whether the users of an experiment are split as its weights say. */
export function verdictOf(
  { experiment, variations, crossed }: ExperimentTally,
  weights: readonly number[] | undefined,
): Verdict {
  const total = totalOf(variations, weights);
  const sum = weights?.reduce((left, right) => left + right, 0) ?? 0;
  const count = Math.max(weights?.length ?? 0, ...variations.map(({ index }) => index + 1));
  const rows = Array.from({ length: count }, (_, index): Row => {
    const found = variations.find((variation) => variation.index === index);
    const expected = weights === undefined ? null : ((weights[index] ?? 0) / sum) * total;
    const { name = String(index), users = 0, sticky = 0 } = found ?? {};
    return { name, users, sticky, expected };
  });
  const known = { experiment, rows, crossed };
  if (weights?.length !== count) return { ...known, p: null, verdict: "weights unknown" };
  // As the gateway's own report: who is in a variation without weight was forced there, or is proof
  // enough without a test.
  const weighted = rows.filter((_, index) => weights[index] !== 0);
  const isEnough = weighted.every(({ expected }) => (expected ?? 0) >= FEWEST_EXPECTED);
  if (weighted.length < 2 || !isEnough) return { ...known, p: null, verdict: "too few users" };
  core ??= instantiateSync(wasm);
  const users = weighted.map((row) => row.users);
  const { p } = core.sampleRatio(
    users,
    weights.filter((weight) => weight !== 0),
  );
  return { ...known, p, verdict: p < ALARM ? "mismatch" : "as planned" };
}
