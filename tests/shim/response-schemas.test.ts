import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createGateway } from "../../worker-shim/index.ts";
import { env, policyOf, problemOf, send } from "./support.ts";

const gateway = createGateway({
  policy: policyOf(
    [
      {
        id: "enforced",
        match: { path: "/enforced" },
        path: "/answer",
        response: { schema: "view" },
      },
      {
        id: "detailed",
        match: { path: "/detailed" },
        path: "/answer",
        response: { schema: { schema: "view", status: [200, 404], detail: true } },
      },
      {
        id: "small",
        match: { path: "/small" },
        path: "/answer",
        response: { schema: "view", maxBodyBytes: 32 },
      },
      {
        id: "shaped",
        match: { path: "/shaped" },
        path: "/answer",
        response: { schema: "view", transform: "slim" },
      },
      {
        id: "reported",
        match: { path: "/reported" },
        path: "/answer",
        response: { schema: { schema: "view", onInvalid: "report" }, maxBodyBytes: 64 },
      },
      {
        id: "reported-names",
        match: { path: "/reported-names" },
        path: "/answer",
        response: { schema: { schema: "numbers", onInvalid: "report" } },
      },
      {
        id: "reported-shaped",
        match: { path: "/reported-shaped" },
        path: "/answer",
        response: { schema: { schema: "view", onInvalid: "report" }, transform: "slim" },
      },
      { id: "seen", match: { path: "/seen" }, response: { schema: true } },
      { id: "gzip", match: { path: "/gzip" }, response: { schema: "view" } },
      {
        id: "composed",
        match: { path: "/composed" },
        path: "/answer",
        inputs: { more: { upstream: "shop", path: "/order" } },
        response: { schema: { required: ["more"] }, transform: "join" },
      },
      {
        id: "uncomposed",
        match: { path: "/uncomposed" },
        path: "/answer",
        inputs: { more: { upstream: "shop", path: "/nowhere" } },
        response: { schema: { required: ["more"] }, transform: "join" },
      },
      {
        id: "cached",
        match: { path: "/cached", methods: ["GET"] },
        path: "/answer",
        cache: { ttl: "60s" },
        response: { schema: "view" },
      },
    ],
    {
      schemas: {
        numbers: { properties: { numbers: { additionalProperties: { type: "integer" } } } },
        view: {
          type: "object",
          required: ["id"],
          properties: { id: { type: "integer" }, secret: false },
        },
      },
      transforms: { slim: [{ drop: ["$.secret"] }], join: [{ compose: { more: {} } }] },
    },
  ),
});

const JSON_TYPE = '{"content-type":"application/json"}';

/** Asks on a route for an answer of the upstream's. */
function ask(
  route: string,
  body: string | undefined,
  { status = 200, headers = JSON_TYPE, method = "GET" } = {},
): Promise<Response> {
  const query = new URLSearchParams({ status: String(status), headers });
  if (body !== undefined) query.set("body", body);
  return send(gateway, `${route}?${query.toString()}`, { method });
}

interface Counts {
  readonly responsesRefused: number;
  readonly responsesReported: number;
}

async function counts(): Promise<Counts> {
  const health = await send(gateway, "/_sluice/health");
  return (await health.json<{ schemas: Counts }>()).schemas;
}

