// Transforms over HTTP: bodies as they come over a wire, in both directions, and documents made of several.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { aroundOrigin, assertProblem, sendRaw } from "./harness.mjs";

const ORDER = '{"id": 9007199254740993, "secret": "kept out", "user": "u1", "price": 1.0}';
const PICKED = '{"id": 9007199254740993, "price": 1.0}';

let gateway;
let url;
const origin = { open: 0, requests: [] };
aroundOrigin(answer, policy, (...started) => ([gateway, url] = started));

/** An HTTP origin; `open` counts the requests that it hasn't answered and whose connection stands. */
const json = { "content-type": "application/json" };
function answer(request, response) {
  const path = request.url.split("?")[0].slice(1);
  origin.requests.push({ path, headers: request.headers });
  switch (path) {
    case "gzip":
      response.writeHead(200, { ...json, "content-encoding": "gzip" }).end(gzipSync(ORDER));
      return;
    case "br":
      response.writeHead(200, { ...json, "content-encoding": "br" }).end(brotliCompressSync(ORDER));
      return;
    case "latin1":
      response
        .writeHead(200, { "content-type": "application/json; charset=iso-8859-1" })
        .end(Buffer.from('{"id": "é"}', "latin1"));
      return;
    case "silent":
    case "users/silent":
      origin.open += 1;
      response.once("close", () => (origin.open -= 1));
      return;
    case "users/gone":
      response.writeHead(404, json).end("{}");
      return;
    case "users/u1":
      response.writeHead(200, json).end('{"name": "Zoë", "points": 1e400}');
      return;
    case "echo": {
      const chunks = [];
      request.on("data", (chunk) => chunks.push(chunk));
      request.on("end", () =>
        response.writeHead(200, { "content-type": "text/plain" }).end(
          JSON.stringify({
            headers: request.headers,
            body: Buffer.concat(chunks).toString("utf8"),
          }),
        ),
      );
      return;
    }
    default:
      response.writeHead(200, { ...json, etag: '"v1"' }).end(ORDER);
  }
}

function policy() {
  const page = (id, missing) => ({
    id,
    match: { path: `/${id}/{user}` },
    path: "/order",
    upstream: "it",
    inputs: { user: { upstream: "it", path: "/users/{user}" } },
    response: { transform: missing },
  });
  return {
    version: 1,
    upstreams: { it: { type: "origin", url, timeout: "600ms" } },
    transforms: {
      slim: [{ pick: ["$.id", "$.price"] }],
      clean: [{ drop: ["$.admin"] }],
      required: [{ pick: ["$.id"] }, { compose: { user: {} } }],
      optional: [{ pick: ["$.id"] }, { compose: { user: { missing: "null" } } }],
    },
    routes: [
      page("page", "required"),
      page("maybe", "optional"),
      {
        id: "in",
        match: { path: "/echo" },
        upstream: "it",
        request: { transform: "clean", maxBodyBytes: 1000 },
      },
      {
        id: "out",
        match: { path: "/{rest...}" },
        upstream: "it",
        response: { transform: "slim" },
      },
    ],
  };
}

describe("a response", () => {
  for (const coding of ["gzip", "br"]) {
    test(`that comes as ${coding} is undone and reshaped`, async () => {
      const answer = await gateway.get(`/${coding}`);
      assert.equal(answer.text, PICKED);
    });
  }

  test("in another charset is 502, not mangled", async () => {
    assertProblem(await gateway.get("/latin1"), 502);
  });

  test("is asked for in a coding that can be undone", async () => {
    await gateway.get("/order", { headers: { "accept-encoding": "zstd, deflate" } });
    assert.doesNotMatch(origin.requests.at(-1).headers["accept-encoding"] ?? "", /zstd|deflate/);
  });

  test("that doesn't come is given up at the origin too", async () => {
    assertProblem(await gateway.get("/silent"), 504);
    const deadline = Date.now() + 3000;
    while (origin.open > 0 && Date.now() < deadline) await sleep(20);
    assert.equal(origin.open, 0, "the connection is closed");
  });
});

