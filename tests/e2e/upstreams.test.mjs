// Upstreams that are down, slow, or don't speak JSON.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { bundleWorker } from "../../bench/harness/bundle.mjs";
import { startWorkerd } from "../../bench/harness/workerd.mjs";
import { freePort } from "../../tools/lib/dev-server.mjs";
import { assertProblem, Gateway, onePolicy, read } from "./harness.mjs";

const fixture = (name) => join(import.meta.dirname, "fixtures", name);

let gateway;
let origin;
let closedPort;
before(async () => {
  origin = await startOrigin();
  closedPort = await freePort();
  gateway = await Gateway.startDev({ upstream: fixture("faulty.toml") });
});
after(async () => {
  await gateway?.close();
  origin?.closeAllConnections();
  origin?.close();
});
afterEach(() => gateway.assertAlive());

/** An HTTP origin that fails in the way its path says. */
async function startOrigin() {
  const json = { "content-type": "application/json" };
  const server = createServer((request, response) => {
    switch (request.url.split("?")[0].split("/").at(-1)) {
      case "silent":
        return;
      case "slow-body":
        response.writeHead(200, json).write('{"id": 1,');
        setTimeout(() => response.end('"secret": 2}'), 700);
        return;
      case "torn":
        response.writeHead(200, { ...json, "content-length": "1000" }).write('{"id": 1,');
        setTimeout(() => request.socket.destroy(), 50);
        return;
      case "reset":
        request.socket.destroy();
        return;
      case "html":
        response.writeHead(200, { "content-type": "text/html" }).end("<h1>hello</h1>");
        return;
      case "invalid":
        response.writeHead(200, json).end('{"id": 1,}');
        return;
      case "not-utf8":
        response
          .writeHead(200, json)
          .end(Buffer.from([0x7b, 0x22, 0x69, 0x64, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d]));
        return;
      case "deep":
        response.writeHead(200, json).end("[".repeat(200_000) + "]".repeat(200_000));
        return;
      case "large":
        response.writeHead(200, json).end(JSON.stringify({ id: 1, filler: "x".repeat(300_000) }));
        return;
      case "empty":
        response.writeHead(204).end();
        return;
      case "redirect":
        response.writeHead(302, { location: "https://elsewhere.example/login" }).end();
        return;
      default:
        response
          .writeHead(200, json)
          .end('{"id": 7, "secret": "kept out by pick", "url": "' + request.url + '"}');
    }
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return server;
}

const originUpstream = (timeout = "2s") => ({
  type: "origin",
  url: `http://127.0.0.1:${origin.address().port}/base`,
  timeout,
});

describe("with a transform, onInvalidBody: fail", () => {
  before(() => gateway.use(onePolicy(originUpstream("600ms"), { response: { transform: "t" } })));

  test("a right body is reshaped", async () => {
    const answer = await gateway.get("/r/ok");
    assert.equal(answer.text, '{"id": 7}');
    assert.equal(answer.headers.get("content-length") ?? "9", "9");
  });
  test("no answer within the timeout is 504", async () => {
    const begun = performance.now();
    assertProblem(await gateway.get("/r/silent"), 504);
    assert.ok(performance.now() - begun < 5_000);
  });
  test("a body that takes longer than the timeout is not waited for: 504", async () => {
    assertProblem(await gateway.get("/r/slow-body"), 504);
  });
  for (const [name, path] of [
    ["invalid JSON", "invalid"],
    ["bytes that are no UTF-8", "not-utf8"],
    ["nesting without end", "deep"],
    ["a body that ends early", "torn"],
  ]) {
    test(`${name} is 502, and nothing of it gets out`, async () => {
      const answer = await gateway.get(`/r/${path}`);
      assertProblem(answer, 502);
      assert.doesNotMatch(answer.text, /hello|"id"/);
    });
  }
  test("what isn't said to be JSON is none of a transform's", async () => {
    const { status, text } = await gateway.get("/r/html");
    assert.deepEqual([status, text], [200, "<h1>hello</h1>"]);
  });
  test("a closed connection is 502", async () => assertProblem(await gateway.get("/r/reset"), 502));
  test("204 has nothing to transform", async () => {
    const { status, text } = await gateway.get("/r/empty");
    assert.deepEqual([status, text], [204, ""]);
  });
  test("a redirect is the client's to follow", async () => {
    const { status, headers } = await gateway.get("/r/redirect");
    assert.deepEqual([status, headers.get("location")], [302, "https://elsewhere.example/login"]);
  });
});

describe("with a transform, onInvalidBody: pass", () => {
  const route = { response: { transform: "t", onInvalidBody: "pass", maxBodyBytes: 100_000 } };
  before(() => gateway.use(onePolicy(originUpstream(), route)));

  for (const [path, text] of [
    ["ok", '{"id": 7}'],
    ["invalid", '{"id": 1,}'],
    ["html", "<h1>hello</h1>"],
  ]) {
    test(`${path} arrives as ${text}`, async () => {
      const answer = await gateway.get(`/r/${path}`);
      assert.equal(answer.status, 200);
      assert.equal(answer.text, text);
    });
  }
  test("a body over maxBodyBytes streams on untouched", async () => {
    const answer = await gateway.get("/r/large");
    assert.equal(answer.status, 200);
    assert.equal(answer.text.length, 300_000 + '{"id":1,"filler":""}'.length);
  });
});

test("a body over maxBodyBytes is 502 where the policy says fail", async () => {
  await gateway.use(
    onePolicy(originUpstream(), { response: { transform: "t", maxBodyBytes: 100_000 } }),
  );
  assertProblem(await gateway.get("/r/large"), 502);
});

test("an origin's path is a prefix, and the query goes along", async () => {
  await gateway.use(onePolicy(originUpstream()));
  assert.equal((await gateway.get("/r/any?a=1&b=%20")).json.url, "/base/r/any?a=1&b=%20");
});

test("without a transform, how long a body takes is none of the timeout's business", async () => {
  await gateway.use(onePolicy(originUpstream("600ms")));
  assert.equal((await gateway.get("/r/slow-body")).text, '{"id": 1,"secret": 2}');
});

test("an origin that is down is 502", async () => {
  await gateway.use(onePolicy({ type: "origin", url: `http://127.0.0.1:${closedPort}` }));
  assertProblem(await gateway.get("/r/x"), 502);
});

describe("a service binding", () => {
  before(() =>
    gateway.use(
      onePolicy(
        { type: "service", binding: "STOREFRONT", timeout: "600ms" },
        { response: { transform: "t" } },
      ),
    ),
  );
  test("a right body is reshaped", async () =>
    assert.equal((await gateway.get("/r/ok")).text, '{"id":7}'));
  test("that is silent is 504", async () => assertProblem(await gateway.get("/r/silent"), 504));
  test("whose body breaks off is 502", async () =>
    assertProblem(await gateway.get("/r/torn"), 502));
  test("with invalid JSON is 502", async () => assertProblem(await gateway.get("/r/invalid"), 502));
  test("with 204 stays 204", async () => assert.equal((await gateway.get("/r/empty")).status, 204));
  test("with an error of its own keeps the status, and is reshaped too", async () => {
    const answer = await gateway.get("/r/error");
    assert.equal(answer.status, 500);
    assert.doesNotMatch(answer.text, /kept out by pick/);
  });
});

// On plain workerd: under wrangler a Worker's exception comes as an answer of wrangler's.
test("a service binding that throws is 502, and its message stays inside", async (context) => {
  const policy = onePolicy({ type: "service", binding: "STOREFRONT" });
  const workerd = await startWorkerd(
    "e2e-throws",
    {
      gateway: {
        bundle: await bundleWorker({
          name: "e2e-throws",
          entry: fixture("baked-gateway.ts"),
          data: { "bench:policy": JSON.stringify(policy) },
        }),
        services: { STOREFRONT: "faulty" },
      },
      faulty: {
        bundle: await bundleWorker({ name: "e2e-faulty", entry: fixture("faulty-worker.mjs") }),
      },
    },
    { http: { service: "gateway" } },
  );
  context.after(() => workerd.stop());
  const answer = await read(await fetch(`http://127.0.0.1:${workerd.ports.http}/r/throws`));
  assertProblem(answer, 502);
  assert.doesNotMatch(answer.text, /secret trouble/);
});

test("a policy that names a binding which the Worker lacks answers with a problem on that route alone", async () => {
  const policy = onePolicy({ type: "service", binding: "NOT_THERE" });
  policy.upstreams.there = { type: "service", binding: "STOREFRONT" };
  policy.routes.push({ id: "there", match: { path: "/there" }, upstream: "there" });
  await gateway.use(policy);
  const answer = await gateway.get("/r/x");
  assert.ok([500, 502, 503].includes(answer.status), answer.text);
  assertProblem(answer, answer.status);
  assert.equal((await gateway.get("/there")).status, 200);
});
