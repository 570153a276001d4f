import { describe, expect, it } from "vitest";
import { createGateway } from "../../worker-shim/index.ts";
import { policyOf, problemOf, send } from "./support.ts";

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
      ...["no-transform", "unknown-coding", "gzip"].map((id) => route(id)),
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
      transforms: { slim: [{ pick: ["$.id", "$.items[*].sku"] }] },
    },
  ),
});

const FAILED = { status: 502, type: "urn:sluice:problem:upstream-invalid-body" };

describe("a JSON body", () => {
  it("is reshaped, with the text of its numbers kept", async () => {
    const response = await send(gateway, "/order");
    expect(await response.text()).toBe('{"id": 12345678901234567890,"items":[{"sku": "a"}]}');
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(response.headers.get("server")).toBe("stub");
  });

  it("loses what was said of its old bytes", async () => {
    const response = await send(gateway, "/order");
    for (const name of ["content-md5", "accept-ranges", "content-encoding"])
      expect(response.headers.has(name), name).toBe(false);
    expect(response.headers.get("content-length") ?? "51").toBe("51");
    expect(response.headers.get("etag")).toMatch(/^W\/"abc~[0-9a-f]{8}\.0"$/);
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

  it("is revalidated by its own ETag only", async () => {
    const first = await send(gateway, "/order-conditional");
    await first.text();
    const etag = first.headers.get("etag") ?? "";
    const again = await send(gateway, "/order-conditional", { headers: { "if-none-match": etag } });
    expect(again.status).toBe(304);
    expect(again.headers.get("x-if-none-match")).toBe('"abc"');
    expect(again.headers.get("etag")).toBe(etag);
    const other = await send(gateway, "/order-conditional", {
      headers: { "if-none-match": '"abc"' },
    });
    expect(other.status).toBe(200);
    expect(other.headers.get("x-if-none-match")).toBe("-");
  });
});

describe("what isn't for a transform passes", () => {
  it.each([
    ["/html", "<p>hi</p>"],
    ["/no-transform", '{"id": 1, "x": 2}'],
  ])("%s", async (path, body) => {
    expect(await (await send(gateway, path)).text()).toBe(body);
  });

  it("a coding that the runtime doesn't undo", async () => {
    const response = await send(gateway, "/unknown-coding");
    expect(response.headers.get("content-encoding")).toBe("x-odd");
    expect(await response.text()).toBe('{"id": 1, "x": 2}');
  });

  it("no content", async () => {
    expect((await send(gateway, "/no-content")).status).toBe(204);
  });
});

describe("a body that can't be reshaped", () => {
  it("is 502 where it is no JSON, and says where", async () => {
    const problem = await problemOf(await send(gateway, "/broken-json"));
    expect(problem).toMatchObject(FAILED);
    expect(problem.detail).toMatch(/byte \d+/);
  });

  it("is 502 where it is empty", async () => {
    expect(await problemOf(await send(gateway, "/empty-json"))).toMatchObject(FAILED);
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
