// GrowthBook's bucketing as its JavaScript SDK does it (hashVersion 2), for the contenders without a core.
import scenario from "bench:scenario";
import type { Variation } from "bench:scenario";

export function fnv32a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash ^= text.charCodeAt(i);
    hash += (hash << 1) + (hash << 4) + (hash << 7) + (hash << 8) + (hash << 24);
  }
  return hash >>> 0;
}

/** A number in [0, 1). */
export function hashV2(seed: string, value: string): number {
  return (fnv32a(String(fnv32a(seed + value))) % 10_000) / 10_000;
}

const { seed, variations, weights } = scenario.experiment;
let sum = 0;
const ends = weights.map((weight) => (sum += weight));

export function chooseVariation(visitor: string): Variation {
  const bucket = hashV2(seed, visitor);
  const index = ends.findIndex((end) => bucket < end);
  return variations[index] ?? "classic";
}
