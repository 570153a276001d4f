import { describe, expect, inject, it } from "vitest";
import type { LimitVerdict } from "../../worker-shim/gateway/charges.ts";
import type { PreparedLimit } from "../../worker-shim/gateway/prepared.ts";
import {
  policyItem,
  policyName,
  retryAfterSeconds,
  setRateLimitHeaders,
} from "../../worker-shim/gateway/rate-limit-headers.ts";
import { parseStringList } from "./structured-fields.ts";

const EXAMPLES = inject("rateLimitExamples");

function limitOf(name: string, units: number, periodMs: number): PreparedLimit {
  return {
    policyItem: policyItem({ name, units, periodMs }),
    name: policyName(name),
  } as PreparedLimit;
}

function verdict(limit: PreparedLimit, rest: Partial<LimitVerdict> = {}): LimitVerdict {
  return { limit, allowed: true, remaining: 50, resetMs: 30_000, retryAfterMs: null, ...rest };
}

function headersOf(...verdicts: LimitVerdict[]): Headers {
  const headers = new Headers();
  setRateLimitHeaders(headers, verdicts);
  return headers;
}

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

  it("are absent where nothing was answered", () => {
    expect([...headersOf()]).toEqual([]);
  });

  it("leave a window out that is not whole seconds", () => {
    expect(policyItem({ name: "a", units: 5, periodMs: 250 })).toBe('"a";q=5');
    expect(policyItem({ name: "a", units: 5, periodMs: 1500 })).toBe('"a";q=5');
    expect(policyItem({ name: "a", units: 5, periodMs: 1000 })).toBe('"a";q=5;w=1');
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
        const ours = policyItem({
          name: value,
          units: Number(params.get("q")),
          periodMs: Number(params.get("w")) * 1000,
        });
        expect(`${field}: ${ours}`).toBe(line);
        written += 1;
      } else if (keys === "r,t") {
        const limit = limitOf(value, 1, 1000);
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

  it("is absent where coming back would not help", () => {
    expect(retryAfterSeconds([denied(5_000), denied(null)])).toBeUndefined();
  });
});
