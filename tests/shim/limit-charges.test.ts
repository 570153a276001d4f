// Charges through real objects: leases, several limits, shadow, lists, overrides, penalties.
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  blockOperation,
  chargeOperation,
  peekOperation,
  refundOperation,
  resetOperation,
} from "../../worker-shim/core/charge-frames.ts";
import { stats } from "../../worker-shim/isolate.ts";
import { createGateway, type Gateway } from "../../worker-shim/index.ts";
import {
  countOf,
  daily,
  from,
  gatewayOf,
  limiterThat,
  listening,
  memory,
  operate,
  ruleOfLimit,
} from "./limiter-support.ts";
import { DEMO_KEY, policyOf, problemOf, send } from "./support.ts";

const GCRA = { algorithm: "gcra", subject: ["ip"], ...memory };

async function statuses(
  gateway: Gateway,
  path: string,
  count: number,
  init: RequestInit,
): Promise<number[]> {
  const list: number[] = [];
  for (let index = 0; index < count; index++) {
    list.push((await send(gateway, path, init)).status);
  }
  return list;
}

const admitted = (list: readonly number[]): number => list.filter((one) => one === 200).length;

describe("leases", () => {
  it("admit exactly the limit, most of it without a call", async () => {
    const gateway = gatewayOf({ leased: daily(300) });
    const before = stats.limiterCalls;
    const list = await statuses(gateway, "/leased", 400, from("198.51.100.1"));
    expect(list.slice(0, 300).every((one) => one === 200)).toBe(true);
    expect(admitted(list)).toBe(300);
    expect(stats.limiterCalls - before).toBeLessThan(100);
  });

  it("count in the headers: remaining goes down by one each request", async () => {
    const gateway = gatewayOf({ counted: daily(100) });
    const remaining: number[] = [];
    for (let count = 0; count < 60; count++) {
      const { headers } = await send(gateway, "/counted", from("198.51.100.2"));
      remaining.push(Number(/;r=(\d+)/.exec(headers.get("ratelimit") ?? "")?.[1]));
    }
    expect(remaining).toEqual(Array.from({ length: 60 }, (_, index) => 99 - index));
  });

  it("of one policy are spent under the next", async () => {
    const limits = { durable: daily(100) };
    const init = from("198.51.100.3");
    await statuses(gatewayOf(limits), "/durable", 50, init);
    const list = await statuses(gatewayOf(limits), "/durable", 60, init);
    expect(admitted(list)).toBe(50);
  });

  it("are not asked for where the limit has none", async () => {
    const gateway = gatewayOf({ exact: daily(100, { lease: false }) });
    const before = stats.limiterCalls;
    expect(admitted(await statuses(gateway, "/exact", 30, from("198.51.100.4")))).toBe(30);
    expect(stats.limiterCalls - before).toBe(30);
  });

  it("admit exactly the limit to requests that come at once", async () => {
    const gateway = gatewayOf({ crowd: daily(50) });
    const init = from("198.51.100.5");
    await statuses(gateway, "/crowd", 5, init);
    const crowd = await Promise.all(
      Array.from({ length: 100 }, () => send(gateway, "/crowd", init)),
    );
    // Whom the object denies, since what was left had been leased, is paid for by the lease.
    expect(crowd.filter(({ status }) => status === 200)).toHaveLength(45);
  });

  it("go back when others need them more", async () => {
    const scarce = daily(1_000, { lease: { duration: "2s", units: 1_000 } });
    const gateway = gatewayOf({ scarce, other: daily(1_000) });
    const rule = ruleOfLimit("scarce", scarce);
    const { bindings, heard } = listening();
    const init = from("198.51.100.6");
    // Another isolate has most of it, and was denied more.
    const others = [900, 200].map((cost, index) =>
      chargeOperation(rule, { cost, id: (1n << 40n) + BigInt(index) }),
    );
    for (const one of others) await operate("scarce", "198.51.100.6", one);
    for (let count = 0; count < 40; count++) await send(gateway, "/scarce", init, bindings);
    const returns = (): number =>
      countOf(
        heard.filter(({ object }) => object.startsWith("scarce/")),
        "return",
      );
    const before = returns();
    const begun = Date.now();
    while (returns() === before && Date.now() - begun < 3_000) {
      await send(gateway, "/other", from("198.51.100.7"), bindings);
      await new Promise((done) => setTimeout(done, 50));
    }
    expect(Date.now() - begun).toBeLessThan(2_500);
    const peeked = await operate("scarce", "198.51.100.6", peekOperation(rule, 0));
    expect(peeked.remaining).toBe(60);
  });
});

