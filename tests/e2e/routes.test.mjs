// The storefront's policy, published and used as a client would.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { orderById, trackingById } from "../../examples/storefront/src/data.ts";
import { assertProblem, Gateway, onePolicy, storefrontPolicy } from "./harness.mjs";

const ACME = { "x-api-key": "demo-key-acme" };
const GLOBEX = { "x-api-key": "demo-key-globex" };
const PRODUCT = "/products/MUG-001";

let gateway;
before(async () => {
  gateway = await Gateway.start();
});
after(() => gateway?.close());

/** Addresses of our own, so that no test spends another's units. */
let address = 0;
const fromElsewhere = (headers = {}) => ({
  headers: { "cf-connecting-ip": `198.51.100.${++address}`, ...headers },
});

describe("the storefront's policy", { concurrency: false }, () => {
  before(() => gateway.use(storefrontPolicy));

  test("reshapes an order for web and phone, and keeps the text of what stays", async () => {
    const original = orderById("ord_0007");
    const web = await gateway.get("/orders/ord_0007", fromElsewhere(ACME));
    assert.equal(web.status, 200, web.text);
    assert.match(web.headers.get("vary") ?? "", /x-client/i);
    const expected = original
      .replace(/"ledger":\d+,/, "")
      .replace(/,"weightKg":[\d.]+/g, "")
      .replace(/("card":\{[^}]*?"number":)"[^"]*([^"]{4})"/, '$1"•••• $2"')
      .replace(/("card":\{[^}]*?"expires":)"[^"]*"/, '$1"***"');
    assert.equal(web.text, expected);

    const mobile = await gateway.get(
      "/orders/ord_0007",
      fromElsewhere({ ...ACME, "x-client": "mobile" }),
    );
    assert.equal(mobile.status, 200, mobile.text);
    assert.match(mobile.headers.get("vary") ?? "", /x-client/i);
    const order = JSON.parse(original);
    assert.deepEqual(mobile.json, {
      id: order.id,
      status: order.status,
      items: order.items.map(({ name, quantity }) => ({ name, quantity })),
      total: order.total,
    });
    assert.equal(
      /"amount":([^,}]*)/.exec(mobile.text)[1],
      /"total":\{"amount":([^,}]*)/.exec(original)[1],
    );
  });

  test("makes a page of an order, its parcel and the catalogue, and does without a parcel", async () => {
    const sent = await gateway.get("/pages/orders/ord_0007", fromElsewhere(ACME));
    assert.equal(sent.status, 200, sent.text);
    const order = JSON.parse(orderById("ord_0007"));
    const { number, position } = JSON.parse(trackingById("ord_0007"));
    assert.deepEqual(Object.keys(sent.json), [
      "id",
      "status",
      "items",
      "total",
      "tracking",
      "alsoLiked",
    ]);
    assert.deepEqual(
      sent.json.items,
      order.items.map(({ name }) => ({ name })),
    );
    assert.deepEqual(sent.json.tracking.position, position);
    assert.equal(sent.json.tracking.recipient, undefined);
    assert.equal(sent.json.tracking.number, number);
    assert.match(sent.text, /"number":1[0-9]{19},.*"lon":13\.40500/);
    assert.ok(sent.json.alsoLiked.products.length > 0);
    for (const product of sent.json.alsoLiked.products) {
      assert.deepEqual(Object.keys(product), ["sku", "name"]);
    }
    assert.match(sent.headers.get("cache-control"), /^private/);

    const waiting = await gateway.get("/pages/orders/ord_0008", fromElsewhere(ACME));
    assert.equal(waiting.status, 200, waiting.text);
    assert.equal(waiting.json.tracking, null);
    const missing = await gateway.get("/pages/orders/nope", fromElsewhere(ACME));
    assert.equal(missing.status, 404, missing.text);
  });

  test("lets a client say in an order only what is a client's to say", async () => {
    const answer = await gateway.get("/orders", {
      method: "POST",
      body: '{"id": "x", "status": "paid", "total": 0, "items": [{"sku": "a", "unitPrice": 0}, {"sku": "b", "quantity": 2.0}]}',
      headers: { ...fromElsewhere(ACME).headers, "content-type": "application/json" },
    });
    assert.equal(answer.status, 201, answer.text);
    assert.match(answer.text, /\{"sku": "b", "quantity": 2\.0\}/);
    assert.deepEqual(answer.json.draft, {
      items: [
        { sku: "a", quantity: 1 },
        { sku: "b", quantity: 2 },
      ],
      channel: "web",
    });
    const broken = await gateway.get("/orders", {
      method: "POST",
      body: '{"items": [}',
      headers: { ...fromElsewhere(ACME).headers, "content-type": "application/json" },
    });
    assertProblem(broken, 400);
  });

  test("keeps integers beyond 2^53 and 1e400 through a transform, at 2, 20 and 200 KB", async () => {
    for (const size of ["2kb", "20kb", "200kb"]) {
      const { status, text, headers } = await gateway.get(
        `/orders?size=${size}`,
        fromElsewhere(GLOBEX),
      );
      assert.equal(status, 200, text);
      assert.match(text, /"ledger":9007199254740993,.*"ledger":9007199254740995,/);
      assert.match(text, /"next":null,"ceiling":1e400\}\}$/);
      const length = headers.get("content-length");
      if (length !== null) assert.equal(Number(length), Buffer.byteLength(text));
    }
  });

  test("takes costs from the policy, and passes the upstream's own errors on", async () => {
    const remaining = ({ headers }) =>
      Number(/"perCustomer";r=([0-9]+)/.exec(headers.get("ratelimit"))?.[1]);
    const one = remaining(await gateway.get("/orders/ord_0001", fromElsewhere(GLOBEX)));
    const two = remaining(await gateway.get("/orders?limit=1", fromElsewhere(GLOBEX)));
    assert.equal(one - two, 2, "a listing costs 2");
    const missing = await gateway.get("/orders/nope", fromElsewhere(GLOBEX));
    assert.equal(missing.status, 404);
    assert.equal(
      missing.json?.error?.detail ?? missing.text,
      missing.text === "{}" ? missing.text : "no order nope",
    );
  });

  test("refuses a missing and a wrong key alike, and keeps the key from the upstream", async () => {
    assertProblem(await gateway.get("/orders/ord_0007", fromElsewhere()), 401);
    assertProblem(
      await gateway.get("/orders/ord_0007", fromElsewhere({ "x-api-key": "demo-key-acme " + "x" })),
      401,
    );
    assertProblem(await gateway.get("/orders/ord_0007", fromElsewhere({ "x-api-key": "" })), 401);
  });

  test("answers 404 and 405 with Allow", async () => {
    assertProblem(await gateway.get("/nowhere"), 404);
    const refused = await gateway.get("/catalog", { method: "DELETE" });
    assertProblem(refused, 405);
    assert.deepEqual((refused.headers.get("allow") ?? "").split(/, */).sort(), ["GET", "HEAD"]);
    const head = await gateway.get(PRODUCT, { method: "HEAD" });
    assert.equal(head.status, 200);
    assert.equal(head.text, "");
  });

  test("limits each customer alone, says so in the headers, and stops the next request", async () => {
    const acme = [];
    for (let count = 0; count < 15; count += 1)
      acme.push(await gateway.get("/orders/ord_0002", fromElsewhere(ACME)));
    const first = acme[0];
    // burst 10 at 30 a minute
    assert.match(first.headers.get("ratelimit-policy"), /"perCustomer";q=[0-9]+;w=[0-9]+/);
    assert.match(first.headers.get("ratelimit"), /"perCustomer";r=[0-9]+;t=[0-9]+/);
    const denied = acme.at(-1);
    assertProblem(denied, 429);
    assert.match(denied.problem.type, /quota-exceeded/);
    assert.deepEqual(denied.problem["violated-policies"], ["perCustomer"]);
    const passed = acme.filter(({ status }) => status === 200).length;
    assert.ok(passed >= 1 && passed <= 11, `${passed} passed`);
    const other = await gateway.get("/orders/ord_0002", fromElsewhere(GLOBEX));
    assert.notEqual(other.status, 401);
  });

  test("limits the catalogue over all clients together", async () => {
    // A window may end in between: then it takes at most 20 more.
    const statuses = [];
    while (statuses.at(-1) !== 429 && statuses.length < 60) {
      statuses.push((await gateway.get("/catalog", fromElsewhere())).status);
    }
    assert.equal(statuses.at(-1), 429);
    assert.ok(statuses.length > 20 && statuses.length <= 41, `denied at no. ${statuses.length}`);
  });

  test("counts wrong keys by address before it looks at them", async () => {
    // A unit comes back in ten seconds: none while we look.
    const policy = JSON.parse(storefrontPolicy);
    Object.assign(policy.limits.perIp, { rate: { units: 6, per: "60s" }, burst: 20 });
    await gateway.use(policy);
    const attacker = { headers: { "cf-connecting-ip": "203.0.113.7", "x-api-key": "guess" } };
    const statuses = [];
    for (let count = 0; count < 21; count += 1) {
      statuses.push((await gateway.get("/orders/ord_0007", attacker)).status);
    }
    assert.deepEqual(statuses, [...Array.from({ length: 20 }, () => 401), 429]);
    const withKey = await gateway.get("/orders/ord_0007", {
      headers: { ...attacker.headers, ...GLOBEX },
    });
    assertProblem(withKey, 429);
    assert.deepEqual(withKey.problem["violated-policies"], ["perIp"]);
    const elsewhere = await gateway.get(
      "/orders/ord_0007",
      fromElsewhere({ "x-api-key": "guess" }),
    );
    assertProblem(elsewhere, 401);
  });
});

