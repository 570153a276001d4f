import { describe, expect, it, vi } from "vitest";
import { createGateway } from "../../worker-shim/index.ts";
import { bytesOf, DEMO_KEY, DEMO_KEY_SHA256, env, policyOf, problemOf, send } from "./support.ts";

const ORDER = {
  type: "object",
  required: ["id"],
  additionalProperties: false,
  properties: {
    id: { type: "integer", minimum: 1 },
    items: { type: "array", items: { $ref: "item" } },
    admin: { type: "boolean" },
    fill: { type: "string" },
  },
};
const gateway = createGateway({
  policy: policyOf(
    [
      { id: "orders", match: { path: "/orders" }, path: "/echo", request: { schema: "order" } },
      {
        id: "shaped",
        match: { path: "/shaped" },
        path: "/echo",
        request: { schema: "order", transform: "clean" },
      },
      {
        id: "tested",
        match: { path: "/tested" },
        path: "/echo",
        request: { schema: "order", transform: "tested", onInvalidBody: "pass" },
      },
      {
        id: "own",
        match: { path: "/own" },
        path: "/echo",
        request: {
          schema: {
            schema: "order",
            contentTypes: ["application/vnd.order+json"],
            required: false,
          },
          maxBodyBytes: 64,
        },
      },
      {
        id: "reported",
        match: { path: "/reported" },
        path: "/echo",
        request: { schema: { schema: "order", onInvalid: "report" }, maxBodyBytes: 64 },
      },
      {
        id: "reported-shaped",
        match: { path: "/reported-shaped" },
        path: "/echo",
        request: { schema: { schema: "order", onInvalid: "report" }, transform: "clean" },
      },
      {
        id: "list",
        match: { path: "/lists/{id}" },
        path: "/echo",
        query: {
          additionalProperties: false,
          properties: {
            limit: { $ref: "count" },
            tag: { type: "array", items: { type: "string" }, maxItems: 2 },
          },
        },
        params: { properties: { id: { type: "integer" } } },
        request: { schema: "order" },
      },
      { id: "private", match: { path: "/private" }, path: "/echo", auth: "keys", query: "nothing" },
      {
        id: "limited",
        match: { path: "/limited" },
        path: "/echo",
        limits: ["perIp"],
        query: "nothing",
      },
    ],
    {
      auth: {
        keys: {
          type: "apiKey",
          header: "x-api-key",
          keys: [{ sha256: DEMO_KEY_SHA256, identity: "demo" }],
        },
      },
      limits: {
        perIp: {
          algorithm: "fixed_window",
          rate: { units: 2, per: "1h" },
          subject: ["ip"],
          durability: "memory",
          mayForget: true,
        },
      },
      schemas: {
        order: ORDER,
        item: { type: "object", required: ["sku"], properties: { sku: { type: "string" } } },
        count: { type: "integer", minimum: 1, maximum: 100 },
        nothing: { maxProperties: 0 },
      },
      transforms: {
        clean: [{ drop: ["$.admin"] }],
        tested: [{ patch: [{ op: "test", path: "/id", value: 7 }] }, { drop: ["$.admin"] }],
      },
    },
  ),
});

const JSON_TYPE = { "content-type": "application/json" };

interface Told {
  readonly in: string;
  readonly instanceLocation: string;
  readonly keyword: string;
  readonly message: string;
  readonly byteOffset?: number;
}

function post(
  path: string,
  body: BodyInit | null,
  headers: Record<string, string> = JSON_TYPE,
  method = "POST",
): Promise<Response> {
  return send(gateway, path, { method, body, headers });
}

async function echoed(response: Response): Promise<string> {
  expect(response.status).toBe(200);
  return (await response.json<{ body: string }>()).body;
}

/** The errors of a refused request. */
async function errorsOf(response: Response): Promise<readonly Told[]> {
  expect(response.status).toBe(422);
  const { type, errors } = await problemOf(response);
  expect(type).toBe("urn:sluice:problem:invalid-request");
  return errors as Told[];
}

interface SchemaCounts {
  readonly requestsRefused: number;
  readonly requestsReported: number;
}

async function counts(): Promise<SchemaCounts> {
  const health = await send(gateway, "/_sluice/health");
  return (await health.json<{ schemas: SchemaCounts }>()).schemas;
}