describe("several limits of a request", () => {
  const wide = daily(20, { lease: false });
  const narrow = daily(2, { lease: false, subject: ["header:x-part"] });

  it("are charged all or none: what one object has granted is taken back if another denies", async () => {
    const gateway = gatewayOf({ wide, narrow }, [
      { id: "both", match: { path: "/both" }, limits: ["wide", "narrow"] },
    ]);
    const { bindings, heard } = listening();
    const init = from("198.51.100.10", { "x-part": "a" });
    for (let count = 0; count < 5; count++) await send(gateway, "/both", init, bindings);
    // Denials of "narrow" are believed for a while: only the first of them has asked both.
    expect(countOf(heard, "cancel")).toBe(1);
    expect(
      (await operate("wide", "198.51.100.10", peekOperation(ruleOfLimit("wide", wide), 0)))
        .remaining,
    ).toBe(18);
  });

  it("take back what a lease had paid too", async () => {
    const limits = { purse: daily(100), fussy: { ...narrow, denyCacheMax: "0s" } };
    const gateway = gatewayOf(limits, [
      { id: "both", match: { path: "/both" }, limits: ["purse", "fussy"] },
    ]);
    const init = from("198.51.100.11", { "x-part": "b" });
    await statuses(gateway, "/purse", 40, init);
    const list = await statuses(gateway, "/both", 12, init);
    expect(admitted(list)).toBe(2);
    expect(admitted(await statuses(gateway, "/purse", 70, init))).toBe(58);
  });

  it("may share an object: then they are one call", async () => {
    const colocate = { colocate: "tenant", lease: false };
    const gateway = gatewayOf({ one: daily(9, colocate), two: daily(3, colocate) }, [
      { id: "both", match: { path: "/both" }, limits: ["one", "two"] },
    ]);
    const { bindings, heard } = listening();
    const init = from("198.51.100.12");
    for (let count = 0; count < 3; count++) {
      expect((await send(gateway, "/both", init, bindings)).status).toBe(200);
    }
    expect(heard.map(({ object, kinds }) => `${object} ${String(kinds.length)}`)).toEqual(
      Array.from({ length: 3 }, () => "+tenant/198.51.100.12 2"),
    );
    const denied = await problemOf(await send(gateway, "/both", init, bindings));
    expect(denied["violated-policies"]).toEqual(["two"]);
    expect(countOf(heard, "cancel")).toBe(0);
    const response = await send(gateway, "/one", init, bindings);
    expect(response.headers.get("ratelimit")).toMatch(/^"one";r=5;/);
  });

  it("are those of the route and of its upstream", async () => {
    const gateway = createGateway({
      policy: policyOf(
        [
          { id: "a", match: { path: "/a" }, path: "/echo", limits: ["route"] },
          { id: "b", match: { path: "/b" }, path: "/echo" },
        ],
        {
          limits: { route: daily(9), service: daily(3) },
          upstreams: { shop: { type: "service", binding: "STOREFRONT", limits: ["service"] } },
        },
      ),
    });
    const init = from("198.51.100.13");
    expect(admitted(await statuses(gateway, "/b", 2, init))).toBe(2);
    const { headers } = await send(gateway, "/a", init);
    expect(headers.get("ratelimit")).toMatch(/"route";r=8;.*"service";r=0;/);
    expect(await problemOf(await send(gateway, "/a", init))).toMatchObject({
      "violated-policies": ["service"],
    });
  });
});

