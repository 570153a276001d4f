import { describe, expect, it } from "vitest";
import { OperationKind } from "../../worker-shim/core/charge-frames.ts";
import type { GatewayEnv } from "../../worker-shim/env.ts";
import { stats } from "../../worker-shim/isolate.ts";
import { daily, from, gatewayOf, kindsOf, limiterThat, memory } from "./limiter-support.ts";
import { DEMO_KEY, problemOf, send, without } from "./support.ts";
import { parseStringList } from "./structured-fields.ts";

describe("a limit", () => {
  const gateway = gatewayOf(
    {
      three: daily(3),
      x: daily(10),
      burst: {
        algorithm: "gcra",
        rate: { units: 60, per: "60s" },
        burst: 2,
        subject: ["ip"],
        ...memory,
      },
    },
    [
      { id: "quiet", match: { path: "/quiet" }, limits: ["three"], rateLimitHeaders: false },
      { id: "two", match: { path: "/two" }, limits: [{ limit: "three", cost: 2 }] },
      { id: "both", match: { path: "/both" }, limits: ["burst", "three"] },
      { id: "older", match: { path: "/older" }, limits: ["x"], rateLimitHeaders: "x" },
    ],
  );

  it("admits as many as it says, then answers 429 with when to come back", async () => {
    const remaining: unknown[] = [];
    for (let count = 0; count < 3; count++) {
      const response = await send(gateway, "/three", from("192.0.2.1"));
      expect(response.status).toBe(200);
      expect(response.headers.get("ratelimit-policy")).toBe('"three";q=3;w=86400');
      remaining.push(
        parseStringList(response.headers.get("ratelimit") ?? "")?.[0]?.params.get("r"),
      );
    }
    expect(remaining).toEqual([2, 1, 0]);
    const denied = await send(gateway, "/three", from("192.0.2.1"));
    const retryAfter = Number(denied.headers.get("retry-after"));
    expect(retryAfter).toBeGreaterThan(0);
    expect(retryAfter).toBeLessThanOrEqual(86_400);
    const state = parseStringList(denied.headers.get("ratelimit") ?? "")?.[0]?.params;
    expect(state?.get("r")).toBe(0);
    expect(retryAfter).toBeGreaterThanOrEqual(Number(state?.get("t")));
    expect(await problemOf(denied)).toMatchObject({
      status: 429,
      type: "https://iana.org/assignments/http-problem-types#quota-exceeded",
      "violated-policies": ["three"],
    });
  });

  it("counts subjects apart", async () => {
    for (let count = 0; count < 4; count++) await send(gateway, "/three", from("192.0.2.2"));
    expect((await send(gateway, "/three", from("192.0.2.2"))).status).toBe(429);
    expect((await send(gateway, "/three", from("192.0.2.3"))).status).toBe(200);
  });

  it("counts a cost, and admits nothing by halves", async () => {
    expect((await send(gateway, "/two", from("192.0.2.4"))).status).toBe(200);
    expect((await send(gateway, "/two", from("192.0.2.4"))).status).toBe(429);
    expect((await send(gateway, "/three", from("192.0.2.4"))).status).toBe(200);
    expect((await send(gateway, "/three", from("192.0.2.4"))).status).toBe(429);
  });

  it("keeps its headers to itself where the route wishes", async () => {
    const response = await send(gateway, "/quiet", from("192.0.2.6"));
    expect(response.status).toBe(200);
    expect(response.headers.has("ratelimit")).toBe(false);
  });

  it("tells in the older headers too where the route wishes", async () => {
    const { headers } = await send(gateway, "/older", from("192.0.2.9"));
    expect(headers.get("x-ratelimit-limit")).toBe("10");
    expect(headers.get("x-ratelimit-remaining")).toBe("9");
    expect(Number(headers.get("x-ratelimit-reset"))).toBeGreaterThan(0);
    expect(headers.get("ratelimit")).toMatch(/^"x";r=9;/);
  });

  it("is charged beside others, all of them in the headers", async () => {
    const response = await send(gateway, "/both", from("192.0.2.7"));
    const names = parseStringList(response.headers.get("ratelimit") ?? "")?.map(
      ({ value }) => value,
    );
    expect(names?.sort()).toEqual(["burst", "three"]);
  });

  it("admits exactly its burst of requests that come at once", async () => {
    const responses = await Promise.all(
      Array.from({ length: 10 }, () => send(gateway, "/burst", from("192.0.2.8"))),
    );
    expect(responses.filter(({ status }) => status === 200)).toHaveLength(2);
    expect(responses.filter(({ status }) => status === 429)).toHaveLength(8);
  });
});

