import { afterEach, describe, expect, it, vi } from "vitest";
import type { GatewayEnv } from "../../worker-shim/env.ts";
import { createGateway } from "../../worker-shim/index.ts";
import { DEMO_KEY, DEMO_KEY_SHA256, bytesOf, env, policyOf, problemOf, send } from "./support.ts";

const page = (id: string, transform: string, more: object = {}): object => ({
  id,
  match: { path: `/${id}/{user}` },
  path: "/order",
  inputs: {
    user: {
      upstream: "users",
      path: "/users/{user}",
      setHeaders: { "x-from": "gateway" },
      forwardHeaders: ["accept-language"],
      maxBodyBytes: 2000,
    },
  },
  ...more,
  response: { transform, onInvalidBody: "pass" },
});

const gateway = createGateway({
  policy: policyOf(
    [
      page("page", "page"),
      page("optional", "optional"),
      page("both", "both", {
        inputs: {
          user: { upstream: "users", path: "/users/{user}" },
          stock: { upstream: "stock", path: "/stock" },
        },
        auth: "keys",
      }),
      page("pinned", "page", { upstream: "users", path: "/main" }),
    ],
    {
      upstreams: {
        shop: { type: "service", binding: "STOREFRONT", timeout: "2s" },
        users: { type: "service", binding: "USERS", timeout: "50ms" },
        stock: { type: "service", binding: "STOCK", timeout: "2s" },
      },
      auth: {
        keys: {
          type: "apiKey",
          header: "x-api-key",
          keys: [{ sha256: DEMO_KEY_SHA256, identity: "demo" }],
        },
      },
      transforms: {
        page: [{ pick: ["$.id"] }, { compose: { user: {} } }],
        optional: [{ pick: ["$.id"] }, { compose: { user: { missing: "null" } } }],
        both: [
          { pick: ["$.id"] },
          { compose: { user: { missing: "omit" }, stock: { to: "$.stock", missing: "omit" } } },
        ],
      },
    },
  ),
});

type Fetch = (request: Request, init: RequestInit) => Response | Promise<Response>;

/** Bindings with upstreams that answer so. */
function answering(upstreams: Record<string, Fetch>): GatewayEnv {
  const bindings = Object.entries(upstreams).map(([name, fetch]) => [
    name,
    { fetch: (request: Request, init: RequestInit) => Promise.resolve(fetch(request, init)) },
  ]);
  return { ...env, ...Object.fromEntries(bindings) } as GatewayEnv;
}

function json(text: string, headers: Record<string, string> = {}, status = 200): Response {
  return new Response(bytesOf(text), {
    status,
    headers: { "content-type": "application/json", ...headers },
  });
}

const MAIN = (): Response => json('{"id": 1.0, "x": 2}', { etag: '"abc"', "last-modified": "y" });
const USER = '{"name": "Zoë", "n": 1e400}';

const warnings = vi.spyOn(console, "warn").mockImplementation(() => undefined);
afterEach(() => {
  warnings.mockClear();
});
const warned = (): string => warnings.mock.calls.map((call) => call.join(" ")).join("\n");

