// Costs that only the answer tells: reserved at admission, settled when the answer has passed.
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { peekOperation } from "../../worker-shim/core/charge-frames.ts";
import type { GatewayEnv } from "../../worker-shim/env.ts";
import { createGateway } from "../../worker-shim/index.ts";
import {
  countOf,
  daily,
  from,
  limiterThat,
  listening,
  operate,
  policyOfLimits,
  ruleOfLimit,
} from "./limiter-support.ts";
import { env, send } from "./support.ts";

const tokens = daily(1_000);
const cost = { reserve: 100, from: "/usage/total_tokens" };
const charge = { limit: "tokens", cost };

const gateway = createGateway({
  policy: {
    ...policyOfLimits({ tokens }, [
      { id: "answer", match: { path: "/answer" }, path: "/answer", limits: [charge] },
      { id: "stream", match: { path: "/stream" }, path: "/stream", limits: [charge] },
      {
        id: "stops",
        match: { path: "/stops" },
        path: "/answer",
        limits: [{ limit: "tokens", cost: { ...cost, event: "stop" } }],
      },
      {
        id: "slim",
        match: { path: "/slim" },
        path: "/answer",
        limits: [charge],
        response: { transform: "slim" },
      },
      { id: "gone", match: { path: "/gone" }, upstream: "nobody", limits: [charge] },
      {
        id: "composed",
        match: { path: "/composed" },
        upstream: "nobody",
        limits: [charge],
        inputs: { order: { upstream: "shop", path: "/order" } },
        response: { transform: "composed" },
      },
      {
        id: "zipped",
        match: { path: "/zipped" },
        path: "/gzip",
        limits: [{ limit: "tokens", cost: { reserve: 100, from: "/x" } }],
      },
      { id: "seen", match: { path: "/seen" }, path: "/seen", limits: [charge] },
      { id: "fixed", match: { path: "/fixed" }, path: "/echo", limits: ["tokens"] },
    ]),
    transforms: { slim: [{ pick: ["$.id"] }], composed: [{ compose: { order: {} } }] },
    upstreams: {
      shop: { type: "service", binding: "STOREFRONT", timeout: "2s" },
      nobody: { type: "service", binding: "NOBODY" },
    },
  },
});

const left = async (ip: string): Promise<number> =>
  (await operate("tokens", ip, peekOperation(ruleOfLimit("tokens", tokens), 0))).remaining;

/** A request's response once all of it has passed, and what is left to do is done. */
async function whole(path: string, init: RequestInit): Promise<Response> {
  const ctx = createExecutionContext();
  const request = new Request(`https://shop.example.com${path}`, init);
  const response = await gateway.fetch(request, env, ctx);
  const body = await response.text();
  await waitOnExecutionContext(ctx);
  return new Response(body, response);
}

/** What of 1,000 a request has cost in the end. */
async function costOf(path: string, ip: string, bindings: GatewayEnv = env): Promise<number> {
  const ctx = createExecutionContext();
  const request = new Request(`https://shop.example.com${path}`, from(ip));
  const response = await gateway.fetch(request, bindings, ctx);
  await response.text().catch(() => undefined);
  await waitOnExecutionContext(ctx);
  return 1_000 - (await left(ip));
}

function answer(body: string, type = "application/json", status = 200): string {
  const headers = JSON.stringify({ "content-type": type });
  return `/answer?${String(new URLSearchParams({ body, headers, status: String(status) }))}`;
}

const USED = '{"id":1,"usage":{"total_tokens":';

