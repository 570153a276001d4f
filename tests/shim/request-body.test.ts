import { describe, expect, it } from "vitest";
import { createGateway } from "../../worker-shim/index.ts";
import { bytesOf, policyOf, problemOf, send } from "./support.ts";

const request = { transform: "clean" };
const gateway = createGateway({
  policy: policyOf(
    [
      { id: "strict", match: { path: "/strict" }, path: "/echo", request },
      {
        id: "lenient",
        match: { path: "/lenient" },
        path: "/echo",
        request: { ...request, onInvalidBody: "pass", maxBodyBytes: 64 },
      },
      {
        id: "small",
        match: { path: "/small" },
        path: "/echo",
        request: { ...request, maxBodyBytes: 64 },
      },
      {
        id: "checked",
        match: { path: "/checked" },
        path: "/echo",
        request: { transform: "checked" },
      },
      { id: "hasty", match: { path: "/hasty" }, path: "/echo", upstream: "hasty", request },
    ],
    {
      upstreams: {
        shop: { type: "service", binding: "STOREFRONT", timeout: "2s" },
        hasty: { type: "service", binding: "STOREFRONT", timeout: "50ms" },
      },
      transforms: {
        clean: [{ drop: ["$.admin"] }],
        checked: [{ patch: [{ op: "test", path: "/kind", value: "order" }] }],
      },
    },
  ),
});