describe("a route with inputs", () => {
  it("puts them in, with the text of their numbers kept", async () => {
    const bindings = answering({ STOREFRONT: MAIN, USERS: () => json(USER) });
    const response = await send(gateway, "/page/u%201?q=1", {}, bindings);
    expect(await response.text()).toBe(`{"id": 1.0,"user":${USER}}`);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(response.headers.get("vary")).toBe("accept-language");
    expect(warned()).toBe("");
  });

  it("keeps an override's token from them, though they get cookies", async () => {
    let asked: Request | undefined;
    const bindings = {
      ...answering({
        STOREFRONT: MAIN,
        USERS: (request) => {
          asked = request;
          return json(USER);
        },
      }),
      COOKIE_KEY: "a cookie key of thirty-two bytes!",
    };
    const user = { upstream: "users", path: "/users", forwardHeaders: ["cookie"] };
    const overriding = createGateway({
      policy: policyOf([page("page", "page", { inputs: { user } })], {
        upstreams: {
          shop: { type: "service", binding: "STOREFRONT" },
          users: { type: "service", binding: "USERS" },
        },
        transforms: { page: [{ pick: ["$.id"] }, { compose: { user: {} } }] },
        features: { keys: { current: "COOKIE_KEY" }, override: {}, payload: { features: {} } },
      }),
    });
    const headers = { cookie: "session=1; __Host-sluice-override=token" };
    await send(overriding, "/page/u", { headers }, bindings);
    expect(asked?.headers.get("cookie")).toBe("session=1");
  });

  it("asks for them in its own name, and with nothing of the client's but what is named", async () => {
    let asked: Request | undefined;
    const bindings = answering({
      STOREFRONT: MAIN,
      USERS: (request) => {
        asked = request;
        return json(USER);
      },
    });
    const headers = {
      cookie: "session=1",
      authorization: "Bearer x",
      "accept-language": "de",
      traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      "x-request-id": "client-id-1",
      "if-none-match": '"abc"',
      "user-agent": "a browser",
    };
    const init = { method: "POST", body: "hello", headers };
    await (await send(gateway, "/page/u%201?q=1", init, bindings)).text();
    expect(asked?.method).toBe("GET");
    expect(new URL(asked?.url ?? "").pathname).toBe("/users/u%201");
    expect(new URL(asked?.url ?? "").search).toBe("");
    expect(Object.fromEntries(asked?.headers ?? [])).toEqual({
      accept: "application/json",
      "accept-language": "de",
      traceparent: headers.traceparent,
      "x-from": "gateway",
      "x-request-id": "client-id-1",
    });
  });

  it("calls all at once", async () => {
    const under = new Set<string>();
    let most = 0;
    const slow =
      (name: string, text: string): Fetch =>
      async () => {
        under.add(name);
        most = Math.max(most, under.size);
        await new Promise((done) => setTimeout(done, 20));
        under.delete(name);
        return json(text);
      };
    const bindings = answering({
      STOREFRONT: slow("main", '{"id": 1}'),
      USERS: slow("user", "2"),
      STOCK: slow("stock", "3"),
    });
    const init = { headers: { "x-api-key": DEMO_KEY } };
    expect(await (await send(gateway, "/both/u", init, bindings)).json()).toEqual({
      id: 1,
      user: 2,
      stock: 3,
    });
    expect(most).toBe(3);
  });

  it("calls nobody for who is refused", async () => {
    const users = vi.fn(() => json(USER));
    const bindings = answering({ STOREFRONT: MAIN, USERS: users, STOCK: users });
    expect((await send(gateway, "/both/u", {}, bindings)).status).toBe(401);
    expect(users).not.toHaveBeenCalled();
  });

  it("answers HEAD without them, and as it answers GET", async () => {
    const users = vi.fn(() => json(USER));
    const bindings = answering({ STOREFRONT: MAIN, USERS: users });
    const response = await send(gateway, "/page/u", { method: "HEAD" }, bindings);
    expect(response.status).toBe(200);
    expect(response.headers.has("etag")).toBe(false);
    expect(response.headers.get("cache-control")).toBe("private, max-age=0");
    expect(users).not.toHaveBeenCalled();
  });

  it("tells caches no more than holds for all parts", async () => {
    const main = (): Response => json('{"id": 1}', { "cache-control": "public, max-age=600" });
    const cacheControl = async (user: string): Promise<string | null> => {
      const users = (): Response => json(USER, user === "" ? {} : { "cache-control": user });
      const bindings = answering({ STOREFRONT: main, USERS: users });
      const response = await send(gateway, "/page/u", {}, bindings);
      expect(response.status).toBe(200);
      return response.headers.get("cache-control");
    };
    expect(await cacheControl("max-age=30")).toBe("private, max-age=30");
    expect(await cacheControl("private, no-store")).toBe("no-store");
    expect(await cacheControl("")).toBe("private, max-age=0");
  });

  it("has no validators, and asks the upstream for none", async () => {
    let asked: Request | undefined;
    const bindings = answering({
      STOREFRONT: (request) => {
        asked = request;
        return MAIN();
      },
      USERS: () => json(USER),
    });
    const headers = { "if-none-match": "*", "if-modified-since": "x" };
    const response = await send(gateway, "/page/u", { headers }, bindings);
    for (const name of ["etag", "last-modified"])
      expect(response.headers.has(name), name).toBe(false);
    for (const name of ["if-none-match", "if-modified-since"])
      expect(asked?.headers.has(name), name).toBe(false);
  });
});

