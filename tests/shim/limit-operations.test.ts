import { describe, expect, it } from "vitest";
import type { GatewayEnv } from "../../worker-shim/env.ts";
import { daily, from, gatewayOf, limiterThat } from "./limiter-support.ts";
import { TOKEN, env, problemOf, send, without } from "./support.ts";

const gateway = gatewayOf({
  five: daily(5, { denyCacheMax: "0s", lease: false }),
  pair: daily(2, { subject: ["header:x-a", "header:x-b"], denyCacheMax: "0s", lease: false }),
});

function operate(
  body: unknown,
  bindings: GatewayEnv = env,
  token = TOKEN,
  method = "POST",
): Promise<Response> {
  const init = {
    method,
    headers: { authorization: `Bearer ${token}` },
    ...(method === "POST" && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  };
  return send(gateway, "/_sluice/limits", init, bindings);
}

const statusOf = async (ip: string): Promise<number> =>
  (await send(gateway, "/five", from(ip))).status;

describe("an operator", () => {
  it("sees how a subject stands, which changes nothing", async () => {
    await statusOf("192.0.2.1");
    for (let count = 0; count < 2; count++) {
      const response = await operate({ limit: "five", subject: ["192.0.2.1"], do: "peek" });
      expect(response.headers.get("cache-control")).toBe("no-store");
      expect(await response.json()).toMatchObject({
        limit: "five",
        subject: "192.0.2.1",
        remaining: 4,
        blocked: false,
        retryAfterMs: null,
      });
    }
  });

  it("gives units back, and begins anew", async () => {
    const subject = ["192.0.2.2"];
    for (let count = 0; count < 5; count++) await statusOf("192.0.2.2");
    expect(await statusOf("192.0.2.2")).toBe(429);
    await operate({ limit: "five", subject, do: "refund", units: 1 });
    expect([await statusOf("192.0.2.2"), await statusOf("192.0.2.2")]).toEqual([200, 429]);
    const reset = await operate({ limit: "five", subject, do: "reset" });
    expect(await reset.json()).toMatchObject({ remaining: 5 });
    expect(await statusOf("192.0.2.2")).toBe(200);
  });

  it("blocks for a time, and ends that", async () => {
    const subject = ["192.0.2.3"];
    const blocked = await operate({ limit: "five", subject, do: "block", for: "10m" });
    expect(await blocked.json()).toMatchObject({ blocked: true });
    const denied = await send(gateway, "/five", from("192.0.2.3"));
    expect(denied.status).toBe(429);
    expect(Number(denied.headers.get("retry-after"))).toBeGreaterThan(590);
    await operate({ limit: "five", subject, do: "unblock" });
    expect(await statusOf("192.0.2.3")).toBe(200);
  });

  it("names a subject by its parts, whatever is in them", async () => {
    const init = from("192.0.2.4", { "x-a": "a/b", "x-b": "50%" });
    for (let count = 0; count < 2; count++) await send(gateway, "/pair", init);
    expect((await send(gateway, "/pair", init)).status).toBe(429);
    await operate({ limit: "pair", subject: ["a/b", "50%"], do: "reset" });
    expect((await send(gateway, "/pair", init)).status).toBe(200);
  });

  it("may write an address in any form, or one of the same network", async () => {
    for (let count = 0; count < 5; count++) await statusOf("2001:db8:0:1::9");
    expect(await statusOf("2001:db8:0:1::8")).toBe(429);
    const subject = ["2001:0DB8:0:1:ffff::1"];
    const reset = await operate({ limit: "five", subject, do: "reset" });
    expect(await reset.json()).toMatchObject({ subject: "2001:db8:0:1::", remaining: 5 });
    expect(await statusOf("2001:db8:0:1::8")).toBe(200);
    const mapped = await operate({ limit: "five", subject: ["::ffff:192.0.2.77"], do: "peek" });
    expect(await mapped.json()).toMatchObject({ subject: "192.0.2.77" });
  });

  it.each([
    ["no JSON", "{"],
    ["a list", []],
    ["another limit", { limit: "six", subject: ["x"], do: "peek" }],
    ["no subject", { limit: "five", do: "peek" }],
    ["a subject of numbers", { limit: "five", subject: [1], do: "peek" }],
    ["a part too few", { limit: "pair", subject: ["a"], do: "peek" }],
    ["no address", { limit: "five", subject: ["010.0.0.1"], do: "peek" }],
    ["a host in the place of an address", { limit: "five", subject: ["::1]@x:1"], do: "peek" }],
    ["nothing to do", { limit: "five", subject: ["192.0.2.8"] }],
    ["a refund of nothing", { limit: "five", subject: ["192.0.2.8"], do: "refund" }],
    ["a refund of parts", { limit: "five", subject: ["192.0.2.8"], do: "refund", units: 0.5 }],
    ["a block without end", { limit: "five", subject: ["192.0.2.8"], do: "block" }],
    ["too long a block", { limit: "five", subject: ["192.0.2.8"], do: "block", for: "367d" }],
  ])("is told what is wrong with %s", async (_what, body) => {
    const problem = await problemOf(await operate(body));
    expect(problem.status).toBe(400);
    expect(problem.detail).toBeTruthy();
  });

  it("must have the token, and use POST", async () => {
    const body = { limit: "five", subject: ["x"], do: "peek" };
    expect((await operate(body, env, "another")).status).toBe(401);
    expect((await operate(body, without("SLUICE_ADMIN_TOKEN"))).status).toBe(404);
    expect((await operate(body, env, TOKEN, "GET")).status).toBe(405);
  });

  it("learns that an object can't be reached", async () => {
    const body = { limit: "five", subject: ["192.0.2.9"], do: "peek" };
    expect((await problemOf(await operate(body, without("SLUICE_LIMITER")))).status).toBe(503);
    const down = limiterThat(() => Promise.reject(new Error("down")));
    expect(await problemOf(await operate(body, down))).toMatchObject({
      status: 503,
      type: "https://iana.org/assignments/http-problem-types#temporary-reduced-capacity",
    });
  });
});
