import { describe, expect, it } from "vitest";
import type { GatewayEnv } from "../../worker-shim/env.ts";
import { createGateway } from "../../worker-shim/index.ts";
import { env, policyOf, problemOf, send } from "./support.ts";

const shape = { transform: "slim" };
const route = (id: string, response: object = shape): object => ({
  id,
  match: { path: `/${id}` },
  response,
});

const gateway = createGateway({
  policy: policyOf(
    [
      ...[
        "order",
        "order-conditional",
        "problem",
        "broken-json",
        "empty-json",
        "no-content",
        "html",
      ].map((id) => route(id)),
      ...["no-transform", "unknown-coding", "gzip", "seen", "answer"].map((id) => route(id)),
      { ...route("patched", { transform: "patched" }), path: "/order" },
      route("big", { ...shape, maxBodyBytes: 10_000 }),
      {
        ...route("lenient", { ...shape, onInvalidBody: "pass", maxBodyBytes: 10_000 }),
        match: { path: "/lenient/{what}" },
        path: "/{what}",
      },
      { ...route("stalled"), upstream: "hasty" },
    ],
    {
      upstreams: {
        shop: { type: "service", binding: "STOREFRONT", timeout: "2s" },
        hasty: { type: "service", binding: "STOREFRONT", timeout: "50ms" },
      },
      transforms: {
        slim: [{ pick: ["$.id", "$.items[*].sku"] }],
        patched: [
          { drop: ["$.card"] },
          {
            patch: [
              { op: "test", path: "/items/0/sku", value: "a" },
              { op: "test", path: "/note", value: "another" },
            ],
          },
        ],
      },
    },
  ),
});

// content-encoding is a matter of its own: the runtime takes part in it.
const OF_THE_OLD_BYTES = [
  "content-md5",
  "content-digest",
  "repr-digest",
  "digest",
  "accept-ranges",
];

const JSON_TYPE = "application/json";

/** What the stub shall answer. */
function answer(how: {
  status?: number;
  headers?: Record<string, string>;
  body?: string;
  hex?: string;
}): string {
  const { status = 200, headers = {}, ...body } = how;
  const query = new URLSearchParams({
    status: String(status),
    headers: JSON.stringify({ "content-type": JSON_TYPE, ...headers }),
    ...body,
  });
  return `/answer?${query.toString()}`;
}

/** The headers that the stub was asked with. */
async function askedWith(init: RequestInit): Promise<Record<string, string>> {
  const response = await send(gateway, "/seen", init);
  await response.text();
  return JSON.parse(response.headers.get("x-seen") ?? "{}") as Record<string, string>;
}

const FAILED = { status: 502, type: "urn:sluice:problem:upstream-invalid-body" };

