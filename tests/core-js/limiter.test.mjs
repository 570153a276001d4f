import assert from "node:assert/strict";
import { test } from "node:test";
import { instantiateSync } from "sluice/core";
import { errorOf, module, newCore } from "./support.mjs";

const LIMITS = JSON.stringify({
  api: { algorithm: "gcra", rate: { units: 10, per: "10s" }, burst: 3, subject: ["identity"] },
  day: { algorithm: "fixed_window", rate: { units: 5, per: "24h" }, subject: ["ip"] },
});
const DAY = 86_400_000;

const limiter = (options) => newCore().createLimiter(LIMITS, options);
const api = (subject = "me", cost) => [
  { limit: "api", subject, ...(cost !== undefined && { cost }) },
];

test("charges as the algorithm says, by the time it is told", () => {
  const gcra = limiter();
  const at = (now) => gcra.charge(api(), now).verdicts[0];
  assert.deepEqual(at(0), {
    limit: "api",
    allowed: true,
    remaining: 2,
    resetMs: 1000,
    retryAfterMs: null,
  });
  at(0);
  assert.equal(at(0).remaining, 0);
  assert.deepEqual(at(0), {
    limit: "api",
    allowed: false,
    remaining: 0,
    resetMs: 3000,
    retryAfterMs: 1000,
  });
  assert.equal(at(999).allowed, false);
  assert.equal(at(1000).allowed, true);
});

test("a fixed window ends at the epoch's multiples", () => {
  const window = limiter();
  const charge = (now, cost) => window.charge([{ limit: "day", subject: "ip", cost }], now);
  assert.deepEqual(charge(DAY - 1, 5).verdicts[0], {
    limit: "day",
    allowed: true,
    remaining: 0,
    resetMs: 1,
    retryAfterMs: null,
  });
  assert.equal(charge(DAY - 1, 1).verdicts[0].retryAfterMs, 1);
  assert.equal(charge(DAY, 1).allowed, true);
  assert.deepEqual(charge(DAY, 6).verdicts[0].retryAfterMs, null, "never can pass");
});

test("is all or nothing", () => {
  const both = limiter();
  const charges = [...api("me", 2), { limit: "day", subject: "ip", cost: 4 }];
  assert.equal(both.charge(charges, 0).allowed, true);
  const denied = both.charge(charges, 0);
  assert.equal(denied.allowed, false);
  assert.deepEqual(
    denied.verdicts.map(({ limit }) => limit),
    ["api", "day"],
  );
  assert.equal(both.peek([{ limit: "day", subject: "ip", cost: 0 }], 0).verdicts[0].remaining, 1);
  assert.equal(both.charge(api("me", 1), 0).allowed, true);
});

test("subjects are apart, whatever they hold", () => {
  const many = limiter();
  const subjects = ["", "a", "A", "é", "é€😀", "a/b", "a%2Fb", "\0", "x".repeat(5000)];
  for (const subject of subjects)
    assert.equal(many.charge(api(subject, 3), 0).allowed, true, subject);
  for (const subject of subjects)
    assert.equal(many.charge(api(subject, 1), 0).allowed, false, subject);
});

test("peek changes nothing, refund gives back, reset forgets", () => {
  const one = limiter();
  for (let count = 0; count < 5; count++) assert.equal(one.peek(api("me", 3), 0).allowed, true);
  one.charge(api("me", 3), 0);
  assert.equal(one.peek(api(), 0).allowed, false);
  one.refund(api("me", 2), 0);
  assert.equal(one.peek(api(), 0).verdicts[0].remaining, 1, "what would be left after it");
  one.refund(api("me", 100), 0);
  assert.equal(one.peek(api("me", 0), 0).verdicts[0].remaining, 3, "never beyond the full quota");
  one.charge(api("me", 3), 0);
  one.reset([{ limit: "api", subject: "me" }]);
  assert.equal(one.charge(api("me", 3), 0).allowed, true);
});

test("an unknown limit and an impossible cost are refused with what would be right", () => {
  const one = limiter();
  const unknown = errorOf(() => one.charge([{ limit: "apu", subject: "me" }], 0));
  assert.equal(unknown.code, "invalid_argument");
  assert.match(unknown.message, /"apu".*api, day/);
  for (const cost of [-1, 0.5, NaN, 2 ** 32]) {
    assert.equal(
      errorOf(() => one.charge(api("me", cost), 0)).code,
      "invalid_argument",
      String(cost),
    );
  }
});

test("a full table refuses new subjects and keeps the old", () => {
  const small = limiter({ maxEntries: 64 });
  let admitted = 0;
  const error = errorOf(() => {
    for (; admitted < 1000; admitted++) small.charge(api(`s${admitted}`, 3), 0);
  });
  assert.equal(error.code, "budget_exceeded");
  assert.ok(admitted >= 64);
  assert.equal(small.charge(api("s0", 1), 0).allowed, false, "s0 is still counted");
  assert.equal(small.charge(api("new", 1), 60_000).allowed, true, "what has expired makes room");
});

