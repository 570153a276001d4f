// Slots, which a request has until its answer has passed.
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import type { GatewayEnv } from "../../worker-shim/env.ts";
import { createGateway } from "../../worker-shim/index.ts";
import {
  countOf,
  daily,
  from,
  limiterThat,
  listening,
  memory,
  policyOfLimits,
} from "./limiter-support.ts";
import { env, problemOf, send } from "./support.ts";

const slots = {
  algorithm: "concurrency",
  slots: 2,
  slotTimeout: "600ms",
  subject: ["ip"],
  ...memory,
  denyCacheMax: "0s",
};

const gateway = createGateway({
  policy: policyOfLimits({ slots, scarce: daily(1, { subject: ["header:x-part"] }) }, [
    { id: "stream", match: { path: "/stream" }, path: "/stream", limits: ["slots"] },
    { id: "quick", match: { path: "/quick" }, path: "/echo", limits: ["slots"] },
    { id: "empty", match: { path: "/empty" }, path: "/no-content", limits: ["slots"] },
    { id: "both", match: { path: "/both" }, path: "/echo", limits: ["slots", "scarce"] },
  ]),
});
const withBroken = createGateway({
  policy: {
    ...policyOfLimits({ slots }, [
      { id: "broken", match: { path: "/broken" }, upstream: "broken", limits: ["slots"] },
      { id: "quick", match: { path: "/quick" }, path: "/echo", limits: ["slots"] },
    ]),
    upstreams: {
      shop: { type: "service", binding: "STOREFRONT" },
      broken: { type: "service", binding: "BROKEN" },
    },
  },
});

interface Begun {
  readonly response: Response;
  end(): Promise<void>;
}

const ON = `/stream?${String(new URLSearchParams({ events: "x", then: "on" }))}`;

/** A stream that goes on until `end`. */
async function begin(ip: string, bindings: GatewayEnv = env): Promise<Begun> {
  const ctx = createExecutionContext();
  const request = new Request(`https://shop.example.com${ON}`, from(ip));
  const response = await gateway.fetch(request, bindings, ctx);
  const reader = response.body?.getReader();
  await reader?.read();
  return {
    response,
    async end() {
      await reader?.cancel();
      await waitOnExecutionContext(ctx);
    },
  };
}

/** Sends, reads the whole answer and waits for what is left to do. */
async function whole(path: string, ip: string, headers = {}, to = gateway): Promise<Response> {
  const ctx = createExecutionContext();
  const request = new Request(`https://shop.example.com${path}`, from(ip, headers));
  const response = await to.fetch(request, env, ctx);
  const copy = response.clone();
  await response.text();
  await waitOnExecutionContext(ctx);
  return copy;
}

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

describe("a slot", () => {
  it("is had by as many at the same time as there are, and no more", async () => {
    const ip = "192.0.2.1";
    const one = await begin(ip);
    const two = await begin(ip);
    expect([one.response.status, two.response.status]).toEqual([200, 200]);
    expect(two.response.headers.get("ratelimit-policy")).toBe(
      '"slots";q=2;qu="concurrent-requests"',
    );
    expect(two.response.headers.get("ratelimit")).toBe('"slots";r=0');
    expect(await problemOf(await send(gateway, "/quick", from(ip)))).toMatchObject({
      status: 429,
      "violated-policies": ["slots"],
    });
    await one.end();
    expect((await whole("/quick", ip)).status).toBe(200);
    await two.end();
  });

  it("is free again when the answer has passed", async () => {
    for (let count = 0; count < 6; count++) {
      expect((await whole("/quick", "192.0.2.2")).status).toBe(200);
    }
  });

  it("is free again where the answer has no body", async () => {
    for (let count = 0; count < 4; count++) {
      expect((await whole("/empty", "192.0.2.3")).status).toBe(204);
    }
  });

  it("is free again where the upstream failed", async () => {
    for (let count = 0; count < 4; count++) {
      expect((await whole("/broken", "192.0.2.4", {}, withBroken)).status).toBe(502);
    }
  });

  it("keeps the request's context until it is free", async () => {
    const ctx = createExecutionContext();
    const request = new Request("https://shop.example.com/quick", from("192.0.2.8"));
    const response = await gateway.fetch(request, env, ctx);
    let isOver = false;
    const over = waitOnExecutionContext(ctx).then(() => (isOver = true));
    await pause(50);
    expect(isOver).toBe(false);
    await response.text();
    await over;
  });

  it("is free again where another limit denied", async () => {
    const ip = "192.0.2.5";
    const list = [];
    for (let count = 0; count < 5; count++) {
      list.push((await whole("/both", ip, { "x-part": "c" })).status);
    }
    expect(list).toEqual([200, 429, 429, 429, 429]);
    expect((await whole("/quick", ip)).status).toBe(200);
  });

  it("is held by an answer that takes longer than a slot lasts", async () => {
    const ip = "192.0.2.6";
    const { bindings, heard } = listening();
    const one = await begin(ip, bindings);
    const two = await begin(ip, bindings);
    await pause(1_500);
    expect(countOf(heard, "renew")).toBeGreaterThanOrEqual(6);
    expect((await send(gateway, "/quick", from(ip))).status).toBe(429);
    await one.end();
    await two.end();
    const renewed = countOf(heard, "renew");
    await pause(700);
    expect(countOf(heard, "renew")).toBe(renewed);
  });

  it("comes back by itself where nobody renews it or gives it back", async () => {
    const ip = "192.0.2.7";
    // Charges pass, and nothing else: as if the isolate had died.
    const forgetful = limiterThat((request, real) =>
      request[24] === 1 ? real(request) : new Promise(() => undefined),
    );
    const one = await begin(ip, forgetful);
    const two = await begin(ip, forgetful);
    expect((await send(gateway, "/quick", from(ip))).status).toBe(429);
    await pause(900);
    expect((await whole("/quick", ip)).status).toBe(200);
    expect([one.response.status, two.response.status]).toEqual([200, 200]);
  });
});
