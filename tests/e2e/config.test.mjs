// The way of a policy: publishing, refusing, rolling back, and everything that may be wrong with what KV holds.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import {
  assertProblem,
  editedConfig,
  Gateway,
  ROOT,
  storefrontPolicy,
  TOKEN,
  withoutBinding,
} from "./harness.mjs";

const badPolicy = readFileSync(join(ROOT, "examples/storefront/bad-policy.json"), "utf8");

/** A policy whose only route shows which one it is. */
const marked = (mark) => ({
  version: 1,
  upstreams: { it: { type: "service", binding: "STOREFRONT" } },
  routes: [
    {
      id: "r",
      match: { path: "/catalog" },
      upstream: "it",
      response: { setHeaders: { "x-mark": mark } },
    },
  ],
});

/** The one key of the namespace and its value's bytes. */
async function readKv(gateway) {
  const { SLUICE_KV } = await gateway.env();
  const { keys } = await SLUICE_KV.list();
  assert.equal(keys.length, 1, `one key, found ${JSON.stringify(keys)}`);
  const [{ name }] = keys;
  const bytes = Buffer.from(await SLUICE_KV.get(name, "arrayBuffer"));
  return { kv: SLUICE_KV, name, bytes };
}

/** What may come of a value on its way: each is wrong in its own manner. */
const CORRUPTIONS = {
  "a flipped bit in the policy": (bytes) => {
    const copy = Buffer.from(bytes);
    copy[bytes.indexOf("/catalog") + 3] ^= 0x01;
    return copy;
  },
  "a flipped bit in the header": (bytes) => {
    const copy = Buffer.from(bytes);
    copy[2] ^= 0x01;
    return copy;
  },
  truncation: (bytes) => bytes.subarray(0, bytes.length - 10),
  "truncation within the header": (bytes) => bytes.subarray(0, 20),
  "another checksum": (bytes) =>
    Buffer.from(bytes.toString("latin1").replace(/[0-9a-f]{64}/, "0".repeat(64)), "latin1"),
  "trailing bytes": (bytes) => Buffer.concat([bytes, Buffer.from("\n{}")]),
  "no bytes": () => Buffer.alloc(0),
  "something else": () => Buffer.from('{"routes": []}'),
};

