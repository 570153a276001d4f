import { describe, expect, it } from "vitest";
import type { GatewayEnv } from "../../worker-shim/env.ts";
import type { LimitRecord } from "../../worker-shim/index.ts";
import { decisionCounts } from "../../worker-shim/gateway/limit-records.ts";
import { daily, from, gatewayOf, limiterThat } from "./limiter-support.ts";
import { env, send } from "./support.ts";

function recording(limits: Record<string, object>) {
  const records: LimitRecord[] = [];
  const gateway = gatewayOf(limits, [], { onLimit: (record) => void records.push(record) });
  return { gateway, records };
}

const brief = ({ verdict, reason, source, remaining }: LimitRecord): unknown[] => [
  verdict,
  reason,
  source,
  remaining,
];

describe("records of decisions", () => {
  it("say what was decided about whom, by whom, and why", async () => {
    const { gateway, records } = recording({ two: daily(2) });
    for (let count = 0; count < 4; count++) await send(gateway, "/two", from("192.0.2.1"));
    expect(records.map(brief)).toEqual([
      ["admitted", null, "rpc", 1],
      ["admitted", null, expect.stringMatching(/^(?:rpc|lease)$/), 0],
      ["denied", "quota", expect.any(String), 0],
      ["denied", "quota", "denyCache", 0],
    ]);
    expect(records[0]).toMatchObject({
      limit: "two",
      route: "only-two",
      cost: 1,
      shadow: false,
      requestId: expect.any(String) as string,
    });
  });

  it("name subjects by a hash, the same for the same, under the Worker's key", async () => {
    const { gateway, records } = recording({ one: daily(9), other: daily(9) });
    const keyed: GatewayEnv = { ...env, SLUICE_LOG_KEY: "a key of logs" };
    await send(gateway, "/one", from("192.0.2.2"));
    await send(gateway, "/one", from("192.0.2.2"));
    await send(gateway, "/one", from("192.0.2.3"));
    await send(gateway, "/other", from("192.0.2.2"));
    await send(gateway, "/one", from("192.0.2.2"), keyed);
    const hashes = records.map(({ subjectHash }) => subjectHash);
    expect(hashes.every((hash) => /^[0-9a-f]{16}$/.test(hash))).toBe(true);
    expect(hashes[0]).toBe(hashes[1]);
    expect(new Set(hashes).size).toBe(4);
    expect(JSON.stringify(records)).not.toContain("192.0.2");
  });

  it("tell of shadow, lists and outages", async () => {
    const down = limiterThat(() => Promise.reject(new Error("down")));
    const { gateway, records } = recording({
      shy: daily(1, { mode: "shadow" }),
      listed: daily(1, { allow: ["192.0.2.10"], deny: ["192.0.2.11"] }),
      open: daily(1, { onOutage: "open" }),
      closed: daily(1, { onOutage: "closed" }),
      local: daily(10, { onOutage: "local", localShare: 0.1 }),
    });
    await send(gateway, "/shy", from("192.0.2.4"));
    await send(gateway, "/shy", from("192.0.2.4"));
    await send(gateway, "/listed", from("192.0.2.10"));
    await send(gateway, "/listed", from("192.0.2.11"));
    await send(gateway, "/open", from("192.0.2.5"), down);
    await send(gateway, "/closed", from("192.0.2.5"), down);
    await send(gateway, "/local", from("192.0.2.5"), down);
    await send(gateway, "/local", from("192.0.2.5"), down);
    expect(
      records.map(({ limit, shadow, ...rest }) => [
        limit,
        shadow,
        ...brief({ limit, shadow, ...rest }),
      ]),
    ).toEqual([
      ["shy", true, "admitted", null, "rpc", 0],
      ["shy", true, "denied", "quota", expect.any(String), 0],
      ["listed", false, "admitted", "allowList", "list", null],
      ["listed", false, "denied", "denyList", "list", null],
      ["open", false, "admitted", "outage", "open", null],
      ["closed", false, "denied", "outage", "closed", null],
      ["local", false, "admitted", null, "local", 0],
      ["local", false, "denied", "quota", "local", 0],
    ]);
  });

  it("don't harm the request if who gets them fails", async () => {
    const gateway = gatewayOf({ fine: daily(1) }, [], {
      onLimit() {
        throw new Error("the log is full");
      },
    });
    expect((await send(gateway, "/fine", from("192.0.2.6"))).status).toBe(200);
  });

  it("reach who gets them one by one, whether one fails at once or later", async () => {
    const seen: string[] = [];
    const gateway = gatewayOf(
      { a: daily(9), b: daily(9), c: daily(9) },
      [{ id: "all", match: { path: "/all" }, limits: ["a", "b", "c"] }],
      {
        onLimit({ limit }) {
          seen.push(limit);
          if (limit === "a") throw new Error("the log is full");
          if (limit === "b") return Promise.reject(new Error("the log is away"));
          return undefined;
        },
      },
    );
    expect((await send(gateway, "/all", from("192.0.2.8"))).status).toBe(200);
    expect(seen.sort()).toEqual(["a", "b", "c"]);
  });

  it("are counted in the gateway's health, shadow apart", async () => {
    const { gateway } = recording({ seen: daily(1), unseen: daily(1, { mode: "shadow" }) });
    const before = { ...decisionCounts };
    for (const path of ["/seen", "/seen", "/unseen", "/unseen", "/unseen"]) {
      await send(gateway, path, from("192.0.2.7"));
    }
    expect(decisionCounts.admitted - before.admitted).toBe(1);
    expect(decisionCounts.denied - before.denied).toBe(1);
    expect(decisionCounts.shadowDenied - before.shadowDenied).toBe(2);
    const health = await (await send(gateway, "/_sluice/health")).json<{ limits: unknown }>();
    expect(health.limits).toMatchObject({ denied: decisionCounts.denied, by: decisionCounts.by });
  });
});