describe("an input is missing", () => {
  const cases: [why: string, user: Fetch, logged: RegExp][] = [
    ["of another status", () => json(USER, {}, 404), /status 404/],
    [
      "that redirects",
      () => new Response(null, { status: 302, headers: { location: "/x" } }),
      /status 302/,
    ],
    ["without content", () => new Response(null, { status: 204 }), /no JSON/],
    ["that is empty", () => json(""), /empty/],
    [
      "of another type",
      () => new Response("<p>", { headers: { "content-type": "text/html" } }),
      /no JSON, but text\/html/,
    ],
    [
      "in another charset",
      () => json(USER, { "content-type": "application/json; charset=utf-16" }),
      /charset is utf-16/,
    ],
    ["that is no JSON", () => json('{"a": 1,}'), /no JSON: .*/],
    ["that is too deep", () => json("[".repeat(600) + "]".repeat(600)), /can't be read: .*deep/],
    ["that is too large", () => json(JSON.stringify("x".repeat(4000))), /over 2000 bytes/],
    [
      "that fails",
      () => Promise.reject(new Error("refused by 10.0.0.7")),
      /refused by 10\.0\.0\.7/,
    ],
    ["that is silent", () => new Promise(() => undefined), /no headers within 50 ms/],
    [
      "that stalls",
      () =>
        new Response(new ReadableStream({ type: "bytes" }), {
          headers: { "content-type": "application/json" },
        }),
      /no whole body within 50 ms/,
    ],
  ];

  it.each(cases)("%s: 502 where the step needs it", async (_why, user, logged) => {
    const bindings = answering({ STOREFRONT: MAIN, USERS: user });
    const problem = await problemOf(await send(gateway, "/page/u", {}, bindings));
    expect(problem).toMatchObject({
      status: 502,
      type: "urn:sluice:problem:upstream-input-missing",
      input: "user",
      detail: 'the input "user" is missing',
    });
    expect(warned()).toMatch(logged);
    expect(warned()).toContain(`request ${problem.requestId}: the input "user" is missing`);
  });

  it.each(cases)("%s: null where the step says so", async (_why, user, logged) => {
    const bindings = answering({ STOREFRONT: MAIN, USERS: user });
    const response = await send(gateway, "/optional/u", {}, bindings);
    expect(await response.text()).toBe('{"id": 1.0,"user":null}');
    expect(response.headers.get("cache-control")).toBe("private, max-age=0");
    expect(warnings).toHaveBeenCalledTimes(1);
    expect(warned()).toMatch(logged);
  });

  it("and left out where the step says so", async () => {
    const gone = (): Response => json("{}", {}, 500);
    const bindings = answering({ STOREFRONT: MAIN, USERS: gone, STOCK: () => json("7") });
    const init = { headers: { "x-api-key": DEMO_KEY } };
    expect(await (await send(gateway, "/both/u", init, bindings)).text()).toBe(
      '{"id": 1.0,"stock":7}',
    );
    expect(warned()).toMatch(/"user" is missing: it has status 500/);
  });
});

describe("the input calls end", () => {
  /** An upstream that never answers, and whether it was given up. */
  function silent(): { fetch: Fetch; aborted: () => boolean } {
    let signal: AbortSignal | null | undefined;
    return {
      fetch: (_request, init) => {
        ({ signal } = init);
        return new Promise(() => undefined);
      },
      aborted: () => signal?.aborted === true,
    };
  }

  it.each<[string, () => Response]>([
    ["is no JSON", () => new Response("<p>", { headers: { "content-type": "text/html" } })],
    ["has no body", () => new Response(null, { status: 204 })],
    ["is empty", () => json("")],
    ["is invalid", () => json("{")],
  ])("when the main response %s, which passes at once", async (_name, main) => {
    const users = silent();
    const bindings = answering({ STOREFRONT: main, USERS: users.fetch });
    const begun = performance.now();
    const response = await send(gateway, "/page/u", {}, bindings);
    expect(response.status).toBeLessThan(300);
    expect(users.aborted()).toBe(true);
    expect(performance.now() - begun).toBeLessThan(1000);
    expect(await response.text()).toBe(await main().text());
  });

  it("when the main upstream fails", async () => {
    const users = silent();
    const bindings = answering({
      STOREFRONT: () => Promise.reject(new Error("gone")),
      USERS: users.fetch,
    });
    expect((await send(gateway, "/page/u", {}, bindings)).status).toBe(502);
    expect(users.aborted()).toBe(true);
  });
});