describe("publishing", { concurrency: false }, () => {
  let gateway;
  before(async () => {
    gateway = await Gateway.start();
  });
  after(() => gateway?.close());
  const mark = async () => (await gateway.get("/catalog")).headers.get("x-mark");

  test("an empty KV is 503 with a problem, and health says so", async () => {
    assertProblem(await gateway.get("/catalog"), 503);
    assert.equal((await gateway.get("/_sluice/health")).status, 503);
  });

  test("only with the token", async () => {
    for (const token of [null, "", "wrong", `${TOKEN}x`, TOKEN.slice(1), TOKEN.toUpperCase()]) {
      assertProblem(await gateway.publish(marked("none"), { token }), 401);
      assertProblem(await gateway.publish("", { token, path: "/_sluice/config/rollback" }), 401);
    }
    assertProblem(await gateway.get("/_sluice/config"), 401);
  });

  test("takes a policy, serves it, and shows what it serves", async () => {
    const { revision } = await gateway.use(marked("one"));
    assert.equal(await mark(), "one");
    const current = await gateway.get("/_sluice/config", {
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    assert.equal(current.status, 200, current.text);
    assert.equal(current.json.current.revision, revision);
    assert.equal(current.json.isolate.revision, revision);
    const next = await gateway.use(marked("two"));
    assert.equal(next.revision, revision + 1);
    assert.equal(await mark(), "two");
  });

  test("refuses a policy with faults, each with its place, and keeps serving the old one", async () => {
    const answer = await gateway.publish(badPolicy);
    assertProblem(answer, 422);
    const places = Object.fromEntries(
      answer.problem.issues.map(({ pointer, byteOffset }) => [pointer, byteOffset]),
    );
    const at = (text) => Buffer.byteLength(badPolicy.slice(0, badPolicy.indexOf(text)));
    assert.deepEqual(Object.keys(places).sort(), [
      "/limits/perCustomer/brust",
      "/routes/0/limits/0",
      "/transforms/order-mobile/0/pick/1",
      "/upstreams/storefront/timeout",
    ]);
    assert.equal(places["/upstreams/storefront/timeout"], at('"10 seconds"'));
    assert.equal(places["/routes/0/limits/0"], at('"perCostumer"'));
    const { message } = answer.problem.issues.find(({ pointer }) => pointer.endsWith("/brust"));
    assert.match(message, /burst/, "suggests what was meant");
    await sleep(300);
    assert.equal(await mark(), "two");
  });

  test("refuses what isn't JSON with the byte offset, and what isn't a policy", async () => {
    const answer = await gateway.publish('{"version": 1, "routes": [}');
    assert.ok(answer.status >= 400 && answer.status < 500, answer.text);
    assertProblem(answer, answer.status);
    assert.match(answer.text, /26/, "the byte offset");
    for (const text of [
      "",
      "[]",
      "null",
      "{}",
      "\u0000",
      '{"version":1}',
      `"${"x".repeat(100_000)}"`,
      "[".repeat(100_000),
    ]) {
      const refused = await gateway.publish(text);
      assert.ok(
        refused.status >= 400 && refused.status < 500,
        `${text.slice(0, 20)}: ${refused.status}`,
      );
      assertProblem(refused, refused.status);
    }
    assertProblem(await gateway.publish(" ".repeat((4 << 20) + 1)), 413);
    assert.equal(await mark(), "two");
  });

  test("rolls back to an earlier revision, as a new one", async () => {
    const rollBack = (revision) =>
      gateway.publish({ revision }, { path: "/_sluice/config/rollback" });
    const { json } = await gateway.get("/_sluice/health");
    const answer = await rollBack(json.revision - 1);
    assert.equal(answer.status, 201, answer.text);
    assert.equal(answer.json.revision, json.revision + 1);
    await gateway.untilRevision(answer.json.revision);
    assert.equal(await mark(), "one");
    for (const revision of [0, -1, 1.5, "1", null, 4711]) {
      const refused = await rollBack(revision);
      assert.ok([400, 409].includes(refused.status), `${revision}: ${refused.status}`);
      assertProblem(refused, refused.status);
    }
  });

  for (const [name, corrupt] of Object.entries(CORRUPTIONS)) {
    test(`KV corrupted while running: ${name}: the last known good policy serves on`, async () => {
      await gateway.use(marked("good"));
      const { kv, name: key, bytes } = await readKv(gateway);
      await kv.put(key, corrupt(bytes));
      // Several refreshes' time.
      for (let look = 0; look < 6; look += 1) {
        assert.equal(await mark(), "good");
        await sleep(60);
      }
      // Nothing is stuck: the next publication is taken.
      await gateway.use(marked("after"));
      assert.equal(await mark(), "after");
    });
  }

  test("KV emptied while running: the last known good policy serves on", async () => {
    await gateway.use(marked("good"));
    const { kv, name } = await readKv(gateway);
    await kv.delete(name);
    for (let look = 0; look < 6; look += 1) {
      assert.equal(await mark(), "good");
      await sleep(60);
    }
  });

  test("an older value in KV doesn't take the gateway back", async () => {
    await gateway.use(marked("older"));
    const older = await readKv(gateway);
    await gateway.use(marked("newer"));
    await older.kv.put(older.name, older.bytes);
    for (let look = 0; look < 6; look += 1) {
      assert.equal(await mark(), "newer");
      await sleep(60);
    }
  });
});

describe("a cold start", { concurrency: false }, () => {
  let gateway;
  let good;
  before(async () => {
    gateway = await Gateway.start();
    await gateway.use(marked("good"));
    good = await readKv(gateway);
  });
  beforeEach(() => gateway.reset());
  after(() => gateway?.close());

  for (const [name, corrupt] of Object.entries(CORRUPTIONS).slice(0, 5)) {
    test(`with ${name} in KV and nothing else is 503, and a publication heals it`, async () => {
      const { SLUICE_KV } = await gateway.env();
      await SLUICE_KV.put(good.name, corrupt(good.bytes));
      assertProblem(await gateway.get("/catalog"), 503);
      await gateway.use(marked("healed"));
      assert.equal((await gateway.get("/catalog")).headers.get("x-mark"), "healed");
    });
  }

  test("with a good value in KV serves it, though the ConfigObject knows nothing", async () => {
    const { SLUICE_KV } = await gateway.env();
    await SLUICE_KV.put(good.name, good.bytes);
    assert.equal((await gateway.get("/catalog")).headers.get("x-mark"), "good");
  });
});

describe("missing bindings", { concurrency: false }, () => {
  /** Starts a gateway that lacks the binding `name`, publishes, and hands both to `use`. */
  const without = async (name, code, use) => {
    const config = editedConfig(`without-${name}`, (text) => withoutBinding(text, name));
    const gateway = await Gateway.start({ config });
    try {
      const published = await gateway.publish(storefrontPolicy);
      await use(gateway, published);
      const health = await gateway.get("/_sluice/health");
      assert.deepEqual(health.json.findings, [code]);
    } finally {
      await gateway.close();
    }
  };

  test("without SLUICE_KV isolates read the ConfigObject", () =>
    without("SLUICE_KV", "no-kv", async (gateway, published) => {
      assert.equal(published.status, 201, published.text);
      assert.equal(published.json.distribution, "object");
      assert.equal((await gateway.get("/catalog")).status, 200);
    }));

  test("without SLUICE_CONFIG nothing can be published, and requests get a problem", () =>
    without("SLUICE_CONFIG", "no-config-object", async (gateway, published) => {
      assertProblem(published, 503);
      assert.match(published.problem.detail, /SLUICE_CONFIG/);
      assertProblem(await gateway.get("/catalog"), 503);
    }));

  test("without SLUICE_LIMITER each limit does as its onOutage says", () =>
    without("SLUICE_LIMITER", "no-limiter", async (gateway, published) => {
      assert.equal(published.status, 201, published.text);
      // catalogTotal: closed, which is the default
      assertProblem(await gateway.get("/catalog"), 503);
      // perIp: open; perCustomer: local, so this isolate counts
      const order = () =>
        gateway.get("/orders/ord_0001", { headers: { "x-api-key": "demo-key-acme" } });
      const statuses = [];
      while (statuses.at(-1) !== 429 && statuses.length < 20) statuses.push((await order()).status);
      assert.deepEqual([statuses[0], statuses.at(-1)], [200, 429]);
      assert.equal((await gateway.get("/products/MUG-001")).status, 200, "a route without limits");
    }));

  test("without STOREFRONT the routes to it answer with a problem", () =>
    without("STOREFRONT", "no-service-binding", async (gateway, published) => {
      assert.equal(published.status, 201, published.text);
      const answer = await gateway.get("/products/MUG-001");
      assertProblem(answer, 503);
      assert.match(answer.problem.detail, /STOREFRONT/);
      assertProblem(await gateway.get("/nowhere"), 404);
    }));

  test("without the admin token the endpoint isn't there", async () => {
    const gateway = await Gateway.start({ secrets: {} });
    try {
      for (const token of [null, "", "undefined", TOKEN]) {
        assertProblem(await gateway.publish(storefrontPolicy, { token }), 404);
      }
    } finally {
      await gateway.close();
    }
  });
});