describe("a cost that the answer tells", () => {
  it("is reserved first", async () => {
    const response = await send(gateway, "/fixed", from("192.0.2.1"));
    expect(response.headers.get("ratelimit")).toMatch(/^"tokens";r=999;/);
    const reserving = await whole(answer("{}"), from("192.0.2.2"));
    expect(reserving.headers.get("ratelimit")).toMatch(/^"tokens";r=900;/);
  });

  it.each([
    ["less than the reserve", `${USED}37}}`, 37],
    ["nothing", `${USED}0}}`, 0],
    ["the reserve", `${USED}100}}`, 100],
    ["more than the reserve", `${USED}450}}`, 450],
    ["more than there is", `${USED}5000}}`, 1_000],
    ["a part of a unit", `${USED}12.2}}`, 13],
  ])("comes from the JSON body: %s", async (what, body, used) => {
    expect(await costOf(answer(body), `json ${what}`)).toBe(used);
  });

  it.each([
    ["has no such member", answer('{"id":1}')],
    ["has something else there", answer(`${USED}"many"}}`)],
    ["is less than nothing", answer(`${USED}-5}}`)],
    ["is no JSON", answer(`${USED}37}}`, "text/plain")],
    ["is broken JSON", answer(`${USED}37}`)],
    ["is empty", answer("")],
    ["is an error's", answer('{"error":"overloaded"}', "application/json", 500)],
  ])("is the reserve where the body %s", async (what, path) => {
    expect(await costOf(path, `reserve ${what}`)).toBe(100);
  });

  it("comes from the last event that has it", async () => {
    const events = `${USED}1}}|{"usage":null}|${USED}77}}|[DONE]`;
    const path = `/stream?${String(new URLSearchParams({ events }))}`;
    expect(await costOf(path, "192.0.2.10")).toBe(77);
  });

  it("comes from events of one type only, if the route says so", async () => {
    const body = `event: delta\ndata: ${USED}5}}\n\nevent: stop\ndata: ${USED}88}}\n\nevent: delta\ndata: ${USED}9}}\n\n`;
    const path = answer(body, "text/event-stream").replace("/answer", "/stops");
    expect(await costOf(path, "192.0.2.11")).toBe(88);
  });

  it("is read before a transform takes it out", async () => {
    const path = answer(`${USED}61}}`).replace("/answer", "/slim");
    const ctx = createExecutionContext();
    const request = new Request(`https://shop.example.com${path}`, from("192.0.2.12"));
    const response = await gateway.fetch(request, env, ctx);
    expect(await response.text()).toBe('{"id":1}');
    await waitOnExecutionContext(ctx);
    expect(await left("192.0.2.12")).toBe(1_000 - 61);
  });

  it("is read in what an upstream has encoded, which isn't asked to", async () => {
    expect(await costOf("/zipped", "192.0.2.13")).toBe(2);
    const init = from("192.0.2.13", { "accept-encoding": "br" });
    const response = await whole("/seen", init);
    const seen = JSON.parse(response.headers.get("x-seen") ?? "{}") as Record<string, string>;
    expect(seen["accept-encoding"]).toBe("identity");
  });

  it("passes the body on as it is", async () => {
    const events = `${USED}1}}|x|${USED}2}}`;
    const path = `/stream?${String(new URLSearchParams({ events }))}`;
    const response = await whole(path, from("192.0.2.14"));
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    expect(await response.text()).toBe(
      events
        .split("|")
        .map((event) => `data: ${event}\n\n`)
        .join(""),
    );
  });

  it("is the reserve where the body breaks off, or the client leaves", async () => {
    const broken = `/stream?${String(new URLSearchParams({ events: `${USED}7}}`, then: "break" }))}`;
    expect(await costOf(broken, "192.0.2.15")).toBe(100);

    const endless = `/stream?${String(new URLSearchParams({ events: `${USED}7}}`, then: "on" }))}`;
    const ctx = createExecutionContext();
    const request = new Request(`https://shop.example.com${endless}`, from("192.0.2.16"));
    const reader = (await gateway.fetch(request, env, ctx)).body?.getReader();
    await reader?.read();
    await reader?.cancel();
    await waitOnExecutionContext(ctx);
    expect(await left("192.0.2.16")).toBe(900);
  });

  it("is more than the reserve where it was that already when the client left", async () => {
    const endless = `/stream?${String(new URLSearchParams({ events: `${USED}300}}`, then: "on" }))}`;
    const ctx = createExecutionContext();
    const request = new Request(`https://shop.example.com${endless}`, from("192.0.2.17"));
    const reader = (await gateway.fetch(request, env, ctx)).body?.getReader();
    await reader?.read();
    await reader?.cancel();
    await waitOnExecutionContext(ctx);
    expect(await left("192.0.2.17")).toBe(700);
  });

  it("is nothing where the upstream never saw the request", async () => {
    // The call to a service that isn't bound is never made.
    expect(await costOf("/gone", "192.0.2.18")).toBe(0);
    // Nor does one that was asked for an input count for it.
    expect(await costOf("/composed", "192.0.2.27")).toBe(0);
  });

  it("takes one message more", async () => {
    const { bindings, heard } = listening();
    await costOf(answer(`${USED}37}}`), "192.0.2.19", bindings);
    await costOf(answer(`${USED}100}}`), "192.0.2.19", bindings);
    expect(countOf(heard, "charge")).toBe(2);
    expect(countOf(heard, "settle")).toBe(2);
  });

  it("is never paid out of a lease, which has no settlement", async () => {
    const ip = "192.0.2.20";
    for (let count = 0; count < 40; count++) await send(gateway, "/fixed", from(ip));
    const { bindings, heard } = listening();
    await costOf(answer(`${USED}37}}`), ip, bindings);
    expect(countOf(heard, "charge")).toBe(1);
    expect(countOf(heard, "settle")).toBe(1);
  });

  it("isn't settled where no object has charged it", async () => {
    const open = createGateway({
      policy: policyOfLimits({ tokens: { ...tokens, onOutage: "open" } }, [
        { id: "answer", match: { path: "/answer" }, path: "/answer", limits: [charge] },
      ]),
    });
    const sent: Uint8Array[] = [];
    const broken = limiterThat((request) => {
      sent.push(request);
      return Promise.reject(new Error("down"));
    });
    const ctx = createExecutionContext();
    const request = new Request(
      `https://shop.example.com${answer(`${USED}3}}`)}`,
      from("192.0.2.21"),
    );
    const response = await open.fetch(request, broken, ctx);
    expect(response.status).toBe(200);
    await response.text();
    await waitOnExecutionContext(ctx);
    expect(sent).toHaveLength(1);
  });
});
