import { describe, expect, it, vi } from "vitest";
import { HeldBodies } from "../../worker-shim/gateway/held-bodies.ts";
import { BodyReader } from "../../worker-shim/gateway/read-body.ts";

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

  it("gives nothing to a lease that has ended", () => {
    const held = new HeldBodies(100);
    const lease = held.open(1000);
    lease.release();
    expect(lease.take(1)).toBe(false);
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

describe("a body that is read", () => {
  const KIB = 1024;
  const MIB = 1024 * KIB;

  it("holds 64 KiB at first, whatever it says it has", async () => {
    const held = new HeldBodies(32 * MIB);
    const { readable, writable } = new IdentityTransformStream();
    const reader = new BodyReader(readable, 16 * MIB, 16 * MIB, held.open(1000));
    const read = reader.read();
    expect(held.bytes).toBe(64 * KIB);
    await writable.getWriter().close();
    expect(await read).toMatchObject({ whole: true });
  });

  it.each<[length: number, declared: number | undefined]>([
    [0, 0],
    [3, 0],
    [70 * KIB, undefined],
    [64 * KIB - 1, 64 * KIB - 1],
    [64 * KIB, 64 * KIB],
    [64 * KIB + 1, 64 * KIB + 1],
    [900 * KIB, 900 * KIB],
    [100 * KIB, 900 * KIB],
    [900 * KIB, 100 * KIB],
    [MIB, MIB],
  ])("comes whole: %d bytes that are said to be %j", async (length, declared) => {
    const held = new HeldBodies(32 * MIB);
    const bytes = new Uint8Array(length).map((_, index) => index % 251);
    const { readable, writable } = new IdentityTransformStream();
    const writer = writable.getWriter();
    const sent = (async (): Promise<void> => {
      if (length > 0) await writer.write(bytes.slice());
      await writer.close();
    })();
    const read = await new BodyReader(readable, MIB, declared, held.open(1000)).read();
    await sent;
    if (!read.whole) throw new Error(read.why);
    expect(read.bytes.length).toBe(length);
    expect(read.bytes.every((byte, index) => byte === index % 251)).toBe(true);
    expect(held.bytes).toBeLessThanOrEqual(4 * length + 64 * KIB);
  });

  it("is too large by one byte, and goes on from its start", async () => {
    const { readable, writable } = new IdentityTransformStream();
    const sent = writable.getWriter().write(new Uint8Array(100 * KIB + 1));
    const read = await new BodyReader(readable, 100 * KIB, undefined, undefined).read();
    await sent;
    if (read.whole) throw new Error("it was read whole");
    expect(read.why).toBe("too-large");
    expect(read.head.reduce((sum, part) => sum + part.length, 0)).toBe(100 * KIB + 1);
  });
});