describe("a limit in shadow", () => {
  const limits = { shy: daily(2, { mode: "shadow" }), real: daily(5) };
  const gateway = gatewayOf(limits, [
    { id: "both", match: { path: "/both" }, limits: ["shy", "real"] },
  ]);

  it("denies nobody and tells clients nothing", async () => {
    const responses = [];
    for (let count = 0; count < 4; count++) {
      responses.push(await send(gateway, "/shy", from("198.51.100.20")));
    }
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(responses.every(({ headers }) => !headers.has("ratelimit"))).toBe(true);
  });

  it("doesn't get in the way of those that are enforced", async () => {
    const list = await statuses(gateway, "/both", 7, from("198.51.100.21"));
    expect(admitted(list)).toBe(5);
    expect(list.slice(5)).toEqual([429, 429]);
  });

  it("stops nobody during an outage", async () => {
    const closed = gatewayOf({ shy: { ...limits.shy, onOutage: "closed", timeout: "20ms" } });
    const silent = limiterThat(() => new Promise(() => undefined));
    expect((await send(closed, "/shy", from("198.51.100.22"), silent)).status).toBe(200);
  });
});

describe("overrides", () => {
  const limits = {
    tiers: daily(2, {
      subject: ["identity"],
      overrides: [
        { claim: { plan: "pro" }, rate: { units: 4, per: "24h" } },
        { subject: "vip", rate: { units: 6, per: "24h" } },
      ],
    }),
    people: daily(1, {
      subject: ["header:x-who"],
      overrides: [
        { subject: "vip-*", rate: { units: 2, per: "24h" } },
        { subject: "vip-one", rate: { units: 3, per: "24h" } },
      ],
    }),
  };
  const gateway = gatewayOf(limits, [
    { id: "paid", match: { path: "/paid" }, auth: "customers", limits: ["tiers"] },
  ]);

  it("by claim give other amounts, and the headers say which", async () => {
    const init = { headers: { "x-api-key": DEMO_KEY } };
    const first = await send(gateway, "/paid", init);
    expect(first.headers.get("ratelimit-policy")).toBe('"tiers";q=4;w=86400');
    expect(first.headers.get("ratelimit")).toMatch(/^"tiers";r=3;/);
    expect(admitted(await statuses(gateway, "/paid", 5, init))).toBe(3);
  });

  it("by subject: exact beats wildcard beats the limit's own", async () => {
    const quotaOf = async (who: string): Promise<number> =>
      admitted(await statuses(gateway, "/people", 5, from("192.0.2.1", { "x-who": who })));
    expect(await quotaOf("anyone")).toBe(1);
    expect(await quotaOf("vip-two")).toBe(2);
    expect(await quotaOf("vip-one")).toBe(3);
  });
});

describe("lists", () => {
  const gateway = gatewayOf({
    guarded: daily(1, {
      allow: ["10.0.0.0/8", "2001:db8:1::/48"],
      deny: ["203.0.113.0/24", "10.9.0.0/16"],
    }),
    shadowed: daily(1, { mode: "shadow", deny: ["203.0.113.0/24"] }),
  });

  it("let those pass uncounted that are allowed", async () => {
    const responses = [];
    for (const ip of ["10.1.2.3", "10.1.2.3", "2001:db8:1::9", "2001:db8:1::9"]) {
      responses.push(await send(gateway, "/guarded", from(ip)));
    }
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(responses.every(({ headers }) => !headers.has("ratelimit"))).toBe(true);
  });

  it("refuse those that are denied, also from within what is allowed", async () => {
    for (const ip of ["203.0.113.77", "10.9.1.1", "::ffff:203.0.113.77"]) {
      expect(await problemOf(await send(gateway, "/guarded", from(ip)))).toMatchObject({
        status: 403,
        type: "urn:sluice:problem:forbidden",
        "violated-policies": ["guarded"],
      });
    }
    expect((await send(gateway, "/shadowed", from("203.0.113.77"))).status).toBe(200);
  });
});