describe("a JSON body", () => {
  it("is reshaped, with the text of its numbers kept", async () => {
    const response = await send(gateway, "/order");
    expect(await response.text()).toBe('{"id": 12345678901234567890, "items": [{"sku": "a"}]}');
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(response.headers.get("server")).toBe("stub");
  });

  it("loses what was said of its old bytes", async () => {
    const response = await send(gateway, "/order");
    for (const name of OF_THE_OLD_BYTES) expect(response.headers.has(name), name).toBe(false);
    const { length } = await response.text();
    expect(response.headers.get("content-length") ?? String(length)).toBe(String(length));
    expect(response.headers.get("etag")).toMatch(/^W\/"abc~[0-9a-f]{8}\.0"$/);
  });

  it.each(["0", "-0", ""])("is reshaped where its Content-Length is %j", async (length) => {
    const headers = { "content-type": JSON_TYPE, "content-length": length };
    const fetch = (): Promise<Response> =>
      Promise.resolve(new Response('{"id": 1, "x": 2}', { headers }));
    const bindings = { ...env, STOREFRONT: { fetch } } as unknown as GatewayEnv;
    expect(await (await send(gateway, "/order", {}, bindings)).text()).toBe('{"id": 1}');
  });

  it("that stalls is 504: it is not waited for without limit", async () => {
    const problem = await problemOf(await send(gateway, "/stalled"));
    expect(problem).toMatchObject({ status: 504, type: "urn:sluice:problem:upstream-timeout" });
    expect(problem.detail).toMatch(/body.*50 ms/);
  });

  it("is decoded first", async () => {
    const response = await send(gateway, "/gzip");
    expect(await response.text()).toBe('{"id": 1}');
    expect(response.headers.has("content-encoding")).toBe(false);
  });

  it("of any +json type and status is reshaped", async () => {
    const response = await send(gateway, "/problem");
    expect(response.status).toBe(404);
    expect(await response.text()).toBe("{}");
  });

  it("keeps what isn't said of its bytes", async () => {
    const response = await send(gateway, "/seen");
    expect(response.headers.get("last-modified")).toBe("Sat, 21 Nov 2026 07:00:00 GMT");
    expect(response.headers.get("content-type")).toBe(JSON_TYPE);
  });

  it.each(["application/vnd.order+json", "application/json; charset=UTF-8", "text/json"])(
    "of the type %s is reshaped, and stays of that type",
    async (type) => {
      const response = await send(
        gateway,
        answer({ headers: { "content-type": type }, body: '{"x": "é", "id": "ü"}' }),
      );
      expect(await response.text()).toBe('{"id": "ü"}');
      expect(response.headers.get("content-type")).toBe(type);
    },
  );

  it("has the same headers for HEAD, and no body", async () => {
    const response = await send(gateway, "/order", { method: "HEAD" });
    expect(response.headers.get("etag")).toMatch(/^W\/"abc~/);
    expect(await response.text()).toBe("");
  });

  it("is asked for whole, whatever range the client wants", async () => {
    const response = await send(gateway, "/order", {
      headers: { range: "bytes=0-3", "if-range": '"abc"' },
    });
    expect(response.status).toBe(200);
  });

  it("is asked for without conditions that tell nothing of its shape", async () => {
    const asked = await askedWith({
      headers: {
        range: "bytes=0-3",
        "if-range": '"abc"',
        "if-modified-since": "Sat, 21 Nov 2026 07:00:00 GMT",
        "if-none-match": '"abc", W/"abc~00000000.0"',
        "want-repr-digest": "sha-256=1",
      },
    });
    for (const name of ["range", "if-range", "if-modified-since", "if-none-match"])
      expect(asked, name).not.toHaveProperty(name);
    expect(asked["want-repr-digest"]).toBe("sha-256=1");
  });

  it("is asked for with all conditions of a method that writes, but unmarked", async () => {
    const etag = (await send(gateway, "/seen")).headers.get("etag") ?? "";
    const asked = await askedWith({
      method: "PUT",
      body: "{}",
      headers: {
        "if-none-match": `${etag}, "other"`,
        "if-modified-since": "Sat, 21 Nov 2026 07:00:00 GMT",
      },
    });
    expect(asked["if-none-match"]).toBe('"abc", "other"');
    expect(asked).toHaveProperty("if-modified-since");
  });

  it("is asked for in a coding that can be undone", async () => {
    const asked = await askedWith({ headers: { "accept-encoding": "zstd, gzip;q=0.5, deflate" } });
    expect(asked["accept-encoding"]).toBe("gzip;q=0.5");
  });

  it("is revalidated by its own ETag only", async () => {
    const first = await send(gateway, "/order-conditional");
    await first.text();
    const etag = first.headers.get("etag") ?? "";
    const again = await send(gateway, "/order-conditional", { headers: { "if-none-match": etag } });
    expect(again.status).toBe(304);
    expect(again.headers.get("x-if-none-match")).toBe('"abc"');
    expect(again.headers.get("etag")).toBe(etag);
    for (const list of [`"x", ${etag}`, `${etag},"x"`, etag.replace("W/", "")]) {
      const listed = await send(gateway, "/order-conditional", {
        headers: { "if-none-match": list },
      });
      expect(listed.status, list).toBe(304);
    }
    const other = await send(gateway, "/order-conditional", {
      headers: { "if-none-match": '"abc"' },
    });
    expect(other.status).toBe(200);
    expect(other.headers.get("x-if-none-match")).toBe("-");
  });
});

const UNTOUCHED = '{"id": 1, "x": 2}';

describe("what isn't for a transform passes", () => {
  it.each([
    ["/html", "<p>hi</p>"],
    ["/no-transform", UNTOUCHED],
  ])("%s", async (path, body) => {
    expect(await (await send(gateway, path)).text()).toBe(body);
  });

  it.each(["text/plain", "application/x-ndjson", "application/jsonlines", "image/json"])(
    "JSON that is said to be %s",
    async (type) => {
      const path = answer({ headers: { "content-type": type }, body: UNTOUCHED });
      expect(await (await send(gateway, path)).text()).toBe(UNTOUCHED);
    },
  );

  it("a part of a document", async () => {
    const headers = { "content-range": "bytes 0-16/99", "accept-ranges": "bytes", etag: '"abc"' };
    const response = await send(gateway, answer({ status: 206, headers, body: UNTOUCHED }));
    expect(response.status).toBe(206);
    expect(await response.text()).toBe(UNTOUCHED);
    expect(response.headers.get("accept-ranges")).toBe("bytes");
    expect(response.headers.get("etag")).toBe('"abc"');
  });

  it("no content", async () => {
    expect((await send(gateway, "/no-content")).status).toBe(204);
  });

  it("an empty body, whatever it is said to be", async () => {
    const headers = { "content-type": `${JSON_TYPE}; charset=utf-16`, "content-length": "0" };
    const bindings = {
      ...env,
      STOREFRONT: { fetch: () => Promise.resolve(new Response("", { headers })) },
    } as GatewayEnv;
    const response = await send(gateway, "/order", {}, bindings);
    expect(response.status).toBe(200);
    expect(await response.text()).toBe("");
  });

  it.each([200, 201, 404])("an empty body of status %d", async (status) => {
    const response = await send(gateway, answer({ status, body: "", headers: { etag: '"abc"' } }));
    expect(response.status).toBe(status);
    expect(await response.text()).toBe("");
    expect(response.headers.get("etag")).toBe('"abc"');
  });
});

const hexOf = (bytes: ArrayBuffer): string =>
  Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");

describe("a body that can't be reshaped", () => {
  it("is 502 where it is no JSON, and says where", async () => {
    const problem = await problemOf(await send(gateway, "/broken-json"));
    expect(problem).toMatchObject(FAILED);
    expect(problem.detail).toMatch(/byte \d+/);
  });

  it.each<[string, string, string]>([
    // {"id": "é", "x": 1}
    ["iso-8859-1", "7b226964223a2022e9222c202278223a20317d", "charset"],
    ["utf-16le", "7b0022006900640022003a0031007d00", "charset"],
  ])("is 502 in the charset %s, and not mangled", async (charset, hex, why) => {
    const headers = { "content-type": `${JSON_TYPE}; charset=${charset}` };
    const problem = await problemOf(await send(gateway, answer({ headers, hex })));
    expect(problem).toMatchObject(FAILED);
    expect(problem.detail).toContain(why);
    const passed = await send(gateway, answer({ headers, hex }).replace("/", "/lenient/"));
    expect(passed.headers.get("content-type")).toBe(headers["content-type"]);
    expect(hexOf(await passed.arrayBuffer())).toBe(hex);
  });

  it("is 502 where a step can't be applied, and says which", async () => {
    const problem = await problemOf(await send(gateway, "/patched"));
    expect(problem).toMatchObject({
      ...FAILED,
      code: "transform_failed",
      step: "/transforms/patched/1/patch/1",
    });
    expect(problem.detail).toContain("/transforms/patched/1/patch/1");
    expect(problem.detail).toContain("test");
  });

  it("is 502 where it exceeds a budget, and says which", async () => {
    const body = "[".repeat(600) + "]".repeat(600);
    const problem = await problemOf(await send(gateway, answer({ body })));
    expect(problem).toMatchObject({ ...FAILED, code: "budget_exceeded", budget: "depth" });
    expect(problem.detail).toMatch(/deep|depth|nest/);
  });

  it("is 502 in UTF-16 that isn't said to be that", async () => {
    const hex = "7b0022006900640022003a0031007d00";
    expect(await problemOf(await send(gateway, answer({ hex })))).toMatchObject(FAILED);
  });

  it("is 502 in a coding that the runtime doesn't undo", async () => {
    const problem = await problemOf(await send(gateway, "/unknown-coding"));
    expect(problem).toMatchObject(FAILED);
    expect(problem.detail).toContain("x-odd");
    const passed = await send(gateway, "/lenient/unknown-coding");
    expect(passed.headers.get("content-encoding")).toBe("x-odd");
    expect(await passed.text()).toBe(UNTOUCHED);
  });

  it.each(["/big?size=20000", "/big?size=20000&length"])(
    "is 502 where it is too big: %s",
    async (path) => {
      const problem = await problemOf(await send(gateway, path));
      expect(problem).toMatchObject(FAILED);
      expect(problem.detail).toContain("10000 bytes");
    },
  );

  it.each(["/big?size=9000", "/big?size=9000&length"])(
    "is reshaped up to the size: %s",
    async (path) => {
      expect(await (await send(gateway, path)).text()).toBe('{"id":1}');
    },
  );

  it.each<[path: string, body: string]>([
    ["/lenient/broken-json", '{"id": 1, "items": [}'],
    ["/lenient/empty-json", ""],
    ["/lenient/big?size=20000", JSON.stringify({ id: 1, fill: "x".repeat(20_000) })],
    ["/lenient/big?size=20000&length", JSON.stringify({ id: 1, fill: "x".repeat(20_000) })],
  ])("passes untouched where the route says so: %s", async (path, body) => {
    const response = await send(gateway, path);
    expect(response.status).toBe(200);
    expect(await response.text()).toBe(body);
  });
});
