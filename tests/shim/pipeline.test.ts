import { describe, expect, it } from "vitest";
import { createGateway } from "../../worker-shim/index.ts";
import {
  TOKEN,
  DEMO_KEY,
  DEMO_KEY_SHA256,
  env,
  policyOf,
  problemOf,
  send,
  without,
} from "./support.ts";

interface Echo {
  readonly method: string;
  readonly url: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const gateway = createGateway({
  policy: policyOf(
    [
      { id: "echo", match: { path: "/echo" } },
      { id: "deep", match: { methods: ["GET"], path: "/deep/{a}/{rest...}" }, path: "/echo" },
      {
        id: "hosts",
        match: { hosts: ["*.tenant.example"], path: "/echo" },
        request: { setHeaders: { "x-tenant": "yes" } },
      },
      {
        id: "headers",
        match: { path: "/headers" },
        path: "/echo",
        request: { setHeaders: { "x-edge": "sluice" }, removeHeaders: ["x-debug"] },
        response: { setHeaders: { "x-served": "edge" }, removeHeaders: ["content-type"] },
      },
      {
        id: "mobile",
        match: { path: "/echo", headers: { "x-client": "mobile" } },
        request: { setHeaders: { "x-shape": "mobile" } },
      },
      { id: "private", match: { path: "/private" }, auth: "customers", path: "/echo" },
      { id: "cookies", match: { path: "/cookies" } },
      {
        id: "private-cookies",
        match: { path: "/private-cookies" },
        auth: "customers",
        path: "/cookies",
      },
      { id: "redirect", match: { path: "/redirect" } },
      { id: "slow", match: { path: "/slow" }, upstream: "hasty" },
      { id: "broken", match: { path: "/broken" }, upstream: "broken" },
      { id: "unbound", match: { path: "/unbound" }, upstream: "unbound" },
      { id: "down", match: { path: "/down" }, upstream: "down" },
      {
        id: "page",
        match: { path: "/page" },
        path: "/echo",
        experiment: {
          feature: "page",
          variants: {
            b: { setHeaders: { "x-variant": "b" } },
            c: { setHeaders: { "x-variant": "c" } },
          },
        },
      },
    ],
    {
      upstreams: {
        shop: { type: "service", binding: "STOREFRONT", timeout: "2s" },
        hasty: { type: "service", binding: "STOREFRONT", timeout: "50ms" },
        broken: { type: "service", binding: "BROKEN" },
        unbound: { type: "service", binding: "NOBODY" },
        down: { type: "origin", url: "http://127.0.0.1:1/base" },
      },
      auth: {
        customers: {
          type: "apiKey",
          header: "x-api-key",
          keys: [{ sha256: DEMO_KEY_SHA256, identity: "acme" }],
        },
      },
      features: {
        attributes: { id: "visitor" },
        visitorCookie: { name: "__Host-visitor", maxAge: "1d" },
        payload: {
          features: {
            page: {
              defaultValue: "a",
              rules: [
                {
                  variations: ["a", "b", "c"],
                  weights: [0.2, 0.4, 0.4],
                  coverage: 1,
                  hashAttribute: "id",
                  hashVersion: 2,
                  seed: "s",
                },
              ],
            },
          },
        },
      },
    },
  ),
});

/** Somebody follows a link to a page. */
const NAVIGATION = { headers: { "sec-fetch-mode": "navigate" } };

async function echo(path: string, init: RequestInit = {}): Promise<Echo> {
  const response = await send(gateway, path, init);
  expect(response.status).toBe(200);
  return response.json<Echo>();
}

describe("a request that passes", () => {
  it("reaches the upstream with method, path, query, headers and body, and the request's id", async () => {
    const response = await send(gateway, "/echo?a=1&b=%20", {
      method: "POST",
      body: "hello é",
      headers: { "x-own": "kept", "x-request-id": "my-request-1" },
    });
    const seen = await response.json<Echo>();
    expect(seen).toMatchObject({
      method: "POST",
      path: "/echo",
      query: "?a=1&b=%20",
      body: "hello é",
    });
    expect(seen.url).toBe("https://shop.example.com/echo?a=1&b=%20");
    expect(seen.headers).toMatchObject({ "x-own": "kept", "x-request-id": "my-request-1" });
    expect(response.headers.get("x-request-id")).toBe("my-request-1");
    expect(response.headers.get("content-type")).toBe("application/json");
  });

  it("goes to the normalized path, so that gateway and upstream can't disagree", async () => {
    expect((await echo("/%65cho")).path).toBe("/echo");
    expect((await echo("//echo")).path).toBe("/echo");
    expect((await echo("/deep/x/y/z?q")).query).toBe("?q");
  });

  it("loses what concerns the connection only", async () => {
    const { headers } = await echo("/echo", {
      headers: {
        te: "trailers",
        connection: "x-hop, close",
        "x-hop": "1",
        "proxy-authorization": "Basic x",
        "keep-alive": "5",
      },
    });
    expect(Object.keys(headers)).not.toEqual(expect.arrayContaining(["x-hop"]));
    for (const name of ["te", "connection", "x-hop", "proxy-authorization", "keep-alive"]) {
      expect(headers, name).not.toHaveProperty(name);
    }
  });

  it("has its headers edited as the policy says, both ways", async () => {
    const response = await send(gateway, "/headers", {
      headers: { "x-debug": "1", "x-edge": "client" },
    });
    expect(response.headers.get("x-served")).toBe("edge");
    expect(response.headers.has("content-type")).toBe(false);
    const { headers } = await response.json<Echo>();
    expect(headers).toMatchObject({ "x-edge": "sluice" });
    expect(headers).not.toHaveProperty("x-debug");
  });

  it("is routed by a header, and says so in Vary", async () => {
    const mobile = await send(gateway, "/echo", { headers: { "x-client": "mobile" } });
    expect((await mobile.json<Echo>()).headers).toMatchObject({ "x-shape": "mobile" });
    expect(mobile.headers.get("vary")).toMatch(/x-client/);
    const other = await send(gateway, "/echo");
    expect((await other.json<Echo>()).headers).not.toHaveProperty("x-shape");
    expect(other.headers.get("vary")).toMatch(/x-client/);
  });

  it("gets redirects as they are", async () => {
    const response = await send(gateway, "/redirect");
    expect(response.status).toBe(302);
    expect(response.headers.get("location")).toBe("/elsewhere");
  });

  it("gets every Set-Cookie, which no shared cache may keep", async () => {
    const response = await send(gateway, "/cookies");
    expect(response.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect(response.headers.get("cache-control")).toBe("private, max-age=60");
  });

  it("passes the upstream's own errors on", async () => {
    const response = await send(gateway, "/deep/x/y");
    expect(response.status).toBe(200);
    const missing = await send(
      createGateway({ policy: policyOf([{ id: "x", match: { path: "/{r...}" } }]) }),
      "/nowhere",
    );
    expect(missing.status).toBe(404);
    expect(await missing.text()).toBe("nothing here");
  });
});

describe("a request that no route takes", () => {
  it("is 404", async () => {
    const problem = await problemOf(await send(gateway, "/nothing"));
    expect(problem).toMatchObject({
      status: 404,
      type: "urn:sluice:problem:not-found",
      instance: "/nothing",
    });
  });

  it("is 405 with Allow where the path has routes", async () => {
    const response = await send(gateway, "/deep/a/b", { method: "DELETE" });
    expect(response.headers.get("allow")?.split(/, */).sort()).toEqual(["GET", "HEAD"]);
    expect(await problemOf(response)).toMatchObject({ status: 405 });
  });

  it.each(["/a%2Fb", "/a%zz", "/a%00", "/a%5Cb"])("is 400 where the path is %s", async (path) => {
    const problem = await problemOf(await send(gateway, path));
    expect(problem).toMatchObject({ status: 400, type: "urn:sluice:problem:malformed-target" });
    expect(problem.detail).toMatch(/\w{3}/);
  });

  it("gets no body to HEAD", async () => {
    const response = await send(gateway, "/nothing", { method: "HEAD" });
    expect(response.status).toBe(404);
    expect(await response.text()).toBe("");
  });
});

describe("a route with auth", () => {
  it.each<[what: string, headers: Record<string, string>]>([
    ["no key", {}],
    ["an empty key", { "x-api-key": "" }],
    ["an unknown key", { "x-api-key": "guess" }],
  ])("is 401 with %s", async (_what, headers) => {
    const response = await send(gateway, "/private", { headers });
    expect(response.headers.get("www-authenticate")).toBe('ApiKey header="x-api-key"');
    expect(await problemOf(response)).toMatchObject({
      status: 401,
      type: "urn:sluice:problem:unauthorized",
    });
  });

  it("passes with a known key, which the upstream doesn't see", async () => {
    const response = await send(gateway, "/private", { headers: { "x-api-key": DEMO_KEY } });
    expect(response.status).toBe(200);
    expect((await response.json<Echo>()).headers).not.toHaveProperty("x-api-key");
    expect(response.headers.get("cache-control")).toBe("private");
  });

  it("keeps answers out of shared caches", async () => {
    const response = await send(gateway, "/private-cookies", {
      headers: { "x-api-key": DEMO_KEY },
    });
    expect(response.headers.get("cache-control")).toBe("private, max-age=60");
    expect(response.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
  });
});

describe("a route with an experiment", () => {
  it("mints a visitor once, and then sticks", async () => {
    const first = await send(gateway, "/page", NAVIGATION);
    const cookie = first.headers.getSetCookie()[0] ?? "";
    expect(cookie).toMatch(
      /^__Host-visitor=[\w-]{22}; Max-Age=86400; Path=\/; Secure; HttpOnly; SameSite=Lax$/,
    );
    expect(first.headers.get("cache-control")).toBe("private");
    const variant = (await first.json<Echo>()).headers["x-variant"];
    const pair = cookie.split(";")[0] ?? "";
    for (let count = 0; count < 5; count++) {
      const again = await send(gateway, "/page", { headers: { cookie: `other=1; ${pair}` } });
      expect(again.headers.getSetCookie()).toEqual([]);
      expect((await again.json<Echo>()).headers["x-variant"]).toBe(variant);
    }
  });

  it("takes a malformed visitor for none", async () => {
    const response = await send(gateway, "/page", {
      headers: { ...NAVIGATION.headers, cookie: "__Host-visitor=<script>" },
    });
    expect(response.headers.getSetCookie()).toHaveLength(1);
  });

  it("spreads visitors over all variants", async () => {
    const seen = new Map<string | undefined, number>();
    for (let count = 0; count < 60; count++) {
      const variant = (await echo("/page", NAVIGATION)).headers["x-variant"];
      seen.set(variant, (seen.get(variant) ?? 0) + 1);
    }
    expect([...seen.keys()].sort()).toEqual(["b", "c", undefined]);
  });
});

describe("an upstream in trouble", () => {
  it("that takes too long is 504", async () => {
    const problem = await problemOf(await send(gateway, "/slow?ms=1000"));
    expect(problem).toMatchObject({ status: 504, type: "urn:sluice:problem:upstream-timeout" });
    expect(problem.detail).toMatch(/"hasty".*50 ms/);
  });

  it("that throws is 502", async () => {
    expect(await problemOf(await send(gateway, "/broken"))).toMatchObject({
      status: 502,
      type: "urn:sluice:problem:upstream-unreachable",
    });
  });

  it("that nobody listens for is 502", async () => {
    expect(await problemOf(await send(gateway, "/down"))).toMatchObject({ status: 502 });
  });

  it("whose binding is missing is 503, and says which", async () => {
    const problem = await problemOf(await send(gateway, "/unbound"));
    expect(problem).toMatchObject({ status: 503, type: "urn:sluice:problem:missing-binding" });
    expect(problem.detail).toContain("NOBODY");
  });
});

describe("health", () => {
  it("says what is served and what is missing", async () => {
    const response = await send(gateway, "/_sluice/health", {}, without("SLUICE_LIMITER"));
    expect(response.status).toBe(200);
    const body = await response.json();
    expect(body).toMatchObject({ status: "ok", revision: 0, source: "baked-in", lastError: null });
    expect(body).toMatchObject({ findings: ["no-service-binding"] });
    expect(JSON.stringify(body)).not.toContain("NOBODY");
    const asOperator = { headers: { authorization: `Bearer ${TOKEN}` } };
    const shown = await (await send(gateway, "/_sluice/config", asOperator)).text();
    expect(shown).toContain("NOBODY");
  });

  it("is GET only", async () => {
    expect((await send(gateway, "/_sluice/health", { method: "POST" })).status).toBe(405);
  });

  it("is 503 without a policy, as is everything else", async () => {
    const bare = createGateway();
    const response = await send(bare, "/x", {}, without("SLUICE_KV", "SLUICE_CONFIG"));
    expect(await problemOf(response)).toMatchObject({
      status: 503,
      type: "urn:sluice:problem:no-policy",
    });
    const health = await send(bare, "/_sluice/health", {}, without("SLUICE_KV", "SLUICE_CONFIG"));
    expect(health.status).toBe(503);
    expect(await health.json()).toMatchObject({ status: "no-policy", revision: null });
    expect(env.SLUICE_KV).toBeDefined();
  });
});
