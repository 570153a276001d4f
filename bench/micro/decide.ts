// One request's decision by the core, and by hand: route, identity by the key's digest, variation by the
// visitor, upstream path. Both get the facts already read from the request.
import type scenarioData from "bench:scenario";
import { NONE, Outcome, Slot } from "sluice/core";
import type { Core, Facts } from "sluice/core";
import { hashV2 } from "../edge/contenders/growthbook.ts";

type Scenario = typeof scenarioData;
type Decide = (i: number) => string;

interface RequestFacts {
  readonly path: string;
  readonly query: string;
  readonly cookie: string;
  readonly digest: Uint8Array;
}

const REQUESTS = 1024;
const NOW = 1_764_000_000_000;

function bytesOfHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

function requests({ apiKeys, visitorCookie }: Scenario): RequestFacts[] {
  return Array.from({ length: REQUESTS }, (_, i) => ({
    path: "/orders",
    query: `?page=${i % 16}`,
    cookie: `theme=dark; ${visitorCookie}=${((i * 2654435761) >>> 0).toString(16).padStart(8, "0").repeat(3).slice(0, 22)}`,
    digest: bytesOfHex(apiKeys[i % apiKeys.length]?.sha256 ?? ""),
  }));
}

export function decideWithCore(core: Core, policyText: string, scenario: Scenario): Decide {
  const policy = core.compilePolicy(policyText);
  const { slots, limits } = policy.description;
  const all = requests(scenario).map(({ path, query, cookie, digest }): Facts => {
    const facts = slots.map((name) => (name === "header:cookie" ? cookie : undefined)) as (
      string | Uint8Array | undefined
    )[];
    facts[Slot.method] = "GET";
    facts[Slot.host] = "shop.example.com";
    facts[Slot.path] = path;
    facts[Slot.query] = query;
    facts[Slot.digest] = digest;
    return facts;
  });
  return (i) => {
    const facts = all[i & (REQUESTS - 1)] as Facts;
    const { outcome, route } = policy.match(facts, NOW);
    if (outcome !== Outcome.proceed || route === NONE) return "not found";
    const plan = policy.decide(route, facts, NOW);
    if (plan.outcome !== Outcome.proceed) return "unauthorized";
    return `${plan.identity} ${limits[plan.charges[0]?.limit ?? NONE]?.name} ${plan.path}`;
  };
}

export function decideInJs(scenario: Scenario): Decide {
  const { experiment, upstreamPaths } = scenario;
  const all = requests(scenario);
  const identities = new Map(scenario.apiKeys.map(({ sha256, identity }) => [sha256, identity]));
  const routes = new Map([
    ["/orders", "perCustomer"],
    ["/tight/orders", "tight"],
  ]);
  const visitorOf = new RegExp(`(?:^|;\\s*)${scenario.visitorCookie}=([\\w-]{22})(?:;|$)`);
  const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
  let sum = 0;
  const ends = experiment.weights.map((weight) => (sum += weight));
  return (i) => {
    const { path, query, cookie, digest } = all[i & (REQUESTS - 1)] as RequestFacts;
    const limit = routes.get(path);
    if (limit === undefined) return "not found";
    let key = "";
    for (const byte of digest) key += hex[byte] ?? "";
    const identity = identities.get(key);
    if (identity === undefined) return "unauthorized";
    const visitor = visitorOf.exec(cookie)?.[1];
    if (visitor === undefined) return "no visitor";
    const bucket = hashV2(experiment.seed, visitor);
    const variation = experiment.variations[ends.findIndex((end) => bucket < end)] ?? "classic";
    return `${identity} ${limit} ${upstreamPaths[variation]}${query}`;
  };
}
