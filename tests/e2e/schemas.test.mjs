// Schemas over HTTP: parameters and bodies as they come over a wire, and answers of a real origin.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { aroundOrigin, assertProblem, sendRaw } from "./harness.mjs";

const JSON_TYPE = { "content-type": "application/json" };

let gateway;
let url;
const origin = { requests: [] };
aroundOrigin(answer, policy, (...started) => ([gateway, url] = started));

/** An HTTP origin that tells what it got, or answers what the path says. */
function answer(request, response) {
  const [path] = request.url.split("?");
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    origin.requests.push({ url: request.url, body: Buffer.concat(chunks).toString("utf8") });
    const answers = {
      "/view/good": [200, JSON_TYPE, '{"id": 12345678901234567890}'],
      "/view/bad": [200, JSON_TYPE, '{"id": "card 4111"}'],
      "/view/gzip": [200, { ...JSON_TYPE, "content-encoding": "gzip" }, gzipSync('{"id": 1}')],
      "/view/bad-gzip": [200, { ...JSON_TYPE, "content-encoding": "gzip" }, gzipSync("[]")],
      "/view/missing": [404, JSON_TYPE, "{}"],
      "/view/text": [200, { "content-type": "text/plain" }, "hello"],
    };
    const [status, headers, body] = answers[path] ?? [200, JSON_TYPE, '{"ok":true}'];
    response.writeHead(status, headers).end(body);
  });
}

function policy() {
  const view = (id, schema) => ({
    id,
    match: { path: `/${id}/{what}` },
    path: "/view/{what}",
    upstream: "it",
    response: { schema },
  });
  return {
    version: 1,
    upstreams: { it: { type: "origin", url, timeout: "2s" } },
    schemas: {
      order: {
        type: "object",
        required: ["items"],
        properties: {
          items: { type: "array", items: { $ref: "line" }, minItems: 1 },
          due: { type: "string", format: "date" },
        },
      },
      line: {
        type: "object",
        required: ["sku"],
        additionalProperties: false,
        properties: { sku: { type: "string" }, quantity: { type: "integer", minimum: 1 } },
      },
      listing: {
        additionalProperties: false,
        properties: {
          limit: { type: "integer", maximum: 100 },
          open: { type: "boolean" },
          tag: { type: "array", items: { enum: ["new", "old"] } },
          q: { type: "string" },
        },
      },
      view: { type: "object", required: ["id"], properties: { id: { type: "integer" } } },
    },
    transforms: { clean: [{ drop: ["$.note"] }] },
    routes: [
      {
        id: "orders",
        match: { path: "/orders", methods: ["POST"] },
        upstream: "it",
        request: { schema: "order", transform: "clean", maxBodyBytes: 1_000_000 },
      },
      {
        id: "list",
        match: { path: "/lists/{year}", methods: ["GET"] },
        upstream: "it",
        query: "listing",
        params: { properties: { year: { type: "integer", minimum: 2000 } } },
      },
      view("enforced", "view"),
      view("reported", { schema: "view", onInvalid: "report" }),
    ],
  };
}

const post = (body, headers = JSON_TYPE) =>
  gateway.get("/orders", { method: "POST", headers, body });

const placesOf = ({ problem }) =>
  problem.errors.map((error) => `${error.in} ${error.instanceLocation}`);

