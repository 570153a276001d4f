import { abortAllDurableObjects, evictDurableObject, runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import {
  decodeReply,
  encodeRequest,
  ruleBytes,
  type Reply,
} from "../../worker-shim/core/charge-frames.ts";
import { isolateCore } from "../../worker-shim/isolate.ts";
import type { Durability, LimiterObject } from "../../worker-shim/index.ts";
import { env } from "./support.ts";

const limits = {
  day: { algorithm: "fixed_window", rate: { units: 3, per: "24h" } },
  burst: { algorithm: "gcra", rate: { units: 3, per: "24h" } },
};

function rules(): Map<string, Uint8Array> {
  const text = JSON.stringify(
    Object.fromEntries(
      Object.entries(limits).map(([name, limit]) => [name, { ...limit, subject: ["ip"] }]),
    ),
  );
  const limiter = isolateCore().createLimiter(text);
  const found = new Map(limiter.limits.map(({ name, rule }) => [name, ruleBytes(rule)]));
  limiter.dispose();
  return found;
}

function objectOf(name: string): DurableObjectStub<LimiterObject> {
  return env.SLUICE_LIMITER.getByName(name);
}

async function charge(
  object: DurableObjectStub<LimiterObject>,
  durability: Durability,
  ...charges: [name: string, cost: number][]
): Promise<Reply> {
  const known = rules();
  const frame = encodeRequest(
    charges.map(([name, cost]) => ({ rule: known.get(name) ?? new Uint8Array(32), cost })),
  );
  return decodeReply(await object.charge(frame, durability), charges.length);
}

const rowsOf = (object: DurableObjectStub<LimiterObject>): Promise<number> =>
  runInDurableObject(object, (_instance, state) => [...state.storage.kv.list()].length);

describe("a limiter object", () => {
  it("charges all or nothing", async () => {
    const object = objectOf("all-or-nothing");
    expect((await charge(object, "memory", ["day", 2], ["burst", 1])).allowed).toBe(true);
    const denied = await charge(object, "memory", ["burst", 1], ["day", 2]);
    expect(denied.allowed).toBe(false);
    expect(denied.verdicts.map(({ allowed }) => allowed)).toEqual([true, false]);
    expect((await charge(object, "memory", ["day", 1], ["burst", 2])).allowed).toBe(true);
    expect((await charge(object, "memory", ["burst", 1])).allowed).toBe(false);
  });

  it("refuses a frame that is none, and goes on", async () => {
    const object = objectOf("frames");
    await charge(object, "memory", ["day", 1]);
    await runInDurableObject(object, (instance) => {
      for (const frame of [new Uint8Array(0), new Uint8Array(9), new Uint8Array(48).fill(0xff)]) {
        expect(() => instance.charge(frame, "memory")).toThrow(
          expect.objectContaining({ code: "invalid_argument" }),
        );
      }
    });
    expect((await charge(object, "memory", ["day", 1])).verdicts[0]?.remaining).toBe(1);
  });

  it("answers many at once as if one after the other", async () => {
    const object = objectOf("concurrent");
    const replies = await Promise.all(
      Array.from({ length: 12 }, () => charge(object, "strict", ["day", 1])),
    );
    expect(replies.filter(({ allowed }) => allowed)).toHaveLength(3);
  });

  it("shares the isolate's core with others without sharing state", async () => {
    const many = await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        const object = objectOf(`many-${String(index)}`);
        await charge(object, "memory", ["day", 1]);
        return charge(object, "memory", ["day", 1]);
      }),
    );
    expect(new Set(many.map(({ verdicts }) => verdicts[0]?.remaining))).toEqual(new Set([1]));
  });
});

describe("strict durability", () => {
  it("survives the object's eviction and abort", async () => {
    const object = objectOf("strict");
    expect((await charge(object, "strict", ["day", 1])).verdicts[0]?.remaining).toBe(2);
    await evictDurableObject(object);
    expect((await charge(object, "strict", ["day", 1])).verdicts[0]?.remaining).toBe(1);
    await abortAllDurableObjects();
    expect((await charge(objectOf("strict"), "strict", ["day", 1])).verdicts[0]?.remaining).toBe(0);
    expect((await charge(objectOf("strict"), "strict", ["day", 1])).allowed).toBe(false);
  });

  it("writes one row for what is admitted, none for what is denied", async () => {
    const object = objectOf("strict-rows");
    await charge(object, "strict", ["day", 1]);
    expect(await rowsOf(object)).toBe(1);
    const before = await storedState(object);
    await charge(object, "strict", ["day", 3]);
    expect(await storedState(object)).toEqual(before);
  });
});

describe("memory durability", () => {
  it("lives as long as the object, and leaves storage alone", async () => {
    const object = objectOf("memory");
    await charge(object, "memory", ["day", 3]);
    expect((await charge(object, "memory", ["day", 1])).allowed).toBe(false);
    expect(await rowsOf(object)).toBe(0);
    await evictDurableObject(object);
    expect((await charge(object, "memory", ["day", 1])).allowed).toBe(true);
  });

  it("doesn't even read what a strict time has stored", async () => {
    const object = objectOf("memory-after-strict");
    await charge(object, "strict", ["day", 3]);
    await evictDurableObject(object);
    expect((await charge(object, "memory", ["day", 1])).allowed).toBe(true);
  });

  it("keeps what it counted when the limit turns strict", async () => {
    const object = objectOf("strict-after-memory");
    await charge(object, "memory", ["day", 2]);
    expect((await charge(object, "strict", ["day", 1])).verdicts[0]?.remaining).toBe(0);
  });
});

function storedState(object: DurableObjectStub<LimiterObject>): Promise<Uint8Array | undefined> {
  return runInDurableObject(object, (_instance, state) =>
    state.storage.kv.get<Uint8Array>("state"),
  );
}