test("faults in limits are all reported, each with its place", () => {
  const bad =
    '{"a": {"algorithm": "leaky", "rate": {"units": 0, "per": "1x"}, "subject": ["ip"]}, "b": {}}';
  const { code, issues } = errorOf(() => newCore().createLimiter(bad));
  assert.equal(code, "invalid_policy");
  const pointers = issues.map(({ pointer }) => pointer);
  for (const pointer of ["/a/algorithm", "/a/rate/units", "/a/rate/per"])
    assert.ok(pointers.includes(pointer), pointer);
  assert.ok(pointers.some((pointer) => pointer.startsWith("/b")));
  const units = issues.find(({ pointer }) => pointer === "/a/rate/units");
  assert.equal(bad.slice(units.byteOffset, units.byteOffset + 1), "0");
});

test("a disposed limiter is stale", () => {
  const one = limiter();
  one.dispose();
  one.dispose();
  assert.equal(errorOf(() => one.charge(api(), 0)).code, "stale_handle");
});

test("a block denies until its time, and can be taken back", () => {
  const gcra = limiter();
  gcra.charge(api(), 5000);
  gcra.block({ limit: "api", subject: "me" }, 7000);
  const denied = gcra.charge(api(), 5000);
  assert.equal(denied.allowed, false);
  assert.equal(denied.verdicts[0].retryAfterMs, 2000);
  assert.equal(gcra.charge([...api(), { limit: "day", subject: "ip" }], 5000).allowed, false);
  assert.equal(gcra.charge(api("you"), 5000).allowed, true);
  gcra.reset([{ limit: "api", subject: "me" }]);
  assert.equal(gcra.charge(api(), 6999).allowed, false, "a reset leaves it");
  assert.equal(gcra.charge(api(), 7000).allowed, true);
  gcra.block({ limit: "api", subject: "me" }, 9000);
  assert.equal(gcra.charge(api(), 8000).allowed, false);
  gcra.block({ limit: "api", subject: "me" }, 0);
  assert.equal(gcra.charge(api(), 8000).allowed, true);
  const unknown = errorOf(() => gcra.block({ limit: "nope", subject: "me" }, 1));
  assert.equal(unknown.code, "invalid_argument");
});

test("new amounts go on with what was used, faulty ones change nothing", () => {
  const window = limiter();
  const day = (cost) => window.charge([{ limit: "day", subject: "ip", cost }], 0);
  assert.equal(day(4).verdicts[0].remaining, 1);
  const limits = JSON.parse(LIMITS);
  limits.day.rate.units = 9;
  delete limits.api;
  window.setRules(JSON.stringify(limits));
  assert.deepEqual(
    window.limits.map(({ name }) => name),
    ["day"],
  );
  assert.equal(day(1).verdicts[0].remaining, 4);
  assert.equal(errorOf(() => window.charge(api(), 0)).code, "invalid_argument");
  limits.day.rate.units = 0;
  assert.equal(errorOf(() => window.setRules(JSON.stringify(limits))).code, "invalid_policy");
  assert.equal(day(1).verdicts[0].remaining, 3);
});

test("changes go from one limiter to another with the same seed", () => {
  const one = limiter();
  const two = limiter();
  one.charge(api("me", 2), 0);
  one.charge([{ limit: "day", subject: "ip", cost: 5 }], 0);
  one.block({ limit: "api", subject: "you" }, 500);
  two.load(one.drainChanges(), 0);
  assert.equal(two.charge(api(), 0).verdicts[0].remaining, 0);
  assert.equal(two.charge([{ limit: "day", subject: "ip" }], 0).allowed, false);
  assert.equal(two.charge(api("you"), 499).allowed, false);

  const nothing = one.drainChanges();
  one.charge(api(), 0);
  const little = one.drainChanges();
  assert.equal(little.length - nothing.length, 24, "one counter");
  one.reset([{ limit: "day", subject: "ip" }]);
  two.load(one.drainChanges(), 0);
  assert.equal(two.charge([{ limit: "day", subject: "ip" }], 0).allowed, true);

  const elsewhere = instantiateSync(module, { seed: new Uint8Array(16) }).createLimiter(LIMITS);
  const error = errorOf(() => elsewhere.load(little, 0));
  assert.equal(error.code, "invalid_argument");
  assert.match(error.message, /another seed/);
  assert.equal(errorOf(() => two.load(little.subarray(1), 0)).code, "invalid_argument");
});

test("algorithms that remember each charge are refused by name", () => {
  const limits = {
    log: { algorithm: "sliding_log", rate: { units: 5, per: "1m" }, subject: ["ip"] },
  };
  const error = errorOf(() => newCore().createLimiter(JSON.stringify(limits)));
  assert.equal(error.code, "invalid_argument");
  assert.match(error.message, /"log".*sliding_log/);
});