describe("a body that a schema is for", () => {
  it.each(["POST", "PUT", "PATCH", "DELETE"])(
    "passes as it is if it is valid: %s",
    async (method) => {
      const body = '{ "id": 1.0, "items": [{"sku": "\\u00e9"}] }';
      expect(await echoed(await post("/orders", body, JSON_TYPE, method))).toBe(body);
    },
  );

  it("is 422 if it isn't, with each fault and its place", async () => {
    const body = '{"id": 0, "items": [{"sku": "a"}, {"sku": 1}], "admn": true}';
    const response = await post("/orders", body);
    const { detail } = await problemOf(response.clone());
    expect(detail).toMatch(/^body \/id: .* \(and 2 more\)$/);
    const errors = await errorsOf(response);
    expect(errors.map(({ in: part, instanceLocation }) => [part, instanceLocation])).toEqual([
      ["body", "/id"],
      ["body", "/items/1/sku"],
      ["body", "/admn"],
    ]);
    expect(errors[0]?.byteOffset).toBe(body.indexOf("0"));
    expect(errors[2]?.message).toMatch(/admin/);
    for (const error of errors) expect(error).not.toHaveProperty("keywordLocation");
  });

  it("tells of at most 16 faults", async () => {
    const body = JSON.stringify({ id: 1, items: Array.from({ length: 40 }, () => ({})) });
    expect(await errorsOf(await post("/orders", body))).toHaveLength(16);
  });

  it("is 400 if it is no JSON, with the byte", async () => {
    const response = await post("/orders", '{"id": 1,}');
    expect(response.status).toBe(400);
    expect(await problemOf(response)).toMatchObject({
      type: "urn:sluice:problem:invalid-body",
      code: "invalid_json",
      byteOffset: 9,
    });
  });

  it.each(["POST", "PUT", "PATCH"])("is 400 if it is missing: %s", async (method) => {
    for (const body of [null, ""]) {
      const response = await post("/orders", body, JSON_TYPE, method);
      expect(response.status).toBe(400);
      expect((await problemOf(response)).detail).toMatch(/missing/);
    }
  });

  it("may be missing where the method or the route says so", async () => {
    expect(await echoed(await post("/orders", null, {}, "DELETE"))).toBe("");
    expect(await echoed(await post("/orders", null, {}, "OPTIONS"))).toBe("");
    expect(await echoed(await post("/own", null, {}))).toBe("");
    expect((await send(gateway, "/orders")).status).toBe(200);
  });

  it("is 415 if it is of another type", async () => {
    for (const type of ["text/plain", "application/x-www-form-urlencoded"]) {
      const response = await post("/orders", '{"id": 1}', { "content-type": type });
      expect(response.status).toBe(415);
      expect(response.headers.get("accept")).toBe("application/json");
    }
    expect((await post("/orders", bytesOf('{"id": 1}'), {})).status).toBe(415);
    expect((await post("/own", '{"id": 1}')).status).toBe(415);
    const own = { "content-type": "Application/vnd.Order+json; v=1" };
    expect(await echoed(await post("/own", '{"id": 1}', own))).toBe('{"id": 1}');
    const suffixed = { "content-type": "application/vnd.x+json" };
    expect((await post("/orders", '{"id": 1}', suffixed)).status).toBe(200);
  });

  it("is 415 if it is compressed or in another charset", async () => {
    const gzip = new Response('{"id": 1}').body?.pipeThrough(new CompressionStream("gzip"));
    const body = await new Response(gzip).arrayBuffer();
    const response = await post("/orders", body, { ...JSON_TYPE, "content-encoding": "gzip" });
    expect(response.status).toBe(415);
    expect(response.headers.get("accept-encoding")).toBe("identity");
    const latin = { "content-type": "application/json; charset=latin1" };
    expect((await post("/orders", '{"id": 1}', latin)).status).toBe(415);
  });

  it("is 413 if it is too large, whether it says so or not", async () => {
    const own = { "content-type": "application/vnd.order+json" };
    const long = JSON.stringify({ id: 1, fill: "x".repeat(100) });
    expect((await post("/own", long, own)).status).toBe(413);
    const pieces = new ReadableStream({
      start(controller): void {
        controller.enqueue(bytesOf(long));
        controller.close();
      },
    }).pipeThrough(new IdentityTransformStream());
    expect((await post("/own", pieces, own)).status).toBe(413);
  });

  it("may be large", async () => {
    const body = JSON.stringify({ id: 1, fill: "é".repeat(1_000_000) });
    expect(await echoed(await post("/orders", body))).toBe(body);
  });

  it("is 422 where it is nested too deep to be read", async () => {
    const response = await post("/orders", "[".repeat(600) + "]".repeat(600));
    expect(response.status).toBe(422);
    expect(await problemOf(response)).toMatchObject({
      type: "urn:sluice:problem:unprocessable-body",
      budget: "depth",
    });
  });
});

