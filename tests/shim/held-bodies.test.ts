import { describe, expect, it, vi } from "vitest";
import { HeldBodies } from "../../worker-shim/gateway/held-bodies.ts";

describe("the budget over held bodies", () => {
  it("is one for all leases, and is given back whole", () => {
    const held = new HeldBodies(100);
    const first = held.open(1000);
    const second = held.open(1000);
    expect(first.take(60)).toBe(true);
    expect(second.take(41)).toBe(false);
    expect(second.take(40)).toBe(true);
    expect(first.take(1)).toBe(false);
    expect(held.bytes).toBe(100);
    first.release();
    expect(held.bytes).toBe(40);
    expect(second.take(60)).toBe(true);
    second.release();
    second.release();
    expect(held.bytes).toBe(0);
  });

  it.each([NaN, -1, 1.5, Infinity])("can't be %d", (most) => {
    expect(() => new HeldBodies(most)).toThrow(RangeError);
  });

  it("takes back what an abandoned request held, once its time is over", () => {
    vi.useFakeTimers({ now: 0 });
    try {
      const held = new HeldBodies(100);
      const abandoned = held.open(1000);
      expect(abandoned.take(80)).toBe(true);
      vi.setSystemTime(1000);
      expect(held.open(1000).take(50)).toBe(false);
      vi.setSystemTime(1001);
      expect(held.open(1000).take(50)).toBe(true);
      expect(held.bytes).toBe(50);
      // It was not abandoned after all.
      abandoned.release();
      expect(held.bytes).toBe(50);
    } finally {
      vi.useRealTimers();
    }
  });
});