describe("the experiment", { concurrency: false }, () => {
  const variant = ({ text }) => /<body class="(\w+)">/.exec(text)?.[1];
  const cookieOf = ({ setCookies }) => setCookies[0];

  test("is sticky by its cookie", async () => {
    for (let visitor = 0; visitor < 8; visitor += 1) {
      const first = await gateway.visit(PRODUCT);
      assert.equal(first.status, 200);
      assert.match(
        cookieOf(first),
        /^__Host-storefront-visitor=[^;]{8,}(?=.*; Path=\/)(?=.*; Secure)(?=.*; HttpOnly)(?=.*; SameSite=Lax)(?=.*; Max-Age=31536000)/,
      );
      const cookie = first.setCookies.map((one) => one.split(";")[0]).join("; ");
      for (let again = 0; again < 3; again += 1) {
        const next = await gateway.visit(PRODUCT, {
          headers: { cookie: `other=1; ${cookie}; theme=dark` },
        });
        assert.equal(variant(next), variant(first));
        assert.equal(cookieOf(next), undefined, "a known visitor gets no new id");
      }
    }
  });

  test("gives a visitor with a malformed cookie a new id", async () => {
    for (const value of ["", "x", "%00", "a".repeat(4000), "<script>", "é"]) {
      const cookie = Buffer.from(`__Host-storefront-visitor=${value}`, "utf8").toString("latin1");
      const answer = await gateway.visit(PRODUCT, { headers: { cookie } });
      assert.equal(answer.status, 200);
      assert.ok(cookieOf(answer), `${value.slice(0, 10)} is not an id`);
    }
  });

  test("splits 300 fresh visitors as the weights say", async () => {
    const counts = { classic: 0, grid: 0, story: 0 };
    for (let round = 0; round < 15; round += 1) {
      const answers = await Promise.all(Array.from({ length: 20 }, () => gateway.visit(PRODUCT)));
      for (const answer of answers) counts[variant(answer)] += 1;
    }
    const expected = { classic: 150, grid: 90, story: 60 };
    const chiSquare = Object.entries(expected).reduce(
      (sum, [name, n]) => sum + (counts[name] - n) ** 2 / n,
      0,
    );
    // Two degrees of freedom: p = exp(-x/2), so a right split fails here once in a million runs.
    assert.ok(chiSquare < 27.63, `χ² = ${chiSquare.toFixed(2)} for ${JSON.stringify(counts)}`);
  });

  test("doesn't let a shared cache hand one visitor's page to another", async () => {
    const first = await gateway.visit(PRODUCT);
    assert.match(first.headers["cache-control"] ?? "", /private|no-store/);
  });
});

test("Retry-After is true: too early is refused, in time is admitted", async () => {
  await gateway.use({
    ...onePolicy(
      { type: "service", binding: "STOREFRONT" },
      { path: "/catalog", limits: ["slow"] },
    ),
    limits: {
      slow: {
        algorithm: "gcra",
        rate: { units: 2, per: "6s" },
        burst: 2,
        subject: [],
        durability: "strict",
      },
    },
  });
  const call = () => gateway.get("/catalog");
  assert.equal((await call()).status, 200);
  assert.equal((await call()).status, 200);
  const denied = await call();
  const deniedAt = performance.now();
  assertProblem(denied, 429);
  const seconds = Number(denied.headers.get("retry-after"));
  assert.ok(Number.isInteger(seconds) && seconds >= 1 && seconds <= 3, `Retry-After: ${seconds}`);
  await sleep(500);
  assertProblem(await call(), 429);
  await sleep(Math.max(0, deniedAt + seconds * 1000 - performance.now()));
  assert.equal(
    (await call()).status,
    200,
    "a denied request cost nothing, and the time given was enough",
  );
});
