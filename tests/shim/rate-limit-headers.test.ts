import { describe, expect, inject, it } from "vitest";
import type { LimitVerdict } from "../../worker-shim/gateway/verdicts.ts";
import type { PreparedLimit } from "../../worker-shim/gateway/prepared.ts";
import {
  policyItem,
  policyName,
  retryAfterSeconds,
  setRateLimitHeaders,
  type HeaderForm,
} from "../../worker-shim/gateway/rate-limit-headers.ts";
import { parseStringList } from "./structured-fields.ts";

const EXAMPLES = inject("rateLimitExamples");

function item(name: string, units: number, periodMs: number): string {
  return policyItem({ name, algorithm: "fixed_window", periodMs }, units);
}

/** A limit whose second rule, an override's, has ten times the units. */
function limitOf(
  name: string,
  units: number,
  periodMs: number,
  retryJitterMs = 0,
  algorithm: "fixed_window" | "concurrency" = "fixed_window",
): PreparedLimit {
  return {
    name: policyName(name),
    isConcurrency: algorithm === "concurrency",
    limit: { name, units, periodMs, algorithm, retryJitterMs },
    rules: [units, 10 * units].map((amount) => ({
      units: amount,
      policyItem: policyItem({ name, algorithm, periodMs }, amount),
    })),
  } as unknown as PreparedLimit;
}

function verdict(limit: PreparedLimit, rest: Partial<LimitVerdict> = {}): LimitVerdict {
  return {
    limit,
    rule: 0,
    shadow: false,
    allowed: true,
    blocked: false,
    remaining: 50,
    resetMs: 30_000,
    retryAfterMs: null,
    ...rest,
  };
}

function headersIn(form: HeaderForm, ...verdicts: LimitVerdict[]): Headers {
  const headers = new Headers();
  setRateLimitHeaders(headers, verdicts, form);
  return headers;
}

const headersOf = (...verdicts: LimitVerdict[]): Headers => headersIn(true, ...verdicts);

const perCustomer = limitOf("perCustomer", 100, 60_000);