describe("a body with a schema and a transform", () => {
  it("is checked before it is transformed", async () => {
    expect(await echoed(await post("/shaped", '{"id": 1, "admin": true}'))).toBe('{"id": 1}');
    expect(await errorsOf(await post("/shaped", '{"id": 1, "admin": 7}'))).toMatchObject([
      { instanceLocation: "/admin", keyword: "type" },
    ]);
    expect((await post("/shaped", "{")).status).toBe(400);
  });

  it("passes untransformed where the route says so, but never unchecked", async () => {
    expect(await echoed(await post("/tested", '{"id": 7, "admin": true}'))).toBe('{"id": 7}');
    const other = '{"id": 8, "admin": true}';
    expect(await echoed(await post("/tested", other))).toBe(other);
    expect((await post("/tested", "{")).status).toBe(400);
    expect((await post("/tested", '{"id": 0}')).status).toBe(422);
  });
});

describe("a schema that reports", () => {
  it("lets everything pass, and counts and logs what isn't valid by its place", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const before = await counts();
    const wrong = '{"id": "secret"}';
    expect(await echoed(await post("/reported", wrong))).toBe(wrong);
    expect(await echoed(await post("/reported", "{"))).toBe("{");
    const long = JSON.stringify({ id: 1, fill: "x".repeat(100) });
    expect(await echoed(await post("/reported", long))).toBe(long);
    expect(await echoed(await post("/reported", null))).toBe("");
    expect(await echoed(await post("/reported", '{"id": 1}'))).toBe('{"id": 1}');
    expect(await echoed(await post("/reported-shaped", '{"id": 0, "admin": 1}'))).toBe('{"id": 0}');
    expect((await counts()).requestsReported - before.requestsReported).toBe(5);
    const logged = warn.mock.calls.map(String).join("\n");
    expect(logged).toMatch(/route "reported" is not what the schema "order" says: \/id \(type\)/);
    expect(logged).not.toMatch(/secret/);
    warn.mockRestore();
  });

  it("is a finding for operators", async () => {
    const health = await (await send(gateway, "/_sluice/health")).json<{ findings: string[] }>();
    expect(health.findings).toContain("schema-reports");
    const admin = await send(
      gateway,
      "/_sluice/config",
      { headers: { authorization: "Bearer test-token" } },
      env,
    );
    expect(JSON.stringify(await admin.json())).toMatch(/route \\"reported\\"/);
  });

  it("leaves a transform's own demands", async () => {
    vi.spyOn(console, "warn").mockImplementation(() => undefined);
    expect((await post("/reported-shaped", "{")).status).toBe(400);
    vi.restoreAllMocks();
  });
});

describe("parameters", () => {
  it("are what the schemas say: 12 is a number, one tag a list", async () => {
    const response = await send(gateway, "/lists/7?limit=12&tag=a+b");
    expect(response.status).toBe(200);
    expect((await response.json<{ query: string }>()).query).toBe("?limit=12&tag=a+b");
    expect((await send(gateway, "/lists/7")).status).toBe(200);
  });

  it("are refused together, path and query", async () => {
    const errors = await errorsOf(await send(gateway, "/lists/x?limit=0&tag=a&tag=b&tag=c&page=2"));
    expect(errors.map(({ in: part, instanceLocation }) => [part, instanceLocation])).toEqual([
      ["path", "/id"],
      ["query", "/limit"],
      ["query", "/page"],
      ["query", "/tag"],
    ]);
    for (const error of errors) expect(error).not.toHaveProperty("byteOffset");
  });

  it("are refused before the body is read", async () => {
    const errors = await errorsOf(await post("/lists/7?limit=x", '{"id": 0}'));
    expect(errors.map(({ in: part }) => part)).toEqual(["query"]);
  });

  it("are nobody's business who isn't known", async () => {
    expect((await send(gateway, "/private?x=1")).status).toBe(401);
    const headers = { "x-api-key": DEMO_KEY };
    expect((await send(gateway, "/private?x=1", { headers })).status).toBe(422);
    expect((await send(gateway, "/private", { headers })).status).toBe(200);
  });

  it("that are wrong are charged like any others", async () => {
    const headers = { "cf-connecting-ip": "192.0.2.77" };
    expect((await send(gateway, "/limited?x=1", { headers })).status).toBe(422);
    expect((await send(gateway, "/limited?x=1", { headers })).status).toBe(422);
    expect((await send(gateway, "/limited", { headers })).status).toBe(429);
  });
});
