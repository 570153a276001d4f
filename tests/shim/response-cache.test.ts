// What the gateway keeps of its routes' answers: by what, for whom, and what never.
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CompiledPolicy } from "../../worker-shim/core/policy.ts";
import type { GatewayEnv } from "../../worker-shim/env.ts";
import { createGateway, type Exposure, type Gateway } from "../../worker-shim/index.ts";
import { daily, memory } from "./limiter-support.ts";
import { DEMO_KEY, DEMO_KEY_SHA256, env, policyOf } from "./support.ts";

const get = (path: string, more: object = {}): object => ({
  match: { path, methods: ["GET"] },
  cache: { ttl: "60s" },
  ...more,
});
const half = (...variations: string[]): object => ({
  defaultValue: "none",
  rules: [{ variations, weights: [0.5, 0.5], hashAttribute: "id", hashVersion: 2, seed: "s" }],
});

function policyWith(edit: (policy: string) => string = (text) => text): string {
  const policy = policyOf(
    [
      { id: "plain", ...get("/plain/{rest...}", { cache: { ttl: "60s", vary: ["X-Locale"] } }) },
      {
        id: "set",
        ...get("/set/{rest...}", { request: { setHeaders: { "X-Tenant": "a" } } }),
      },
      { id: "short", ...get("/short/{rest...}", { cache: { ttl: "1s" } }) },
      { id: "slim", ...get("/slim/{rest...}", { response: { transform: "slim" } }) },
      {
        id: "lenient",
        ...get("/lenient/{rest...}", { response: { transform: "slim", onInvalidBody: "pass" } }),
      },
      {
        id: "small",
        ...get("/small/{rest...}", { response: { transform: "slim", maxBodyBytes: 20 } }),
      },
      { id: "keyed", ...get("/keyed/{rest...}", { auth: "keys" }) },
      { id: "counted", ...get("/counted/{rest...}", { limits: ["two"] }) },
      {
        id: "tested",
        ...get("/tested/{rest...}", {
          path: "/tested/{rest...}",
          experiment: {
            feature: "layout",
            variants: {
              headers: { setHeaders: { "x-layout": "new" } },
              path: { path: "/v2/{rest...}" },
            },
          },
        }),
      },
      {
        id: "alike",
        ...get("/alike/{rest...}", {
          experiment: { feature: "shape", variants: { slim: { transform: "slim" }, same: {} } },
        }),
      },
      {
        id: "page",
        ...get("/page/{id}", {
          path: "/main",
          inputs: { user: { upstream: "users", path: "/users/{id}" } },
          response: { transform: "page" },
        }),
      },
      {
        id: "partial",
        ...get("/partial/{id}", {
          path: "/main",
          inputs: { user: { upstream: "users", path: "/users/{id}" } },
          response: { transform: "partial" },
        }),
      },
      { id: "open", match: { path: "/open/{rest...}" } },
      { id: "shared", match: { path: "/shared/{rest...}" }, limits: ["many"], sharedCache: true },
      { id: "limited", match: { path: "/limited/{rest...}" }, limits: ["many"] },
    ],
    {
      upstreams: {
        shop: { type: "service", binding: "STOREFRONT", timeout: "2s" },
        users: { type: "service", binding: "USERS", timeout: "2s" },
      },
      auth: {
        keys: {
          type: "apiKey",
          header: "x-api-key",
          keys: [{ sha256: DEMO_KEY_SHA256, identity: "demo" }],
        },
      },
      limits: {
        two: daily(2, { subject: ["header:x-part"], ...memory }),
        many: daily(1000, { subject: ["header:x-part"], ...memory }),
      },
      features: {
        attributes: { id: "header:x-user" },
        payload: {
          features: { layout: half("headers", "path"), shape: half("slim", "same") },
        },
      },
      transforms: {
        slim: [{ pick: ["$.id", "$.number"] }],
        page: [{ compose: { user: {} } }],
        partial: [{ compose: { user: { missing: "null" } } }],
      },
    },
  );
  return edit(JSON.stringify(policy));
}

const gateway = createGateway({ policy: policyWith() });

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** What the upstreams answer, and what came to ask them. */
let seen: Request[] = [];
let answers: (request: Request) => Response | Promise<Response>;
let users: (request: Request) => Response;

