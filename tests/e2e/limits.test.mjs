// Limits over HTTP: counts that are exact through leases, several limits, shadow, overrides, lists, costs that the answer tells, slots.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, afterEach, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { assertProblem, Gateway } from "./harness.mjs";

const DAILY = {
  algorithm: "fixed_window",
  subject: ["header:x-tenant"],
  durability: "memory",
  mayForget: true,
  timeout: "5s",
};
const daily = (units, rest = {}) => ({ ...DAILY, rate: { units, per: "24h" }, ...rest });
const TOKENS = { reserve: 100, from: "/usage/total_tokens" };

const limits = {
  crowd: daily(400),
  wide: daily(50, { lease: false }),
  narrow: daily(3, { lease: false, subject: ["header:x-part"] }),
  shy: daily(1, { mode: "shadow" }),
  tiers: daily(2, {
    overrides: [
      { subject: "vip-*", rate: { units: 4, per: "24h" } },
      { subject: "vip-one", rate: { units: 6, per: "24h" } },
    ],
    allow: ["staff"],
    deny: ["banned", "bad-*"],
  }),
  // Without leases, whose holders know of others only with the next one.
  tokens: daily(1000, { lease: false }),
  slots: { ...DAILY, algorithm: "concurrency", slots: 2, slotTimeout: "30s", denyCacheMax: "0s" },
  strict: daily(30, { durability: "strict", mayForget: undefined }),
  checkpoint: daily(30, { durability: "checkpoint", mayForget: undefined }),
};

const route = (id, list, rest = {}) => ({
  id,
  match: { path: `/${id}` },
  limits: list,
  upstream: "model",
  path: "/ok",
  ...rest,
});

let gateway;
let origin;
before(async () => {
  origin = await startModel();
  gateway = await Gateway.startDev();
  await gateway.use({
    version: 1,
    upstreams: {
      model: { type: "origin", url: `http://127.0.0.1:${origin.address().port}`, timeout: "10s" },
    },
    limits,
    routes: [
      ...["crowd", "wide", "narrow", "shy", "tiers", "strict", "checkpoint"].map((name) =>
        route(name, [name]),
      ),
      route("both", ["wide", "narrow"]),
      route("answer", [{ limit: "tokens", cost: TOKENS }], { path: "/answer" }),
      route("stream", [{ limit: "tokens", cost: TOKENS }], { path: "/stream" }),
      route("talk", [{ limit: "tokens", cost: TOKENS }], { path: "/endless" }),
      route("tokens", ["tokens"]),
      route("held", ["slots"], { path: "/endless" }),
      route("quick", ["slots"]),
    ],
  });
});
after(async () => {
  await gateway?.close();
  origin?.closeAllConnections();
  origin?.close();
});
afterEach(() => gateway.assertAlive());

/** An upstream that answers as a language model does: with what it cost, at once or as a stream. */
async function startModel() {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url, "http://model");
    const used = JSON.stringify({ usage: { total_tokens: Number(searchParams.get("used")) } });
    switch (pathname) {
      case "/answer":
        response.writeHead(200, { "content-type": "application/json" }).end(used);
        return;
      case "/stream": {
        response.writeHead(200, { "content-type": "text/event-stream" });
        const events = ['{"delta":"hel"}', '{"delta":"lo"}', used, "[DONE]"];
        const timer = setInterval(() => {
          const event = events.shift();
          if (event !== undefined) return response.write(`data: ${event}\n\n`);
          clearInterval(timer);
          response.end();
        }, 100);
        return;
      }
      case "/endless": {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.write(`data: ${used}\n\n`);
        const timer = setInterval(() => response.write("data: tick\n\n"), 50);
        request.socket.once("close", () => clearInterval(timer));
        response.once("close", () => clearInterval(timer));
        return;
      }
      default:
        response.end("ok");
    }
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return server;
}

const get = (path, tenant, headers = {}) =>
  gateway.get(path, { headers: { "x-tenant": tenant, ...headers } });
const remaining = ({ headers }) => Number(/;r=(\d+)/.exec(headers.get("ratelimit") ?? "")?.[1]);
const healthOf = async () => (await gateway.get("/_sluice/health")).json.limits;

/** Statuses of `count` requests, `width` at a time. */
async function flood(path, tenant, count, width) {
  const statuses = [];
  let left = count;
  await Promise.all(
    Array.from({ length: width }, async () => {
      while (left-- > 0) statuses.push((await get(path, tenant)).status);
    }),
  );
  return statuses;
}

const admitted = (statuses) => statuses.filter((status) => status === 200).length;

