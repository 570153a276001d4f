import assert from "node:assert/strict";
import { test } from "node:test";
import { errorOf, newCore } from "./support.mjs";

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