const upstreamWorker = (env as unknown as { readonly STOREFRONT: Fetcher }).STOREFRONT;

const json = (body: unknown, headers: HeadersInit = {}): Response =>
  Response.json(body, { headers });

beforeEach(() => {
  seen = [];
  answers = () => json({ id: 7, number: seen.length, secret: "s" });
  users = () => json({ name: "Ada" });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const bindings = {
  ...env,
  STOREFRONT: {
    fetch(request: Request) {
      seen.push(request);
      return Promise.resolve(answers(request));
    },
  },
  USERS: { fetch: (request: Request) => Promise.resolve(users(request)) },
} as unknown as GatewayEnv;

/** Sends, reads the whole answer, and waits until it is kept. */
async function ask(
  path: string,
  init: RequestInit = {},
  by: Gateway = gateway,
  its: GatewayEnv = bindings,
): Promise<Answer> {
  const ctx = createExecutionContext();
  const request = new Request(`https://shop.example.com${path}`, init);
  const response = await by.fetch(request, its, ctx);
  const text = await response.text();
  await waitOnExecutionContext(ctx);
  return { status: response.status, headers: response.headers, text };
}

const statusOf = ({ headers }: Answer): string | null => headers.get("cache-status");
const TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const HIT = "sluice; hit";
const STORED = "sluice; fwd=miss; stored";

describe("an answer that is kept", () => {
  it("is the same for the next, with its age, and the upstream isn't asked", async () => {
    answers = () =>
      json({ n: seen.length }, { "cache-control": "public, max-age=30", etag: '"e"', "x-a": "1" });
    const first = await ask("/plain/same");
    const second = await ask("/plain/same");
    expect([statusOf(first), statusOf(second)]).toEqual([STORED, HIT]);
    expect(seen).toHaveLength(1);
    expect(second.text).toBe(first.text);
    expect(Object.fromEntries(second.headers)).toMatchObject({
      "content-type": "application/json",
      "cache-control": "public, max-age=30",
      age: "0",
      etag: '"e"',
      "x-a": "1",
      vary: "x-locale",
    });
    expect(second.headers.has("cf-cache-status")).toBe(false);
    expect(second.headers.has("x-sluice-kept")).toBe(false);
    expect(second.headers.get("x-request-id")).not.toBe(first.headers.get("x-request-id"));
  });

  it("is another one for another path, query, or header that it varies by", async () => {
    const paths = ["/plain/a", "/plain/b", "/plain/a?q=1", "/plain/a?q=2"];
    for (const path of paths) expect(statusOf(await ask(path))).toBe(STORED);
    for (const locale of ["de", "en", ""]) {
      const headers = { "x-locale": locale };
      expect(statusOf(await ask("/plain/a", { headers }))).toBe(STORED);
      expect(statusOf(await ask("/plain/a", { headers }))).toBe(HIT);
    }
    expect(statusOf(await ask("/plain/a"))).toBe(HIT);
    expect(seen).toHaveLength(7);
  });

  it("may vary by what the route or its variants set, which its key knows", async () => {
    answers = () => json({ id: 7 }, { vary: "X-Layout, x-tenant" });
    const unknown = "sluice; fwd=miss; detail=vary";
    expect(statusOf(await ask("/tested/vary"))).toBe(unknown);
    expect(statusOf(await ask("/set/vary"))).toBe(unknown);
    answers = () => json({ id: 7 }, { vary: "X-Layout" });
    expect(statusOf(await ask("/tested/vary"))).toBe(STORED);
    answers = () => json({ id: 7 }, { vary: "x-tenant" });
    expect(statusOf(await ask("/set/vary"))).toBe(STORED);
  });

  it("is made without anything that only one client sends", async () => {
    await ask("/plain/headers", {
      headers: {
        cookie: "session=1",
        authorization: "Bearer x",
        "accept-encoding": "gzip",
        "x-forwarded-host": "evil.example.com",
        "if-none-match": '"x"',
        range: "bytes=0-1",
        origin: "https://a.example.com",
        traceparent: TRACE,
        tracestate: "a=<script>",
        "X-Locale": "de",
      },
    });
    const { "x-request-id": id, ...headers } = Object.fromEntries(seen[0]?.headers ?? []);
    expect(id).toBeDefined();
    expect(headers).toEqual({
      "accept-encoding": "identity",
      traceparent: TRACE,
      "x-locale": "de",
    });
    await ask("/plain/trace", { headers: { traceparent: "00-<script>" } });
    expect(seen[1]?.headers.has("traceparent")).toBe(false);
  });

  it("ends with its time", async () => {
    await ask("/short/ttl");
    expect(statusOf(await ask("/short/ttl"))).toBe(HIT);
    const now = Date.now();
    vi.spyOn(Date, "now").mockReturnValue(now + 1001);
    expect(statusOf(await ask("/short/ttl"))).toBe(STORED);
    expect(seen).toHaveLength(2);
  });

  it("lives no longer than the upstream says, less the age it came with", async () => {
    answers = () => json({}, { "cache-control": "max-age=99, s-maxage=30", age: "20" });
    await ask("/plain/age");
    const now = Date.now();
    const later = vi.spyOn(Date, "now").mockReturnValue(now + 9_000);
    const hit = await ask("/plain/age");
    expect([statusOf(hit), hit.headers.get("age")]).toEqual([HIT, "29"]);
    later.mockReturnValue(now + 10_001);
    expect(statusOf(await ask("/plain/age"))).toBe(STORED);
  });

  it("is told to whom it was kept for only: HEAD has its headers, and asks for none", async () => {
    expect(statusOf(await ask("/plain/head", { method: "HEAD" }))).toBe(
      "sluice; fwd=miss; detail=method",
    );
    const full = await ask("/plain/head");
    const head = await ask("/plain/head", { method: "HEAD" });
    expect([head.status, statusOf(head), head.text]).toEqual([200, HIT, ""]);
    expect(head.headers.get("content-length")).toBe(String(full.text.length));
  });

  it("is 304 for who has it", async () => {
    answers = () => json({}, { etag: '"e"' });
    await ask("/plain/tag");
    for (const known of ['"e"', 'W/"e"', '"x", W/"e"', "*"]) {
      const answer = await ask("/plain/tag", { headers: { "if-none-match": known } });
      expect([answer.status, answer.text, answer.headers.get("etag")]).toEqual([304, "", '"e"']);
    }
    for (const known of ['"x"', "e", ""]) {
      const answer = await ask("/plain/tag", { headers: { "if-none-match": known } });
      expect([answer.status, statusOf(answer)]).toEqual([200, HIT]);
    }
    expect(seen).toHaveLength(1);
  });

  it("is answered in parts", async () => {
    answers = () => new Response("0123456789", { headers: { "content-type": "text/plain" } });
    expect((await ask("/plain/range", { headers: { range: "bytes=2-4" } })).text).toBe(
      "0123456789",
    );
    const part = await ask("/plain/range", { headers: { range: "bytes=2-4" } });
    expect([part.status, part.text, part.headers.get("content-range")]).toEqual([
      206,
      "234",
      "bytes 2-4/10",
    ]);
    const beyond = await ask("/plain/range", { headers: { range: "bytes=20-" } });
    expect([beyond.status, beyond.headers.get("content-range")]).toEqual([416, "bytes */10"]);
    for (const headers of [
      { range: "bytes=0-1,3-4" },
      { range: "lines=1-2" },
      { range: "bytes=2-4", "if-range": '"e"' },
    ]) {
      expect((await ask("/plain/range", { headers })).text).toBe("0123456789");
    }
    expect(seen).toHaveLength(1);
  });

  it("is without the coding that it came in", async () => {
    // Only what comes from another Worker has its coding undone.
    answers = () => upstreamWorker.fetch("https://shop.example.com/gzip");
    for (const status of [STORED, HIT]) {
      const answer = await ask("/plain/gzip");
      expect([answer.text, statusOf(answer)]).toEqual(['{"id": 1, "x": 2}', status]);
      expect(answer.headers.has("content-encoding")).toBe(false);
      expect(answer.headers.get("etag")).toBe('W/"e"');
    }
  });

  it("is what a transform has made, which runs once", async () => {
    answers = () => json({ id: 7, number: seen.length, secret: "s" }, { etag: '"e"' });
    const first = await ask("/slim/x");
    const second = await ask("/slim/x");
    expect([statusOf(first), statusOf(second)]).toEqual([STORED, HIT]);
    expect(second.text).toBe('{"id":7,"number":1}');
    expect(second.headers.get("etag")).toMatch(/^W\/"e~/);
    expect(second.headers.get("etag")).toBe(first.headers.get("etag"));
    expect(second.headers.get("content-length")).toBe("19");
    const known = { "if-none-match": second.headers.get("etag") ?? "" };
    expect((await ask("/slim/x", { headers: known })).status).toBe(304);
    expect((await ask("/slim/x", { headers: { "if-none-match": '"e"' } })).status).toBe(200);
  });

  it("is another one when the policy makes it in another way, and the same when not", async () => {
    await ask("/slim/policy");
    const other = createGateway({ policy: policyWith((text) => text.replace("$.number", "$.n")) });
    expect(statusOf(await ask("/slim/policy", {}, other))).toBe(STORED);
    const same = createGateway({
      policy: policyWith((text) => text.replace('"units":2', '"units":3')),
    });
    expect(statusOf(await ask("/slim/policy", {}, same))).toBe(HIT);
  });
});

describe("what is never kept", () => {
  it.each<[why: string, headers: HeadersInit]>([
    ["set-cookie", { "set-cookie": "a=1" }],
    ["no-store", { "cache-control": "max-age=60, no-store" }],
    ["private", { "cache-control": "Private, max-age=60" }],
    ["private", { "cache-control": 'private="x-a", max-age=60' }],
    ["no-cache", { "cache-control": "no-cache" }],
    ["no-cache", { pragma: "no-cache" }],
    ["no-store", { "cdn-cache-control": "no-store", "cache-control": "max-age=60" }],
    ["vary", { vary: "x-locale, cookie" }],
    ["vary", { vary: "*" }],
    ["stale", { "cache-control": "max-age=0" }],
    ["stale", { "cache-control": "max-age=60, s-maxage=0" }],
    ["stale", { "cache-control": "max-age=10", age: "10" }],
    ["stale", { "cache-control": "max-age=soon" }],
    ["stale", { expires: "0" }],
    ["event-stream", { "content-type": "text/event-stream" }],
    ["coding", { "content-encoding": "x-odd" }],
  ])("%s: %j", async (why, headers) => {
    answers = () => new Response("x", { headers, encodeBody: "manual" });
    const path = `/plain/never?${JSON.stringify(headers)}`;
    for (let round = 0; round < 2; round++) {
      expect(statusOf(await ask(path))).toBe(`sluice; fwd=miss; detail=${why}`);
    }
    expect(seen).toHaveLength(2);
  });

  it.each([201, 203, 204, 206, 301, 302, 404, 410, 500, 503])("the status %i", async (status) => {
    answers = () => new Response(null, { status, headers: { "cache-control": "max-age=60" } });
    for (let round = 0; round < 2; round++) {
      const answer = await ask(`/plain/status/${String(status)}`);
      expect([answer.status, statusOf(answer)]).toEqual([
        status,
        "sluice; fwd=miss; detail=status",
      ]);
    }
  });

  it("what a transform should have made and couldn't", async () => {
    answers = () => new Response("{", { headers: { "content-type": "application/json" } });
    for (let round = 0; round < 2; round++) {
      expect(statusOf(await ask("/lenient/x"))).toBe("sluice; fwd=miss; detail=untransformed");
      expect((await ask("/slim/broken")).status).toBe(502);
    }
    expect(seen).toHaveLength(4);
  });

  it("what is too long, whether it says so or not; and passes whole", async () => {
    const long = "x".repeat(30);
    answers = () => new Response(long, { headers: { "content-length": "30" } });
    expect(statusOf(await ask("/small/said"))).toBe("sluice; fwd=miss; detail=too-large");
    answers = () => {
      const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
      const writer = writable.getWriter();
      void writer.write(new TextEncoder().encode(long)).then(() => writer.close());
      return new Response(readable);
    };
    for (let round = 0; round < 2; round++) {
      const answer = await ask("/small/unsaid");
      expect([answer.text, statusOf(answer)]).toEqual([long, STORED]);
    }
    expect(seen).toHaveLength(3);
  });

  it("half an answer", async () => {
    answers = () =>
      new Response(
        new ReadableStream({
          start(controller) {
            controller.enqueue(new TextEncoder().encode("half"));
          },
          pull(controller) {
            controller.error(new Error("broken off"));
          },
        }),
      );
    const ctx = createExecutionContext();
    const request = new Request("https://shop.example.com/plain/half");
    const response = await gateway.fetch(request, bindings, ctx);
    await expect(response.text()).rejects.toThrow();
    await waitOnExecutionContext(ctx);
    answers = () => new Response("whole");
    expect((await ask("/plain/half")).text).toBe("whole");
  });

  it("what its client left", async () => {
    answers = () =>
      new Response(
        new ReadableStream({
          async pull(controller) {
            controller.enqueue(new TextEncoder().encode("more "));
            await new Promise((done) => setTimeout(done, 5));
          },
        }),
      );
    const ctx = createExecutionContext();
    const request = new Request("https://shop.example.com/plain/left");
    const response = await gateway.fetch(request, bindings, ctx);
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    await waitOnExecutionContext(ctx);
    answers = () => new Response("whole");
    expect((await ask("/plain/left")).text).toBe("whole");
  });
});

describe("a client that is gone, which nobody says,", () => {
  it("is waited for as long as its request can last", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
    const leaving = createGateway({ policy: policyWith() });
    const heldBytes = async (): Promise<number> => {
      const { text } = await ask("/_sluice/health", {}, leaving);
      return (JSON.parse(text) as { heldBodyBytes: number }).heldBodyBytes;
    };
    answers = () =>
      new Response(
        new ReadableStream({
          pull(controller) {
            controller.enqueue(new TextEncoder().encode("more "));
          },
        }),
      );
    const ctx = createExecutionContext();
    const request = new Request("https://shop.example.com/plain/gone");
    const response = await leaving.fetch(request, bindings, ctx);
    await response.body?.getReader().read();
    expect(await heldBytes()).toBeGreaterThan(0);
    let isOver = false;
    const over = waitOnExecutionContext(ctx).then(() => void (isOver = true));
    await vi.advanceTimersByTimeAsync(8_500);
    expect(isOver).toBe(false);
    await vi.advanceTimersByTimeAsync(1_000);
    vi.useRealTimers();
    await over;
    expect(await heldBytes()).toBe(0);
  });
});

describe("an answer that is composed", () => {
  it("is kept as long as its shortest part, and by the path of each", async () => {
    answers = () => json({ id: 1 }, { "cache-control": "max-age=50" });
    users = () => json({ name: "Ada" }, { "cache-control": "max-age=20" });
    expect(statusOf(await ask("/page/1"))).toBe(STORED);
    const hit = await ask("/page/1");
    expect([statusOf(hit), hit.headers.get("cache-control")]).toEqual([HIT, "private, max-age=20"]);
    // The main path is the same, the input's another.
    expect(statusOf(await ask("/page/2"))).toBe(STORED);
    const now = Date.now();
    vi.spyOn(Date, "now").mockReturnValue(now + 20_001);
    expect(statusOf(await ask("/page/1"))).toBe(STORED);
  });

  it("isn't kept if a part may not be", async () => {
    users = () => json({}, { "cache-control": "private" });
    expect(statusOf(await ask("/page/3"))).toBe("sluice; fwd=miss; detail=private");
    users = () => json({}, { "set-cookie": "a=1" });
    expect(statusOf(await ask("/page/4"))).toBe("sluice; fwd=miss; detail=set-cookie");
  });

  it("isn't kept if a part is missing", async () => {
    vi.spyOn(console, "warn").mockImplementation(() => undefined);
    users = () => new Response("down", { status: 500 });
    const answer = await ask("/partial/1");
    expect([answer.text, statusOf(answer)]).toEqual([
      '{"id":7,"number":1,"secret":"s","user":null}',
      "sluice; fwd=miss; detail=stale",
    ]);
    users = () => json({ name: "Ada" });
    expect((await ask("/partial/1")).text).toContain("Ada");
  });
});

describe("a hit", () => {
  it("is only for who is let in", async () => {
    const headers = { "x-api-key": DEMO_KEY };
    expect(statusOf(await ask("/keyed/a", { headers }))).toBe(STORED);
    const stranger = await ask("/keyed/a");
    expect([stranger.status, stranger.headers.get("cache-control")]).toEqual([401, "no-store"]);
    const hit = await ask("/keyed/a", { headers });
    expect([statusOf(hit), hit.headers.get("cache-control")]).toEqual([HIT, "private"]);
    expect(seen[0]?.headers.has("x-api-key")).toBe(false);
  });

  it("is charged like any other answer", async () => {
    const headers = { "x-part": "hits" };
    expect(statusOf(await ask("/counted/a", { headers }))).toBe(STORED);
    const hit = await ask("/counted/a", { headers });
    expect([statusOf(hit), hit.headers.get("ratelimit")]).toEqual([
      HIT,
      expect.stringContaining("r=0") as string,
    ]);
    const denied = await ask("/counted/a", { headers });
    expect([denied.status, denied.headers.get("cache-control")]).toEqual([429, "no-store"]);
  });
});

describe("what is one user's", () => {
  const exposure: Exposure = {
    id: "",
    feature: "layout",
    experiment: "layout",
    variation: "0",
    variationIndex: 0,
    attribute: "id",
    value: "someone",
    sticky: false,
  };

  it("is set and counted on a hit too, and isn't kept", async () => {
    const decide = Reflect.get<CompiledPolicy, "decide">(CompiledPolicy.prototype, "decide");
    let count = 0;
    const deciding = vi.spyOn(CompiledPolicy.prototype, "decide").mockImplementation(function (
      this: CompiledPolicy,
      ...parameters
    ) {
      const plan = decide.apply(this, parameters);
      // What is sent already isn't sent again, so each is another one.
      const exposures = [{ ...exposure, id: String(++count).padStart(22, "A") }];
      return { ...plan, setCookies: ["visitor=me; Secure"], exposures };
    });
    const sent = vi.fn(() => Promise.resolve());
    const queued = { ...bindings, SLUICE_EXPOSURES: { send: sent } } as unknown as GatewayEnv;
    for (const status of [STORED, HIT]) {
      const answer = await ask("/tested/one", {}, gateway, queued);
      expect([statusOf(answer), answer.headers.get("set-cookie")]).toEqual([
        status,
        "visitor=me; Secure",
      ]);
      expect(answer.headers.get("cache-control")).toBe("private");
    }
    expect(sent).toHaveBeenCalledTimes(2);
    deciding.mockRestore();
    const other = await ask("/tested/one");
    expect([statusOf(other), other.headers.get("set-cookie")]).toEqual([HIT, null]);
  });
});

describe("the variants of an experiment", () => {
  /** Two users, of whom each is in another variation. */
  async function twoUsers(): Promise<[one: string, other: string]> {
    const found = new Map<string, string>();
    for (let number = 0; found.size < 2 && number < 100; number++) {
      const user = `u${String(number)}`;
      await ask(`/tested/probe/${user}`, { headers: { "x-user": user } });
      const request = seen.at(-1);
      const variation = `${request?.headers.get("x-layout") ?? ""} ${request?.url ?? ""}`;
      found.set(variation.replace(user, ""), user);
    }
    const [one = "", other = ""] = found.values();
    return [one, other];
  }

  it("never share an answer that differs, and users of one do", async () => {
    const [one, other] = await twoUsers();
    seen = [];
    const texts = new Set<string>();
    for (const user of [one, other]) {
      const headers = { "x-user": user };
      const first = await ask("/tested/mixed", { headers });
      expect(statusOf(first)).toBe(STORED);
      const again = await ask("/tested/mixed", { headers });
      expect([statusOf(again), again.text]).toEqual([HIT, first.text]);
      expect(again.headers.get("cache-control")).toBe("private");
      texts.add(first.text);
    }
    expect(texts.size).toBe(2);
    expect(
      seen.map(({ url, headers }) => [new URL(url).pathname, headers.get("x-layout")]),
    ).toEqual(
      expect.arrayContaining([
        ["/tested/mixed", "new"],
        ["/v2/mixed", null],
      ]),
    );
  });

  it("share one where they don't", async () => {
    const texts = new Map<string, string>();
    for (let number = 0; number < 12; number++) {
      const headers = number === 0 ? {} : { "x-user": `u${String(number)}` };
      const { text } = await ask("/alike/x", { headers });
      texts.set(JSON.stringify(headers), text);
    }
    // Who is in no variation sees what those of "same" see.
    expect(seen).toHaveLength(2);
    expect(texts.get("{}")).toContain("secret");
    expect(new Set(texts.values()).size).toBe(2);
  });
});

describe("a cache that fails", () => {
  it("is as if there were none", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    vi.spyOn(caches, "open").mockRejectedValue(new Error("no cache today"));
    for (let round = 1; round <= 2; round++) {
      const answer = await ask("/plain/failing");
      expect([answer.status, answer.text]).toEqual([
        200,
        `{"id":7,"number":${String(round)},"secret":"s"}`,
      ]);
    }
    expect(warn).toHaveBeenCalledTimes(4);
  });
});

describe("what the cache brings and nobody wants", () => {
  /** What a cache brings that answers after `ms`, and whether its body was let go. */
  function bringing(status: number, ms: number): { isCanceled: boolean } {
    const seen = { isCanceled: false };
    const body = new ReadableStream({ cancel: () => void (seen.isCanceled = true) });
    const match = async (): Promise<Response> => {
      await new Promise((done) => setTimeout(done, ms));
      return new Response(body, { status });
    };
    vi.spyOn(caches, "open").mockResolvedValue({
      match,
      put: () => Promise.resolve(),
    } as unknown as Cache);
    return seen;
  }

  it("is let go when it comes too late", async () => {
    const late = bringing(200, 1_100);
    expect(statusOf(await ask("/plain/late"))).toBe(STORED);
    await vi.waitFor(() => {
      expect(late.isCanceled).toBe(true);
    });
  });

  it("is let go where only its status counts", async () => {
    const none = bringing(416, 0);
    expect((await ask("/plain/none", { headers: { range: "bytes=9-" } })).status).toBe(416);
    expect(none.isCanceled).toBe(true);
  });
});

describe("what caches in front of the gateway may keep", () => {
  const PUBLIC = {
    "cache-control": "public, max-age=60, s-maxage=600",
    "cdn-cache-control": "max-age=900",
    "cloudflare-cdn-cache-control": "max-age=900",
    "surrogate-control": "max-age=900",
  };
  const told = ({ headers }: Answer): (string | null)[] =>
    Object.keys(PUBLIC).map((name) => headers.get(name));
  const AS_IT_CAME = Object.values(PUBLIC);
  const PRIVATE = ["private, max-age=60", null, null, null];

  it.each<[path: string, expected: (string | null)[]]>([
    ["/open/x", AS_IT_CAME],
    ["/shared/x", AS_IT_CAME],
    ["/plain/shared", AS_IT_CAME],
    ["/limited/x", PRIVATE],
    ["/counted/shared", PRIVATE],
    ["/tested/shared", PRIVATE],
  ])("%s", async (path, expected) => {
    answers = () => json({}, PUBLIC);
    expect(told(await ask(path, { headers: { "x-part": path } }))).toEqual(expected);
    expect(told(await ask(path, { headers: { "x-part": path } }))).toEqual(expected);
  });

  it.each(["/open/cookie", "/shared/cookie"])("%s: nothing with a cookie", async (path) => {
    answers = () => json({}, { ...PUBLIC, "set-cookie": "a=1" });
    const answer = await ask(path);
    expect(told(answer)).toEqual(PRIVATE);
    expect(answer.headers.getSetCookie()).toEqual(["a=1"]);
  });

  it("tells nobody of another one's limits", async () => {
    expect((await ask("/shared/x")).headers.has("ratelimit")).toBe(false);
    expect((await ask("/limited/x")).headers.has("ratelimit")).toBe(true);
  });
});