interface Echo {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

const JSON_TYPE = { "content-type": "application/json" };
const BODY = '{"id": 1.0, "admin": true}';
const CLEAN = '{"id": 1.0}';
const LONG = JSON.stringify({ admin: true, fill: "x".repeat(100) });

function post(
  path: string,
  body: BodyInit,
  headers: Record<string, string> = JSON_TYPE,
): Promise<Response> {
  return send(gateway, path, { method: "POST", body, headers });
}

async function echoOf(response: Response): Promise<Echo> {
  expect(response.status).toBe(200);
  return response.json<Echo>();
}

/** A body that comes in pieces and doesn't say how long it is. */
function inPieces(text: string): ReadableStream {
  const pieces = text.match(/.{1,20}/gs) ?? [];
  return new ReadableStream({
    pull(controller): void {
      const piece = pieces.shift();
      if (piece === undefined) controller.close();
      else controller.enqueue(bytesOf(piece));
    },
  }).pipeThrough(new IdentityTransformStream());
}

describe("a request's JSON body", () => {
  it.each(["POST", "PUT", "PATCH", "DELETE"])(
    "is transformed on its way up: %s",
    async (method) => {
      const headers = {
        ...JSON_TYPE,
        "content-md5": "x",
        "content-digest": "sha-256=:eA==:",
        "repr-digest": "sha-256=:eA==:",
        digest: "sha-256=x",
        "x-kept": "1",
      };
      const echo = await echoOf(await send(gateway, "/strict", { method, body: BODY, headers }));
      expect(echo).toMatchObject({ method, body: CLEAN });
      expect(echo.headers["content-type"]).toBe("application/json");
      expect(echo.headers["content-length"]).toBe(String(CLEAN.length));
      expect(echo.headers["x-kept"]).toBe("1");
      for (const name of ["content-md5", "content-digest", "repr-digest", "digest"])
        expect(echo.headers, name).not.toHaveProperty(name);
    },
  );

  it("without a length, too", async () => {
    const echo = await echoOf(await post("/strict", inPieces(LONG)));
    expect(echo.body).toBe(LONG.replace('"admin":true,', ""));
  });
});

describe("a request's JSON body, whatever its Content-Length says,", () => {
  it.each(["0", "-0", ""])("is transformed: %j", async (length) => {
    const headers = { ...JSON_TYPE, "content-length": length };
    expect(await echoOf(await post("/strict", BODY, headers))).toMatchObject({ body: CLEAN });
  });

  it("is 415 where it can't be read, unless it is empty indeed", async () => {
    const headers = { ...JSON_TYPE, "content-encoding": "zstd", "content-length": "0" };
    expect((await post("/strict", BODY, headers)).status).toBe(415);
    expect(await echoOf(await post("/strict", "", headers))).toMatchObject({ body: "" });
  });
});

describe("a request that isn't for a transform goes on as it came", () => {
  it.each([
    ["text/plain", BODY],
    ["application/x-www-form-urlencoded", "a=1"],
  ])("of the type %s", async (type, body) => {
    expect(await echoOf(await post("/strict", body, { "content-type": type }))).toMatchObject({
      body,
    });
  });

  it("without a body", async () => {
    const echo = await echoOf(await send(gateway, "/strict", { headers: JSON_TYPE }));
    expect(echo).toMatchObject({ method: "GET", body: "" });
  });

  it("with an empty one", async () => {
    const echo = await echoOf(await post("/strict", ""));
    expect(echo).toMatchObject({ method: "POST", body: "" });
  });
});

describe("a request's body that can't be transformed", () => {
  it("is 400 where it is no JSON, and says where", async () => {
    const problem = await problemOf(await post("/strict", '{"id": 1,}'));
    expect(problem).toMatchObject({
      status: 400,
      type: "urn:sluice:problem:invalid-body",
      code: "invalid_json",
      byteOffset: 9,
    });
    expect(problem.detail).toContain("byte 9");
  });

  it.each([
    ["with a length", (): BodyInit => LONG],
    ["without one", (): BodyInit => inPieces(LONG)],
  ])("is 413 where it is too long, %s", async (_name, body) => {
    expect(await problemOf(await post("/small", body()))).toMatchObject({
      status: 413,
      type: "urn:sluice:problem:content-too-large",
      detail: "the body is over 64 bytes",
    });
  });

  it.each(["gzip", "x-gzip", "deflate", "br", "zstd", "gzip, identity"])(
    "is 415 in the coding %s: none is undone",
    async (coding) => {
      const coded = await post("/strict", BODY, { ...JSON_TYPE, "content-encoding": coding });
      expect(coded.headers.get("accept-encoding")).toBe("identity");
      expect(await problemOf(coded)).toMatchObject({ status: 415 });
    },
  );

  it("is 415 in a charset that isn't read", async () => {
    const charset = await post("/strict", BODY, {
      "content-type": "application/json; charset=utf-16",
    });
    expect(await problemOf(charset)).toMatchObject({
      status: 415,
      type: "urn:sluice:problem:unsupported-media-type",
    });
  });

  it("is 415 where it has several types, of which one is JSON", async () => {
    const headers = { "content-type": "text/plain, application/json" };
    expect(await problemOf(await post("/strict", BODY, headers))).toMatchObject({ status: 415 });
    expect(await echoOf(await post("/lenient", BODY, headers))).toMatchObject({ body: BODY });
  });

  it("is 422 where a step can't be applied, and says which", async () => {
    expect((await post("/checked", '{"kind": "order"}')).status).toBe(200);
    expect(await problemOf(await post("/checked", '{"kind": "other"}'))).toMatchObject({
      status: 422,
      type: "urn:sluice:problem:unprocessable-body",
      code: "transform_failed",
      step: "/transforms/checked/0/patch/0",
    });
  });

  it("is 422 where it exceeds a budget, and says which", async () => {
    const body = "[".repeat(600) + "]".repeat(600);
    expect(await problemOf(await post("/strict", body))).toMatchObject({
      status: 422,
      code: "budget_exceeded",
      budget: "depth",
    });
  });

  it("is 408 where it doesn't come", async () => {
    const { readable } = new IdentityTransformStream();
    expect(await problemOf(await post("/hasty", readable))).toMatchObject({
      status: 408,
      type: "urn:sluice:problem:request-timeout",
    });
  });

  it.each<[string, string, Record<string, string>]>([
    ["no JSON", '{"id": 1,}', {}],
    ["too long", LONG, {}],
    ["in another coding", BODY, { "content-encoding": "zstd" }],
    ["in gzip", BODY, { "content-encoding": "gzip" }],
    ["in another charset", BODY, { "content-type": "application/json; charset=latin1" }],
  ])("goes on untouched where the route says so: %s", async (_name, body, headers) => {
    const echo = await echoOf(await post("/lenient", body, { ...JSON_TYPE, ...headers }));
    expect(echo.body).toBe(body);
    expect(echo.headers).toMatchObject(headers);
  });

  it("goes on from its start where the route says so and it turned out too long", async () => {
    expect(await echoOf(await post("/lenient", inPieces(LONG)))).toMatchObject({ body: LONG });
  });
});
