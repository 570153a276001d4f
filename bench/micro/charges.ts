// One charge, as callers make it: through the public limiter, and on the gateway's path, where it is part of decide.
// Beside them rate-limiter-flexible's memory store and a Map by hand.
import { ChargeVerdict, NONE, Slot, instantiateSync } from "sluice/core";
import type { CompiledPolicy, Core, Facts } from "sluice/core";
// The package as a whole wants node:cluster.
import RateLimiterMemory from "rate-limiter-flexible/lib/RateLimiterMemory.js";
import type { Case } from "../harness/serve.ts";
import { MapLimiter } from "./map-limiter.ts";

const SUBJECTS = 1024;
const NOW = 1_764_000_000_000;
const PLENTY = 1_000_000_000;

// A subject comes out of a header: a new string each time, whose hash nobody knows yet.
const headers = Array.from(
  { length: SUBJECTS },
  (_, i) => `id=customer-${String(i).padStart(4, "0")}; theme=dark`,
);
const subjectOf = (i: number): string => (headers[i & (SUBJECTS - 1)] ?? "").slice(3, 16);

type Once = (i: number) => boolean;

/** A loop of `once`, which has to answer `expected` each time. */
function caseOf(group: string, by: string, expected: boolean, once: Once): Case {
  const run = (times: number): number => {
    let sum = 0;
    for (let i = 0; i < times; i++) if (once(i) === expected) sum++;
    return checked(group, by, sum, times);
  };
  return { group, by, run, result: () => String(run(SUBJECTS) === SUBJECTS) };
}

function checked(group: string, by: string, sum: number, times: number): number {
  if (sum === times) return sum;
  throw new Error(`${group}, ${by}: ${times - sum} answers of ${times} are wrong`);
}

function limitsOf(algorithm: string, units: number) {
  return {
    api: {
      algorithm,
      rate: { units, per: "1d" },
      subject: ["identity"],
      durability: "memory",
      mayForget: true,
    },
  };
}

/** As its users call it: awaited, a denial is thrown. */
function flexibleCase(group: string, units: number, expected: boolean): Case {
  const by = "rate-limiter-flexible";
  const limiter = new RateLimiterMemory({ points: units, duration: 86_400 });
  const run = async (times: number): Promise<number> => {
    let sum = 0;
    for (let i = 0; i < times; i++) {
      try {
        await limiter.consume(subjectOf(i), 1);
        if (expected) sum++;
      } catch {
        if (!expected) sum++;
      }
    }
    return sum;
  };
  return {
    group,
    by,
    run: async (times) => checked(group, by, await run(times), times),
    result: async () => {
      // Uses the units up first, where denials are measured.
      if (!expected) await run(SUBJECTS * units);
      return String((await run(SUBJECTS)) === SUBJECTS);
    },
  };
}

function publicCases(core: Core, group: string, units: number, allowed: boolean): Case[] {
  const cases = ["fixed_window", "gcra"].map((algorithm) => {
    const limiter = core.createLimiter(JSON.stringify(limitsOf(algorithm, units)));
    const once = (i: number) =>
      limiter.charge([{ limit: "api", subject: subjectOf(i), cost: 1 }], NOW).allowed;
    if (!allowed) for (let i = 0; i < SUBJECTS * units; i++) once(i);
    return caseOf(group, algorithm === "gcra" ? "sluice-gcra" : "sluice", allowed, once);
  });
  const map = new MapLimiter(units, 86_400_000);
  const inMap = (i: number) => map.charge(subjectOf(i), 1, NOW).allowed;
  if (!allowed) for (let i = 0; i < SUBJECTS * units; i++) inMap(i);
  cases.push(caseOf(group, "map", allowed, inMap), flexibleCase(group, units, allowed));
  return cases;
}

