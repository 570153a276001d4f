import { instantiateSync, type Core } from "sluice/core";
import wasm from "sluice/core.wasm";
import type { ExperimentTally } from "./log.ts";

export interface Row {
  readonly name: string;
  readonly users: number;
  /** Users that its weight promises of all; null where nobody has told the weights. */
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

/** Whether the users of an experiment are split as its weights say. */
export function verdictOf(
  { experiment, variations, crossed }: ExperimentTally,
  weights: readonly number[] | undefined,
): Verdict {
  const total = variations.reduce((sum, { users }) => sum + users, 0);
  const sum = weights?.reduce((left, right) => left + right, 0) ?? 0;
  const count = Math.max(weights?.length ?? 0, ...variations.map(({ index }) => index + 1));
  const rows = Array.from({ length: count }, (_, index): Row => {
    const found = variations.find((variation) => variation.index === index);
    const expected = weights === undefined ? null : ((weights[index] ?? 0) / sum) * total;
    return { name: found?.name ?? String(index), users: found?.users ?? 0, expected };
  });
  const known = { experiment, rows, crossed };
  if (weights?.length !== count) return { ...known, p: null, verdict: "weights unknown" };
  if (rows.some(({ expected }) => (expected ?? 0) < FEWEST_EXPECTED)) {
    return { ...known, p: null, verdict: "too few users" };
  }
  core ??= instantiateSync(wasm);
  const users = rows.map((row) => row.users);
  const { p } = core.sampleRatio(users, weights);
  return { ...known, p, verdict: p < ALARM ? "mismatch" : "as planned" };
}