describe("RateLimit fields", () => {
  it("have the draft's form", () => {
    const headers = headersOf(verdict(perCustomer));
    expect(headers.get("ratelimit-policy")).toBe('"perCustomer";q=100;w=60');
    expect(headers.get("ratelimit")).toBe('"perCustomer";r=50;t=30');
  });

  it("list each limit once, with its last verdict", () => {
    const other = limitOf("day", 1000, 86_400_000);
    const headers = headersOf(
      verdict(perCustomer),
      verdict(other),
      verdict(perCustomer, { remaining: 45 }),
    );
    expect(headers.get("ratelimit-policy")).toBe('"day";q=1000;w=86400, "perCustomer";q=100;w=60');
    expect(headers.get("ratelimit")).toBe('"day";r=50;t=30, "perCustomer";r=45;t=30');
  });

  it("state the quota of the rule in force", () => {
    const headers = headersOf(verdict(perCustomer, { rule: 1, remaining: 999 }));
    expect(headers.get("ratelimit-policy")).toBe('"perCustomer";q=1000;w=60');
    expect(headers.get("ratelimit")).toBe('"perCustomer";r=999;t=30');
  });

  it("say no more units than the quota has, where a burst is beyond it", () => {
    const headers = headersIn("x", verdict(perCustomer, { remaining: 150 }));
    expect(headers.get("ratelimit")).toBe('"perCustomer";r=100;t=30');
    expect(headers.get("x-ratelimit-remaining")).toBe("100");
  });

  it("say nothing of limits in shadow", () => {
    const shadow = verdict(limitOf("shadow", 1, 1000), { shadow: true, allowed: false });
    expect([...headersOf(shadow)]).toEqual([]);
    expect(headersOf(shadow, verdict(perCustomer)).get("ratelimit")).toBe(
      '"perCustomer";r=50;t=30',
    );
  });

  it("count slots in requests at the same time, which come back nobody knows when", () => {
    const slots = limitOf("slots", 10, 30_000, 0, "concurrency");
    const headers = headersOf(verdict(slots, { remaining: 3 }));
    expect(headers.get("ratelimit-policy")).toBe('"slots";q=10;qu="concurrent-requests"');
    expect(headers.get("ratelimit")).toBe('"slots";r=3');
    expect(parseStringList(headers.get("ratelimit-policy") ?? "")).toHaveLength(1);
  });

  it("are absent where the route doesn't want them", () => {
    expect([...headersIn(false, verdict(perCustomer))]).toEqual([]);
  });

  it("are absent where nothing was answered", () => {
    expect([...headersOf()]).toEqual([]);
  });

  it("leave a window out that is not whole seconds", () => {
    expect(item("a", 5, 250)).toBe('"a";q=5');
    expect(item("a", 5, 1500)).toBe('"a";q=5');
    expect(item("a", 5, 1000)).toBe('"a";q=5;w=1');
  });

  it("round the time up, so that nobody comes back too early", () => {
    expect(headersOf(verdict(perCustomer, { resetMs: 29_001 })).get("ratelimit")).toContain(
      ";t=30",
    );
    expect(headersOf(verdict(perCustomer, { resetMs: 0 })).get("ratelimit")).toContain(";t=0");
  });

  it("state for a denied charge when it could pass, not when the quota is full again", () => {
    const denied = verdict(perCustomer, {
      allowed: false,
      remaining: 0,
      resetMs: 60_000,
      retryAfterMs: 1_200,
    });
    expect(headersOf(denied).get("ratelimit")).toBe('"perCustomer";r=0;t=2');
  });

  it.each([
    ['say "hi"', '"say \\"hi\\""'],
    ["back\\slash", '"back\\\\slash"'],
    ["né\n😀", '"n"'],
  ])("escape %j as a Structured Field string", (name, expected) => {
    expect(policyName(name)).toBe(expected);
    expect(parseStringList(policyName(name))).toHaveLength(1);
  });

  it("are what the grammar of Structured Fields has, with the draft's keys only", () => {
    for (const periodMs of [1, 999, 1000, 60_000, 31_622_400_000]) {
      for (const units of [1, 100, 1_000_000_000]) {
        const limit = limitOf("a-Z_9", units, periodMs);
        const headers = headersOf(
          verdict(limit, { resetMs: periodMs, remaining: units }),
          verdict(perCustomer),
        );
        const policy = parseStringList(headers.get("ratelimit-policy") ?? "");
        const state = parseStringList(headers.get("ratelimit") ?? "");
        expect(policy?.map(({ value }) => value)).toEqual(["a-Z_9", "perCustomer"]);
        expect(state?.map(({ value }) => value)).toEqual(["a-Z_9", "perCustomer"]);
        expect(
          [...(policy?.[0]?.params.keys() ?? [])].every((key) => key === "q" || key === "w"),
        ).toBe(true);
        expect([...(state?.[0]?.params.keys() ?? [])]).toEqual(["r", "t"]);
      }
    }
  });
});

describe("X-RateLimit fields", () => {
  const day = limitOf("day", 1000, 86_400_000);
  const older = (...verdicts: LimitVerdict[]): (string | null)[] => {
    const headers = headersIn("x", ...verdicts);
    expect(headers.has("ratelimit")).toBe(true);
    return ["limit", "remaining", "reset"].map((name) => headers.get(`x-ratelimit-${name}`));
  };

  it("are there on request only", () => {
    expect(headersOf(verdict(perCustomer)).has("x-ratelimit-limit")).toBe(false);
    expect(older(verdict(perCustomer))).toEqual(["100", "50", "30"]);
  });

  it("tell of the limit with the least share left", () => {
    const verdicts = [verdict(perCustomer), verdict(day, { remaining: 499, resetMs: 5_000 })];
    expect(older(...verdicts)).toEqual(["1000", "499", "5"]);
    expect(older(...verdicts.toReversed())).toEqual(["1000", "499", "5"]);
  });

  it("tell of the limit that denied, for the longest if several did", () => {
    const denied = (limit: PreparedLimit, retryAfterMs: number): LimitVerdict =>
      verdict(limit, { allowed: false, remaining: 3, retryAfterMs });
    expect(older(verdict(day, { remaining: 0 }), denied(perCustomer, 900))).toEqual([
      "100",
      "3",
      "1",
    ]);
    expect(older(denied(day, 9_000), denied(perCustomer, 900))).toEqual(["1000", "3", "9"]);
  });

  it("say nothing of limits in shadow", () => {
    const shadow = verdict(day, { shadow: true, remaining: 0 });
    expect(older(shadow, verdict(perCustomer))).toEqual(["100", "50", "30"]);
  });
});