describe("a limit before authentication", () => {
  it("stops bad credentials, whatever they are", async () => {
    const gateway = gatewayOf(
      { door: daily(2, { phase: "preAuth" }), own: daily(5, { subject: ["identity"] }) },
      [{ id: "a", match: { path: "/a" }, auth: "customers", limits: ["door", "own"] }],
    );
    const knock = (key: string): Promise<Response> =>
      send(gateway, "/a", { headers: { "cf-connecting-ip": "192.0.2.20", "x-api-key": key } });
    expect((await knock("guess-1")).status).toBe(401);
    const good = await knock(DEMO_KEY);
    expect(good.status).toBe(200);
    expect(parseStringList(good.headers.get("ratelimit") ?? "")?.map(({ value }) => value)).toEqual(
      ["door", "own"],
    );
    expect((await knock("guess-2")).status).toBe(429);
    expect((await knock(DEMO_KEY)).status).toBe(429);
  });
});

describe("limiter objects that don't answer", () => {
  const gateway = gatewayOf(
    {
      closed: daily(1000, { onOutage: "closed", timeout: "30ms" }),
      open: daily(1000, { onOutage: "open", timeout: "30ms" }),
      local: daily(2, { onOutage: "local", localShare: 1, timeout: "30ms" }),
      share: daily(20, { onOutage: "local", localShare: 0.1, timeout: "30ms" }),
    },
    [{ id: "dear", match: { path: "/dear" }, limits: [{ limit: "share", cost: 3 }] }],
  );
  // What is sent behind the response isn't waited for in vain.
  const silentToCharges = (request: Uint8Array): Promise<Uint8Array> =>
    kindsOf(request).includes(OperationKind.charge)
      ? new Promise(() => undefined)
      : Promise.resolve(new Uint8Array(0));
  const kinds: [what: string, bindings: GatewayEnv][] = [
    ["are not bound", without("SLUICE_LIMITER")],
    ["fail", limiterThat(() => Promise.reject(new Error("overloaded")))],
    ["are silent", limiterThat(silentToCharges)],
    ["talk nonsense", limiterThat(() => Promise.resolve(new Uint8Array(7)))],
  ];

  it.each(kinds)("and %s: closed is 503", async (_what, bindings) => {
    const before = stats.limiterOutages;
    const response = await send(gateway, "/closed", from("192.0.2.30"), bindings);
    expect(response.headers.get("retry-after")).toBe("1");
    expect(await problemOf(response)).toMatchObject({
      status: 503,
      type: "https://iana.org/assignments/http-problem-types#temporary-reduced-capacity",
      "violated-policies": ["closed"],
    });
    expect(stats.limiterOutages).toBe(before + 1);
  });

  it.each(kinds)("and %s: open admits, and claims nothing", async (_what, bindings) => {
    const response = await send(gateway, "/open", from("192.0.2.31"), bindings);
    expect(response.status).toBe(200);
    expect(response.headers.has("ratelimit")).toBe(false);
  });

  it.each(kinds)("and %s: local counts in this isolate", async (what, bindings) => {
    const ip = `local ${what}`;
    expect((await send(gateway, "/local", from(ip), bindings)).headers.get("ratelimit")).toMatch(
      /^"local";r=1;/,
    );
    expect((await send(gateway, "/local", from(ip), bindings)).status).toBe(200);
    expect((await send(gateway, "/local", from(ip), bindings)).status).toBe(429);
  });

  it("leave a cost above the local share unchecked: 503", async () => {
    const unbound = without("SLUICE_LIMITER");
    const response = await send(gateway, "/dear", from("192.0.2.32"), unbound);
    expect(response.headers.get("retry-after")).toBe("1");
    expect(await problemOf(response)).toMatchObject({
      status: 503,
      "violated-policies": ["share"],
    });
  });
});
