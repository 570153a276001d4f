// One request's decision by the core, and by hand: route, identity by the key's digest, variation by the
// visitor, upstream path. Both get the facts already read from the request.
import type scenarioData from "bench:scenario";
import type { instantiateSync } from "sluice/core";
import { hashV2 } from "../edge/contenders/growthbook.ts";

type Scenario = typeof scenarioData;
type Core = ReturnType<typeof instantiateSync>;
type Decide = (i: number) => string;

interface RequestFacts {
  readonly path: string;
  readonly query: string;
  readonly visitor: string;
  readonly digest: Uint8Array;
}

const REQUESTS = 1024;

function bytesOfHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

function requests({ apiKeys }: Scenario): RequestFacts[] {
  return Array.from({ length: REQUESTS }, (_, i) => ({
    path: "/orders",
    query: `?page=${i % 16}`,
    visitor: ((i * 2654435761) >>> 0).toString(16).padStart(8, "0").repeat(4),
    digest: bytesOfHex(apiKeys[i % apiKeys.length]?.sha256 ?? ""),
  }));
}

export function decideInJs(scenario: Scenario): Decide {
  const { experiment, upstreamPaths } = scenario;
  const all = requests(scenario);
  const identities = new Map(scenario.apiKeys.map(({ sha256, identity }) => [sha256, identity]));
  const routes = new Map([["/orders", "perCustomer"], ["/tight/orders", "tight"]]);
  const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
  let sum = 0;
  const ends = experiment.weights.map((weight) => (sum += weight));
  return (i) => {
    const { path, query, visitor, digest } = all[i & (REQUESTS - 1)] as RequestFacts;
    const limit = routes.get(path);
    if (limit === undefined) return "not found";
    let key = "";
    for (const byte of digest) key += hex[byte];
    const identity = identities.get(key);
    if (identity === undefined) return "unauthorized";
    const bucket = hashV2(experiment.seed, visitor);
    const variation = experiment.variations[ends.findIndex((end) => bucket < end)] ?? "classic";
    return `${identity} ${limit} ${upstreamPaths[variation]}${query}`;
  };
}