function quiet(): () => string {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  return () => warn.mock.calls.map(String).join("\n");
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("an answer with a schema that is enforced", () => {
  it("passes byte for byte if it is valid", async () => {
    const body = '{ "id": 12345678901234567890, "note": "\\u00e9" }';
    const response = await ask("/enforced", body);
    expect(response.status).toBe(200);
    expect(await response.text()).toBe(body);
  });

  it("is 502 if it isn't; only the log says why", async () => {
    const logged = quiet();
    const before = await counts();
    const response = await ask("/enforced", '{"id": "private"}');
    expect(response.status).toBe(502);
    const problem = await problemOf(response);
    expect(problem.type).toBe("urn:sluice:problem:invalid-response");
    expect(problem).not.toHaveProperty("errors");
    expect(JSON.stringify(problem)).not.toMatch(/private|\/id/);
    expect(logged()).toMatch(/invalid-response.*\/id \(type\)/);
    expect(logged()).not.toMatch(/private/);
    expect((await counts()).responsesRefused - before.responsesRefused).toBe(1);
  });

  it("tells the client why where the route says so", async () => {
    quiet();
    const response = await ask("/detailed", '{"id": 1, "secret": 2}');
    expect(response.status).toBe(502);
    expect(await problemOf(response)).toMatchObject({
      errors: [{ in: "response", instanceLocation: "/secret" }],
    });
  });

  it.each([201, 299])("is checked with status %i", async (status) => {
    quiet();
    expect((await ask("/enforced", "[]", { status })).status).toBe(502);
  });

  it.each([400, 404, 500])("isn't checked with status %i", async (status) => {
    expect((await ask("/enforced", "[]", { status })).status).toBe(status);
  });

  it("is checked with the statuses that the route lists, and no others", async () => {
    quiet();
    expect((await ask("/detailed", "[]", { status: 404 })).status).toBe(502);
    expect((await ask("/detailed", "[]", { status: 201 })).status).toBe(201);
  });

  it("has a body of its own", async () => {
    expect((await ask("/enforced", undefined, { status: 204 })).status).toBe(204);
    expect((await ask("/enforced", undefined, { status: 304 })).status).toBe(304);
    expect((await ask("/enforced", "[", { status: 206 })).status).toBe(206);
    expect((await ask("/enforced", "[]", { method: "HEAD" })).status).toBe(200);
    expect((await ask("/enforced", "")).status).toBe(200);
  });

  it("is JSON", async () => {
    const html = '{"content-type":"text/html"}';
    expect(await (await ask("/enforced", "<p>", { headers: html })).text()).toBe("<p>");
  });

  it.each([
    ["{", JSON_TYPE],
    ['{"id": 1}', '{"content-type":"application/json; charset=latin1"}'],
  ])("is 502 where it can't be read: %s, %s", async (body, headers) => {
    quiet();
    const response = await ask("/enforced", body, { headers });
    expect(response.status).toBe(502);
    const problem = await problemOf(response);
    expect(problem.type).toBe("urn:sluice:problem:upstream-invalid-body");
    expect(problem.detail).toMatch(/can't be checked/);
  });

  it("is 502 where it is too large", async () => {
    quiet();
    const response = await ask("/small", JSON.stringify({ id: 1, fill: "x".repeat(40) }));
    expect(response.status).toBe(502);
    expect((await problemOf(response)).detail).toMatch(/over 32 bytes/);
  });

  it("is asked for as a whole, in a coding that can be undone", async () => {
    const headers = {
      range: "bytes=0-1",
      "if-range": '"abc"',
      "accept-encoding": "zstd, gzip",
      "if-modified-since": "Sat, 21 Nov 2026 07:00:00 GMT",
    };
    const response = await send(gateway, "/seen", { headers });
    const seen = JSON.parse(response.headers.get("x-seen") ?? "{}") as Record<string, string>;
    expect(seen).not.toHaveProperty("range");
    expect(seen).not.toHaveProperty("if-range");
    expect(seen["accept-encoding"]).not.toMatch(/zstd/);
    expect(seen).toHaveProperty("if-modified-since");
    expect(response.headers.get("etag")).toBe('"abc"');
  });

  it("may be compressed", async () => {
    const response = await send(gateway, "/gzip");
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ id: 1, x: 2 });
  });

  it("isn't kept by the cache if it isn't valid", async () => {
    quiet();
    expect((await ask("/cached", '{"id": "x"}')).status).toBe(502);
    expect((await ask("/cached", '{"id": "x"}')).status).toBe(502);
    const query = new URLSearchParams({ headers: JSON_TYPE, body: '{"id": 1}' }).toString();
    for (const status of [/stored/, /hit/]) {
      // What is kept is kept while it is read.
      const ctx = createExecutionContext();
      const request = new Request(`https://shop.example.com/cached?${query}`);
      const response = await gateway.fetch(request, env, ctx);
      expect(await response.text()).toBe('{"id": 1}');
      await waitOnExecutionContext(ctx);
      expect(response.headers.get("cache-status")).toMatch(status);
    }
  });
});

describe("an answer with a schema and a transform", () => {
  it("is checked as the client gets it", async () => {
    const response = await ask("/shaped", '{"id": 1, "secret": 2}');
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('{"id": 1}');
    quiet();
    expect((await ask("/shaped", '{"id": "x", "secret": 2}')).status).toBe(502);
  });

  it("is checked with its inputs in it", async () => {
    const response = await ask("/composed", "{}");
    expect(response.status).toBe(200);
    expect(await response.json()).toHaveProperty("more.items");
  });

  it("is checked untransformed where it mustn't be transformed", async () => {
    quiet();
    const headers = '{"content-type":"application/json","cache-control":"no-transform"}';
    expect((await ask("/shaped", '{"id": 1, "secret": 2}', { headers })).status).toBe(502);
    expect((await ask("/shaped", '{"id": 1}', { headers })).status).toBe(200);
  });
});

describe("an answer that mustn't be transformed", () => {
  it("is checked without its inputs", async () => {
    const logged = quiet();
    const headers = '{"content-type":"application/json","cache-control":"no-transform"}';
    expect((await ask("/uncomposed", '{"more": 1}', { headers })).status).toBe(200);
    expect(logged()).toBe("");
    expect((await ask("/uncomposed", "{}", { headers })).status).toBe(502);
  });
});

describe("an answer with a schema that reports", () => {
  it("can't write lines of the log, nor long ones", async () => {
    const logged = quiet();
    const name = `a\nrequest 7: fine\u0085\u2028${"x".repeat(5000)}`;
    const body = JSON.stringify({ id: 1, numbers: { [name]: "x" } });
    expect((await ask("/reported-names", body)).status).toBe(200);
    expect(logged()).toMatch(/\/numbers\/a\ufffdrequest 7: fine\ufffd\ufffdx+… \(type\)/);
    expect(logged().length).toBeLessThan(1000);
  });

  it("passes whatever it is, and is counted", async () => {
    const logged = quiet();
    const before = await counts();
    for (const body of ['{"id": "private"}', "{", JSON.stringify({ fill: "x".repeat(100) })]) {
      expect(await (await ask("/reported", body)).text()).toBe(body);
    }
    expect(await (await ask("/reported", '{"id": 1}')).text()).toBe('{"id": 1}');
    const shaped = await ask("/reported-shaped", '{"id": "x", "secret": 1}');
    expect(await shaped.text()).toBe('{"id": "x"}');
    expect((await counts()).responsesReported - before.responsesReported).toBe(4);
    expect(logged()).toMatch(/route "reported" is not what the schema "view" says: \/id \(type\)/);
    expect(logged()).not.toMatch(/private/);
  });
});
