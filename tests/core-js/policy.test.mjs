import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { ChargeVerdict, NONE, Outcome, Slot } from "sluice/core";
import { bytes, errorOf, newCore, text } from "./support.mjs";

const POLICY = {
  version: 1,
  upstreams: {
    shop: { type: "service", binding: "SHOP" },
    billing: { type: "origin", url: "https://billing.example.com/v1", timeout: "5s" },
  },
  auth: {
    customers: {
      type: "apiKey",
      header: "X-Api-Key",
      keys: [{ sha256: createHash("sha256").update("secret").digest("hex"), identity: "acmé" }],
    },
  },
  limits: {
    door: { algorithm: "gcra", rate: { units: 10, per: "1s" }, subject: ["ip"], phase: "preAuth" },
    own: {
      algorithm: "fixed_window",
      rate: { units: 10, per: "1h" },
      subject: ["identity", "path:id"],
      durability: "strict",
    },
  },
  transforms: { slim: [{ pick: ["$.id"] }] },
  routes: [
    {
      id: "order",
      match: { methods: ["GET"], path: "/orders/{id}", headers: { "X-Client": "mobile" } },
      auth: "customers",
      limits: ["door", { limit: "own", cost: 3 }],
      upstream: "shop",
      path: "/internal/{id}",
      response: { transform: "slim" },
    },
    { id: "rest", match: { path: "/billing/{rest...}" }, upstream: "billing" },
  ],
};

const NOW = 1_764_000_000_000;
const core = newCore();
const policy = core.compilePolicy(JSON.stringify(POLICY));
const slotOf = (name) => policy.description.slots.indexOf(name);

function factsOf(values) {
  const facts = Array.from({ length: policy.description.slots.length });
  for (const [slot, value] of Object.entries(values)) facts[Slot[slot] ?? slotOf(slot)] = value;
  return facts;
}
const digest = createHash("sha256").update("secret").digest();

test("the description says what a shim needs", () => {
  const { description } = policy;
  assert.deepEqual(description.upstreams, [
    { name: "shop", type: "service", binding: "SHOP", timeoutMs: 30_000, limits: [] },
    {
      name: "billing",
      type: "origin",
      url: "https://billing.example.com/v1",
      timeoutMs: 5000,
      limits: [],
    },
  ]);
  assert.deepEqual(description.auth, [{ name: "customers", type: "apiKey", header: "x-api-key" }]);
  assert.deepEqual(
    description.routes.map(({ id }) => id),
    ["order", "rest"],
  );
  assert.deepEqual(description.routes[0].vary, ["x-client"]);
  assert.match(description.limits[0].rule, /^[0-9a-f]{64}$/);
  assert.deepEqual(
    description.limits.map(({ name, phase, durability, timeoutMs }) => ({
      name,
      phase,
      durability,
      timeoutMs,
    })),
    [
      { name: "door", phase: "preAuth", durability: "strict", timeoutMs: 250 },
      { name: "own", phase: "request", durability: "strict", timeoutMs: 250 },
    ],
  );
});

test("match finds the route and what to charge first", () => {
  const match = policy.match(
    factsOf({
      method: "GET",
      host: "x",
      path: "/orders/7",
      ip: "192.0.2.1",
      "header:x-client": "mobile",
    }),
    NOW,
  );
  assert.equal(match.outcome, Outcome.proceed);
  assert.equal(policy.description.routes[match.route].id, "order");
  assert.deepEqual(match.charges.map(asked), [{ limit: 0, cost: 1, subject: "192.0.2.1" }]);
});

/** What is to be asked about a charge. */
function asked({ verdict, limit, cost, subject }) {
  assert.equal(verdict, ChargeVerdict.ask);
  return { limit, cost, subject };
}

test("decide says the rest", () => {
  const facts = factsOf({
    method: "GET",
    host: "x",
    path: "/orders/é7",
    query: "?a=1",
    digest,
    "header:x-client": "mobile",
  });
  facts[Slot.path] = "/orders/%C3%A97";
  const { route } = policy.match(facts, NOW);
  const plan = policy.decide(route, facts, NOW);
  assert.deepEqual(plan.charges.map(asked), [{ limit: 1, cost: 3, subject: "acmé/é7" }]);
  assert.deepEqual(plan, {
    outcome: Outcome.proceed,
    upstream: 0,
    transform: 0,
    path: "/internal/%C3%A97?a=1",
    identity: "acmé",
    variants: [],
    redirect: undefined,
    flags: undefined,
    visitor: undefined,
    setCookies: [],
    exposures: [],
    charges: plan.charges,
    inputPaths: [],
    faults: undefined,
  });
  assert.equal(text(policy.transform(plan.transform, '{"id":1e400,"x":2}')), '{"id":1e400}');
});

test("outcomes other than going on", () => {
  const outcome = (values) => policy.match(factsOf({ host: "x", ...values }), NOW);
  assert.equal(outcome({ method: "GET", path: "/nothing" }).outcome, Outcome.notFound);
  assert.equal(outcome({ method: "GET", path: "/nothing" }).route, NONE);
  const allow = outcome({ method: "PUT", path: "/orders/7", "header:x-client": "mobile" });
  assert.equal(allow.outcome, Outcome.methodNotAllowed);
  assert.match(allow.detail, /GET/);
  const bad = outcome({ method: "GET", path: "/a%2Fb" });
  assert.equal(bad.outcome, Outcome.badTarget);
  assert.ok(bad.detail.length > 5);
  for (const wrong of [undefined, new Uint8Array(32)]) {
    assert.equal(
      policy.decide(0, factsOf({ path: "/orders/7", digest: wrong }), NOW).outcome,
      Outcome.unauthorized,
    );
  }
});

test("facts of any length and alphabet arrive whole", () => {
  for (const id of [
    "x",
    "x".repeat(47),
    "x".repeat(48),
    "x".repeat(49),
    "x".repeat(9000),
    "%C3%A9".repeat(30),
  ]) {
    const facts = factsOf({ method: "POST", host: "h", path: `/billing/${id}`, query: `?q=${id}` });
    const { route } = policy.match(facts, NOW);
    assert.equal(policy.decide(route, facts, NOW).path, `/billing/${id}?q=${id}`);
  }
});

test("numbers that aren't the policy's are refused", () => {
  assert.equal(
    errorOf(() => policy.decide(99, factsOf({ path: "/" }), NOW)).code,
    "invalid_argument",
  );
  assert.equal(errorOf(() => policy.transform(99, "{}")).code, "invalid_argument");
});

test("a policy with faults is refused with all of them", () => {
  const bad = structuredClone(POLICY);
  bad.routes[0].upstream = "shpo";
  bad.routes[1].match.path = "billing";
  bad.limits.own.burst = 3;
  const json = JSON.stringify(bad);
  const from = (byteOffset) => text(bytes(json).subarray(byteOffset));
  const { code, issues, issueCount } = errorOf(() => core.compilePolicy(json));
  assert.equal(code, "invalid_policy");
  assert.equal(issueCount ?? issues.length, issues.length);
  const at = Object.fromEntries(issues.map(({ pointer, byteOffset }) => [pointer, byteOffset]));
  assert.equal(from(at["/routes/0/upstream"]).startsWith('"shpo"'), true);
  assert.equal(from(at["/routes/1/match/path"]).startsWith('"billing"'), true);
  assert.ok("/limits/own/burst" in at);
  assert.match(issues.find(({ pointer }) => pointer === "/routes/0/upstream").message, /shop/);
});