describe("counts", () => {
  test("are exact under a crowd, and most are made without the object", async () => {
    const before = await healthOf();
    const statuses = await flood("/crowd", "a", 600, 16);
    assert.equal(admitted(statuses), 400);
    assert.equal(statuses.filter((status) => status === 429).length, 200);
    const { objectCalls, by } = await healthOf();
    const calls = objectCalls - before.objectCalls;
    assert.ok(calls < 150, `${calls} calls for 600 requests`);
    assert.ok(by.lease - before.by.lease > 200);
    assert.ok(by.denyCache - before.by.denyCache > 100);
  });

  for (const durability of ["strict", "checkpoint"]) {
    test(`are exact with ${durability} durability`, async () => {
      assert.equal(admitted(await flood(`/${durability}`, "a", 60, 8)), 30);
    });
  }

  test("of several limits are all or none", async () => {
    const statuses = [];
    for (let count = 0; count < 5; count++)
      statuses.push((await get("/both", "b", { "x-part": "p" })).status);
    assert.deepEqual(statuses, [200, 200, 200, 429, 429]);
    // What was granted beside the denial is taken back behind the answer.
    await sleep(300);
    assert.equal(remaining(await get("/wide", "b")), 50 - 3 - 1);
  });
});

describe("rules", () => {
  test("in shadow deny nobody and are not told of", async () => {
    const before = await healthOf();
    for (let count = 0; count < 4; count++) {
      const { status, headers } = await get("/shy", "c");
      assert.equal(status, 200);
      assert.equal(headers.has("ratelimit"), false);
    }
    assert.equal((await healthOf()).shadowDenied - before.shadowDenied, 3);
  });

  test("are overridden by subject, exact before wildcard", async () => {
    for (const [tenant, units] of [
      ["plain", 2],
      ["vip-two", 4],
      ["vip-one", 6],
    ]) {
      const statuses = await flood("/tiers", tenant, 8, 1);
      assert.equal(admitted(statuses), units, tenant);
    }
  });

  test("don't count who is allowed, and refuse who is denied", async () => {
    assert.equal(admitted(await flood("/tiers", "staff", 6, 2)), 6);
    for (const tenant of ["banned", "bad-robot"]) {
      const answer = await get("/tiers", tenant);
      assertProblem(answer, 403);
      assert.deepEqual(answer.problem["violated-policies"], ["tiers"]);
    }
  });
});

const asked = new Map();

/** What is left of 1,000 tokens, but for asking, when it has become `units`: settlements come behind the answers. */
async function tokensLeft(tenant, units) {
  const deadline = Date.now() + 5_000;
  for (;;) {
    asked.set(tenant, (asked.get(tenant) ?? 0) + 1);
    const left = remaining(await get("/tokens", tenant)) + asked.get(tenant);
    if (left === units || Date.now() > deadline) return left;
    await sleep(100);
  }
}

describe("a cost that the answer tells", () => {
  test("is settled from a JSON body", async () => {
    const answer = await get("/answer?used=37", "json");
    assert.equal(remaining(answer), 900);
    assert.equal(answer.json.usage.total_tokens, 37);
    assert.equal(await tokensLeft("json", 963), 963);
  });

  test("is settled from a stream, whose events come one by one", async () => {
    const response = await fetch(`${gateway.url}/stream?used=450`, {
      headers: { "x-tenant": "sse" },
    });
    const arrivals = [];
    let text = "";
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      arrivals.push(performance.now());
    }
    assert.equal(text.split("\n\n").length, 5, text);
    assert.ok(arrivals.at(-1) - arrivals[0] > 200, "they didn't come together");
    assert.equal(await tokensLeft("sse", 550), 550);
  });

  test("is what the stream has said when the client leaves, if the reserve is less", async () => {
    const abort = new AbortController();
    const response = await fetch(`${gateway.url}/talk?used=300`, {
      headers: { "x-tenant": "left" },
      signal: abort.signal,
    });
    await response.body.getReader().read();
    assert.equal(await tokensLeft("left", 900), 900);
    abort.abort();
    assert.equal(await tokensLeft("left", 700), 700);
  });
});

describe("slots", () => {
  /** A stream that is open until its `abort` is called. */
  async function hold(tenant) {
    const abort = new AbortController();
    const response = await fetch(`${gateway.url}/held`, {
      headers: { "x-tenant": tenant },
      signal: abort.signal,
    });
    const reader = response.body.getReader();
    await reader.read();
    return { status: response.status, abort: () => abort.abort() };
  }

  test("are free again when a client leaves its stream", async () => {
    const [one, two] = [await hold("s"), await hold("s")];
    assert.deepEqual([one.status, two.status], [200, 200]);
    const denied = await get("/quick", "s");
    assertProblem(denied, 429);
    assert.equal(denied.headers.get("ratelimit"), '"slots";r=0');
    one.abort();
    const deadline = Date.now() + 5_000;
    let status = 429;
    while (status === 429 && Date.now() < deadline) {
      await sleep(100);
      ({ status } = await get("/quick", "s"));
    }
    assert.equal(status, 200);
    two.abort();
  });

  test("are free again at the end of every answer", async () => {
    assert.equal(admitted(await flood("/quick", "q", 10, 1)), 10);
  });
});