describe("a penalty", () => {
  const limit = daily(2, { penalty: "10m", denyCacheMax: "0s" });
  const gateway = gatewayOf({ harsh: limit });

  it("blocks who was denied, longer than the quota would", async () => {
    const short = { ...GCRA, rate: { units: 60, per: "60s" }, burst: 2, penalty: "10m" };
    const strict = gatewayOf({ short: { ...short, denyCacheMax: "0s" } });
    const init = from("198.51.100.30");
    expect(await statuses(strict, "/short", 2, init)).toEqual([200, 200]);
    const offence = await send(strict, "/short", init);
    expect(offence.headers.get("retry-after")).toBe("600");
    expect((await problemOf(offence)).type).toMatch(/#quota-exceeded$/);
    await new Promise((done) => setTimeout(done, 1_100));
    const after = await send(strict, "/short", init);
    expect(Number(after.headers.get("retry-after"))).toBeGreaterThan(590);
    expect(await problemOf(after)).toMatchObject({
      status: 429,
      type: "https://iana.org/assignments/http-problem-types#abnormal-usage-detected",
      "violated-policies": ["short"],
    });
  });

  it("is imposed once, not anew for each request that it stops", async () => {
    const { bindings, heard } = listening();
    for (let count = 0; count < 6; count++) {
      await send(gateway, "/harsh", from("198.51.100.31"), bindings);
    }
    expect(countOf(heard, "block")).toBe(1);
  });
});

describe("Retry-After", () => {
  it("has the limit's jitter", async () => {
    const gateway = gatewayOf({ spread: daily(1, { retryJitter: "5m", denyCacheMax: "0s" }) });
    await send(gateway, "/spread", from("198.51.100.35"));
    const waits = new Set<number>();
    for (let count = 0; count < 6; count++) {
      const { headers } = await send(gateway, "/spread", from("198.51.100.35"));
      const wait = Number(headers.get("retry-after"));
      const t = Number(/;t=(\d+)/.exec(headers.get("ratelimit") ?? "")?.[1]);
      expect(wait).toBeGreaterThanOrEqual(t);
      expect(wait).toBeLessThanOrEqual(t + 300);
      waits.add(wait);
    }
    expect(waits.size).toBeGreaterThan(1);
  });
});

describe("what an operator does", () => {
  afterEach(() => vi.useRealTimers());
  const limit = daily(5, { denyCacheMax: "300ms", lease: { duration: "1s", units: 5 } });
  const rule = (): Uint8Array => ruleOfLimit("operated", limit);
  const gateway = gatewayOf({ operated: limit });

  /** The first status other than `from` within `ms`, and how long it took. */
  async function changed(init: RequestInit, status: number, ms: number): Promise<number> {
    const begun = Date.now();
    while (Date.now() - begun < ms) {
      if ((await send(gateway, "/operated", init)).status !== status) return Date.now() - begun;
      await new Promise((done) => setTimeout(done, 20));
    }
    return Infinity;
  }

  it("shows within denyCacheMax: a refund", async () => {
    const init = from("198.51.100.40");
    await statuses(gateway, "/operated", 6, init);
    await operate("operated", "198.51.100.40", refundOperation(rule(), 1));
    expect(await changed(init, 429, 2_000)).toBeLessThan(900);
    expect((await send(gateway, "/operated", init)).status).toBe(429);
  });

  it("shows within denyCacheMax: a reset", async () => {
    const init = from("198.51.100.41");
    await statuses(gateway, "/operated", 6, init);
    await operate("operated", "198.51.100.41", resetOperation(rule()));
    expect(await changed(init, 429, 2_000)).toBeLessThan(900);
  });

  it("shows within denyCacheMax: the end of a block", async () => {
    const init = from("198.51.100.42");
    await operate("operated", "198.51.100.42", blockOperation(rule(), 60_000));
    const blocked = await problemOf(await send(gateway, "/operated", init));
    expect(blocked.type).toMatch(/#quota-exceeded$/);
    await operate("operated", "198.51.100.42", blockOperation(rule(), 0));
    expect(await changed(init, 429, 2_000)).toBeLessThan(900);
  });

  it("shows within one lease: a block", async () => {
    const many = daily(10_000, { lease: { duration: "1s", units: 1_000 } });
    const eager = gatewayOf({ many });
    const init = from("198.51.100.43");
    // Enough for a lease to be out.
    expect(admitted(await statuses(eager, "/many", 60, init))).toBe(60);
    await operate("many", "198.51.100.43", blockOperation(ruleOfLimit("many", many), 60_000));
    const begun = Date.now();
    let status = 200;
    while (status === 200 && Date.now() - begun < 3_000) {
      ({ status } = await send(eager, "/many", init));
    }
    expect(status).toBe(429);
    expect(Date.now() - begun).toBeLessThan(1_200);
  });
});