describe("a request's body", () => {
  const body = '{"id": 1.0, "admin": true, "note": "é"}';
  const clean = '{"id": 1.0, "note": "é"}';
  const headers = { "content-type": "application/json" };
  const post = async (init) => {
    const { status, text } = await gateway.get("/echo", { method: "POST", headers, ...init });
    assert.equal(status, 200, text);
    return JSON.parse(text);
  };

  test("is reshaped on its way up, and has a length of its own", async () => {
    const echo = await post({ body });
    assert.equal(echo.body, clean);
    assert.equal(echo.headers["content-length"], String(Buffer.byteLength(clean)));
  });

  test("in chunks is reshaped too", async () => {
    const { port } = new URL(gateway.url);
    const bytes = Buffer.from(body).toString("latin1");
    const chunks = bytes
      .match(/.{1,7}/g)
      .map((part) => `${part.length.toString(16)}\r\n${part}\r\n`);
    const answer = await sendRaw(
      port,
      `POST /echo HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\n` +
        `Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n${chunks.join("")}0\r\n\r\n`,
    );
    assert.equal(answer.status, 200, answer.text);
    assert.match(answer.text, /"body":"\{\\"id\\": 1\.0, \\"note\\"/);
    assert.doesNotMatch(answer.text, /admin/);
  });

  test("in gzip is 415: it would inflate past every budget", async () => {
    const answer = await gateway.get("/echo", {
      method: "POST",
      body: gzipSync(body),
      headers: { ...headers, "content-encoding": "gzip" },
    });
    assertProblem(answer, 415);
    assert.equal(answer.headers.get("accept-encoding"), "identity");
  });

  test("of several types, of which one is JSON, is 415", async () => {
    const { port } = new URL(gateway.url);
    const answer = await sendRaw(
      port,
      `POST /echo HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: text/plain\r\n` +
        `Content-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`,
    );
    assert.equal(answer.status, 415, answer.text);
  });

  test("of a GET goes on as it came", async () => {
    const { port } = new URL(gateway.url);
    const answer = await sendRaw(
      port,
      `GET /echo HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\n` +
        `Content-Length: 15\r\nConnection: close\r\n\r\n{"admin": true}`,
    );
    assert.equal(answer.status, 200, answer.text);
    assert.match(answer.text, /"body":"\{\\"admin\\": true\}"/);
  });

  test("that is empty is no matter", async () => {
    assert.equal((await post({ body: "" })).body, "");
  });

  test("that isn't JSON is 400, and one that is too long 413", async () => {
    const send = (content) => gateway.get("/echo", { method: "POST", headers, body: content });
    assertProblem(await send('{"id": 1,}'), 400);
    assertProblem(await send(JSON.stringify("x".repeat(1000))), 413);
  });
});

describe("a document made of two", () => {
  test("has both, with the text of their numbers", async () => {
    const { status, text } = await gateway.get("/page/u1");
    assert.equal(status, 200, text);
    assert.equal(text, '{"id": 9007199254740993,"user":{"name": "Zoë", "points": 1e400}}');
  });

  test("is 502 without the one that it needs, and says which", async () => {
    const answer = await gateway.get("/page/gone");
    assertProblem(answer, 502);
    assert.equal(answer.problem.input, "user");
    assert.equal(answer.problem.detail, 'the input "user" is missing');
  });

  test("does without the one that it can do without, after its time", async () => {
    const begun = performance.now();
    const { status, text, headers } = await gateway.get("/maybe/silent");
    assert.equal(status, 200, text);
    assert.equal(text, '{"id": 9007199254740993,"user":null}');
    assert.equal(headers.get("cache-control"), "private, max-age=0");
    assert.ok(performance.now() - begun < 3000);
  });

  test("sends nothing of the client's to the second upstream", async () => {
    await gateway.get("/page/u1", { headers: { cookie: "a=1", authorization: "Bearer x" } });
    const { headers } = origin.requests.findLast(({ path }) => path === "users/u1");
    assert.equal(headers.cookie, undefined);
    assert.equal(headers.authorization, undefined);
    assert.equal(headers.accept, "application/json");
  });
});