describe("a request's body", () => {
  test("that is valid is transformed and goes up", async () => {
    const answer = await post('{"items": [{"sku": "é", "quantity": 1.0}], "note": "x"}');
    assert.equal(answer.status, 200, answer.text);
    assert.equal(origin.requests.at(-1).body, '{"items": [{"sku": "é", "quantity": 1.0}]}');
  });

  test("that isn't is 422 with every fault, and never goes up", async () => {
    const count = origin.requests.length;
    const body = '{"items": [{"sku": "a"}, {"sku": 7, "quantiy": 2}], "due": "2026-02-30"}';
    const answer = await post(body);
    assertProblem(answer, 422);
    assert.equal(answer.problem.type, "urn:sluice:problem:invalid-request");
    assert.deepEqual(placesOf(answer).sort(), [
      "body /due",
      "body /items/1/quantiy",
      "body /items/1/sku",
    ]);
    const [typing] = answer.problem.errors.filter(({ message }) => /quantity/.test(message));
    assert.equal(typing.byteOffset, Buffer.from(body.slice(0, body.indexOf('"quantiy"'))).length);
    assert.equal(origin.requests.length, count);
  });

  test("that is no JSON is 400 with the byte", async () => {
    const answer = await post('{"items": [}');
    assertProblem(answer, 400);
    assert.equal(answer.problem.byteOffset, 11);
  });

  test("of another type, or compressed, is 415", async () => {
    assertProblem(
      await post("items=1", { "content-type": "application/x-www-form-urlencoded" }),
      415,
    );
    const gzip = gzipSync('{"items": [{"sku": "a"}]}');
    assertProblem(await post(gzip, { ...JSON_TYPE, "content-encoding": "gzip" }), 415);
  });

  test("that is missing is 400", async () => {
    assertProblem(await post(""), 400);
    const { port, host } = new URL(gateway.url);
    const head = `POST /orders HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`;
    assert.equal((await sendRaw(Number(port), head)).status, 400);
  });

  test("may be large, but not too large", async () => {
    const items = (count) =>
      JSON.stringify({ items: Array.from({ length: count }, () => ({ sku: "a" })) });
    assert.equal((await post(items(50_000))).status, 200);
    assertProblem(await post(items(100_000)), 413);
  });

  test("in chunks without a length is checked as well", async () => {
    const { port, host } = new URL(gateway.url);
    const chunks = ['{"items": [', '{"sku": 1}]}'].map(
      (text) => `${text.length.toString(16)}\r\n${text}\r\n`,
    );
    const request = [
      `POST /orders HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n`,
      "content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n",
      ...chunks,
      "0\r\n\r\n",
    ].join("");
    const answer = await sendRaw(Number(port), request);
    assert.equal(answer.status, 422, answer.text);
  });

  test("that is hostile is refused, and the gateway is well", async () => {
    for (const body of [
      "[".repeat(100_000),
      `{"items": [${'{"sku":'.repeat(500)}1${"}".repeat(500)}]}`,
      `{"items": [${'{"x":1},'.repeat(20_000)}{}]}`,
      '{"items": [{"sku": "\ud800"}]}',
    ]) {
      const { status } = await post(body);
      assert.ok([200, 400, 413, 422].includes(status), `${status}`);
    }
  });
});

describe("parameters", () => {
  test("count as what the schema says they are", async () => {
    const path = "/lists/2026?limit=12&open=true&tag=new&q=12";
    assert.equal((await gateway.get(path)).status, 200);
    assert.equal(origin.requests.at(-1).url, path);
  });

  test("that are wrong are 422, of path and query together", async () => {
    const answer = await gateway.get("/lists/1999?limit=1e3&open=yes&tag=new&tag=odd&page=1");
    assertProblem(answer, 422);
    assert.deepEqual(placesOf(answer), [
      "path /year",
      "query /limit",
      "query /open",
      "query /page",
      "query /tag/1",
    ]);
    for (const { message } of answer.problem.errors) assert.ok(message.length > 10);
  });

  test("of no UTF-8, and many of them, are just parameters", async () => {
    assert.equal((await gateway.get("/lists/2026?q=%ff%c3")).status, 200);
    const many = Array.from({ length: 2000 }, (_, i) => `p${i % 7}=${i}`).join("&");
    assertProblem(await gateway.get(`/lists/2026?${many}`), 422);
  });
});

describe("an answer", () => {
  test("that is valid passes byte for byte, compressed or not", async () => {
    assert.equal((await gateway.get("/enforced/good")).text, '{"id": 12345678901234567890}');
    assert.equal((await gateway.get("/enforced/gzip")).text, '{"id": 1}');
  });

  test("that isn't is 502, and tells nothing of itself", async () => {
    for (const what of ["bad", "bad-gzip"]) {
      const answer = await gateway.get(`/enforced/${what}`);
      assertProblem(answer, 502);
      assert.equal(answer.problem.type, "urn:sluice:problem:invalid-response");
      assert.doesNotMatch(answer.text, /4111|\/id/);
    }
  });

  test("of another status or type passes", async () => {
    assert.equal((await gateway.get("/enforced/missing")).status, 404);
    assert.equal((await gateway.get("/enforced/text")).text, "hello");
  });

  test("that is only reported passes, and health counts it", async () => {
    const before = (await gateway.get("/_sluice/health")).json.schemas.responsesReported;
    assert.equal((await gateway.get("/reported/bad")).text, '{"id": "card 4111"}');
    const { schemas, findings } = (await gateway.get("/_sluice/health")).json;
    assert.equal(schemas.responsesReported, before + 1);
    assert.ok(findings.includes("schema-reports"));
  });
});

test("a policy with faulty schemas is refused with each of them at its place", async () => {
  const faulty = policy();
  faulty.schemas.order.properties.items.items = { $ref: "lien" };
  faulty.schemas.line.properties.quantity.type = "int";
  faulty.routes[0].request.schema = "oder";
  const answer = await gateway.publish(faulty);
  assertProblem(answer, 422);
  const pointers = answer.problem.issues.map(({ pointer }) => pointer).sort();
  assert.deepEqual(pointers, [
    "/routes/0/request/schema",
    "/schemas/line/properties/quantity/type",
    "/schemas/order/properties/items/items/$ref",
  ]);
});