describe.skipIf(EXAMPLES === "")("the draft's own examples", () => {
  const lines = EXAMPLES.split("\n").filter((line) => line.startsWith("RateLimit"));

  it("are read by the checker, but for the `quota` tokens that break the draft's grammar", () => {
    expect(lines.length).toBeGreaterThan(40);
    for (const line of lines) {
      const value = line.slice(line.indexOf(":") + 1);
      expect(parseStringList(value) === undefined, line).toBe(/^ *quota/.test(value));
    }
  });

  it("come out of our writer where they say no more than q, w, r and t", () => {
    let written = 0;
    for (const line of lines) {
      const field = line.slice(0, line.indexOf(":"));
      const items = parseStringList(line.slice(line.indexOf(":") + 1));
      if (items?.length !== 1) continue;
      const { value, params } = items[0] as NonNullable<(typeof items)[0]>;
      const keys = [...params.keys()].join();
      if (keys === "q,w") {
        const ours = item(value, Number(params.get("q")), Number(params.get("w")) * 1000);
        expect(`${field}: ${ours}`).toBe(line);
        written += 1;
      } else if (keys === "r,t") {
        const limit = limitOf(value, 1_000_000_000, 1000);
        const t = Number(params.get("t")) * 1000;
        const ours = headersOf(
          verdict(limit, { remaining: Number(params.get("r")), resetMs: t }),
        ).get("ratelimit");
        expect(ours).toBe(line.slice(line.indexOf(":") + 1).trim());
        written += 1;
      }
    }
    expect(written).toBeGreaterThan(20);
  });
});

describe("Retry-After", () => {
  const denied = (retryAfterMs: number | null): LimitVerdict =>
    verdict(perCustomer, { allowed: false, remaining: 0, retryAfterMs });

  it("is whole seconds, rounded up, at least one", () => {
    expect(retryAfterSeconds([denied(1)])).toBe(1);
    expect(retryAfterSeconds([denied(1000)])).toBe(1);
    expect(retryAfterSeconds([denied(1001)])).toBe(2);
  });

  it("is the longest wait, and not earlier than any t", () => {
    const verdicts = [denied(5_000), denied(61_500), verdict(perCustomer)];
    expect(retryAfterSeconds(verdicts)).toBe(62);
  });

  it("is spread by the limit's jitter, and never earlier than without", () => {
    const jittery = limitOf("jittery", 1, 1000, 4_000);
    const late = verdict(jittery, { allowed: false, remaining: 0, retryAfterMs: 10_000 });
    expect(retryAfterSeconds([late], () => 0)).toBe(10);
    expect(retryAfterSeconds([late], () => 0.5)).toBe(12);
    expect(retryAfterSeconds([late, denied(13_000)], () => 0.5)).toBe(13);
    const seen = new Set(Array.from({ length: 200 }, () => retryAfterSeconds([late])));
    expect([...seen].every((seconds) => Number(seconds) >= 10 && Number(seconds) <= 14)).toBe(true);
    expect(seen.size).toBeGreaterThan(2);
  });

  it("isn't prolonged by limits in shadow", () => {
    const shadow = verdict(perCustomer, { shadow: true, allowed: false, retryAfterMs: null });
    expect(retryAfterSeconds([shadow, denied(2_000)])).toBe(2);
  });

  it("is absent where coming back would not help", () => {
    expect(retryAfterSeconds([denied(5_000), denied(null)])).toBeUndefined();
  });
});