const POLICY = {
  version: 1,
  upstreams: { shop: { type: "service", binding: "SHOP" } },
  limits: {
    api: {
      algorithm: "gcra",
      rate: { units: 1_000_000, per: "60s" },
      burst: 1_000_000,
      subject: ["path:id"],
      denyCacheMax: "60s",
    },
  },
  routes: [
    { id: "free", match: { path: "/free/{id}" }, upstream: "shop" },
    { id: "paid", match: { path: "/paid/{id}" }, upstream: "shop", limits: ["api"] },
  ],
};

/** An object's reply to `count` operations, of which the last is a charge. */
function replyOf(count: number, verdict: { allowed: boolean; leased: number; retryMs: number }) {
  const reply = new DataView(new ArrayBuffer(16 + 48 * count));
  reply.setUint32(0, 2, true);
  reply.setUint32(4, count, true);
  reply.setUint32(8, verdict.allowed ? 1 : 0, true);
  const at = 16 + 48 * (count - 1);
  reply.setUint32(at, verdict.allowed ? 1 : 0, true);
  reply.setUint32(at + 4, 12, true);
  reply.setFloat64(at + 8, 30_000, true);
  reply.setFloat64(at + 16, verdict.retryMs, true);
  reply.setUint32(at + 24, verdict.leased, true);
  reply.setFloat64(at + 40, 1e9, true);
  return new Uint8Array(reply.buffer);
}

function gatewayCases(module: WebAssembly.Module): Case[] {
  // Each with an instance of its own: what is denied in one is leased in the other.
  const prepared = (["admitted", "denied"] as const).map((kind) => {
    const core = instantiateSync(module, { seed: new Uint8Array(16) });
    const policy = core.compilePolicy(JSON.stringify(POLICY));
    const facts = (route: string) =>
      headers.map((_, i) => {
        const list: (string | undefined)[] = policy.description.slots.map(() => undefined);
        list[Slot.method] = "GET";
        list[Slot.host] = "shop.example.com";
        list[Slot.path] = `/${route}/${subjectOf(i)}`;
        list[Slot.query] = "?page=7";
        return list;
      });
    const paid = facts("paid");
    const leased = kind === "admitted";
    for (const one of paid) {
      const [charge] = decide(policy, one).charges;
      if (charge?.verdict !== ChargeVerdict.ask) throw new Error("the charge isn't open");
      const count = charge.operations.length / 64;
      const verdict = { allowed: leased, leased: leased ? PLENTY : 0, retryMs: leased ? -1 : 1e9 };
      policy.install(charge, replyOf(count, verdict), count - 1, NOW, NOW);
    }
    return { kind, policy, paid, free: facts("free") };
  });
  return prepared.flatMap(({ kind, policy, paid, free }) => {
    const expected = kind === "admitted" ? ChargeVerdict.admitted : ChargeVerdict.denied;
    const factsOf = (list: Facts[], i: number): Facts => list[i & (SUBJECTS - 1)] ?? [];
    const group = `gateway: decide, ${kind}`;
    return [
      caseOf(group, "with", true, (i) => {
        const [charge] = decide(policy, factsOf(paid, i)).charges;
        // What the gateway looks at: for the rate-limit fields, not whose charge it is.
        return charge?.verdict === expected && charge.remaining >= 0 && charge.resetMs > 0;
      }),
      caseOf(group, "without", true, (i) => decide(policy, factsOf(free, i)).charges.length === 0),
    ];
  });
}

function decide(policy: CompiledPolicy, facts: Facts) {
  const { route } = policy.match(facts, NOW);
  if (route === NONE) throw new Error("the route isn't found");
  return policy.decide(route, facts, NOW);
}

export function makeCases(module: WebAssembly.Module): Case[] {
  const core = instantiateSync(module, { seed: new Uint8Array(16) });
  return [
    ...publicCases(core, "public: admitted", PLENTY, true),
    ...publicCases(core, "public: denied", 1, false),
    ...gatewayCases(module),
  ];
}
