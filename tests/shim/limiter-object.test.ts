import {
  abortAllDurableObjects,
  evictDurableObject,
  runDurableObjectAlarm,
  runInDurableObject,
} from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SluiceError } from "../../worker-shim/core/errors.ts";
import { isolateCore } from "../../worker-shim/isolate.ts";
import type { LimiterObject } from "../../worker-shim/index.ts";
import {
  Kind,
  readReply,
  requestFrame,
  type Durability,
  type Operation,
  type OperationVerdict,
} from "../support/limit-frames.ts";
import { env } from "./support.ts";

type Stub = DurableObjectStub<LimiterObject>;

const SECOND = 1_000;
const DAY = 86_400_000;

function ruleOf(limit: object): string {
  const limiter = isolateCore().createLimiter(JSON.stringify({ l: { ...limit, subject: ["ip"] } }));
  const { rule } = limiter.limits[0] ?? { rule: "" };
  limiter.dispose();
  return rule;
}

const firstUse = (units: number): object => ({
  algorithm: "fixed_window",
  rate: { units, per: "24h", window: "firstUse" },
});

let day: string;
let burst: string;
let many: string;
let lastId = 5n << 32n;

beforeEach(() => {
  day = ruleOf(firstUse(3));
  burst = ruleOf({ algorithm: "gcra", rate: { units: 3, per: "24h" } });
  many = ruleOf(firstUse(16_000));
});
afterEach(() => {
  vi.useRealTimers();
});

const objectOf = (name: string): Stub => env.SLUICE_LIMITER.getByName(name);

const chargeOf = (rule: string, cost = 1, rest: Partial<Operation> = {}): Operation => ({
  kind: Kind.charge,
  rule,
  cost,
  id: ++lastId,
  ...rest,
});

async function step(
  object: Stub,
  durability: Durability,
  ...operations: Operation[]
): Promise<ReturnType<typeof readReply>> {
  return readReply(await object.step(requestFrame(durability, operations)));
}

async function charge(
  object: Stub,
  durability: Durability,
  rule: string,
  cost = 1,
  rest: Partial<Operation> = {},
): Promise<OperationVerdict> {
  const { verdicts } = await step(object, durability, chargeOf(rule, cost, rest));
  return verdicts[0] as OperationVerdict;
}

const peek = async (object: Stub, durability: Durability, rule: string): Promise<number> =>
  (await step(object, durability, { kind: Kind.peek, rule, cost: 0 })).verdicts[0]?.remaining ?? -1;

/** What `use` does to an object's storage, beside its life. */
const inStorage = <T>(object: Stub, use: (storage: DurableObjectStorage) => T): Promise<T> =>
  runInDurableObject(object, (_instance, { storage }) => use(storage));

const rowOf = (object: Stub): Promise<Uint8Array | undefined> =>
  inStorage(object, ({ kv }) => kv.get<Uint8Array>("state"));

/** Counts what is put into the object's storage from now on. */
async function countPuts(object: Stub): Promise<() => Promise<number>> {
  await inStorage(object, (storage) => {
    const { kv } = storage;
    const put = kv.put.bind(kv);
    const counted = storage as DurableObjectStorage & { puts?: number };
    counted.puts = 0;
    kv.put = (key, value) => {
      counted.puts = (counted.puts ?? 0) + 1;
      put(key, value);
    };
  });
  return () =>
    inStorage(object, (storage) => (storage as DurableObjectStorage & { puts?: number }).puts ?? 0);
}

const after = (ms: number): void => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + ms });
};

describe("a limiter object", () => {
  it("charges all or nothing", async () => {
    const object = objectOf("all-or-nothing");
    const both = (first: Operation, second: Operation): Promise<ReturnType<typeof readReply>> =>
      step(object, "memory", first, second);
    expect((await both(chargeOf(day, 2), chargeOf(burst, 1))).allowed).toBe(true);
    const denied = await both(chargeOf(burst, 1), chargeOf(day, 2));
    expect(denied.allowed).toBe(false);
    expect(denied.verdicts.map(({ allowed }) => allowed)).toEqual([true, false]);
    expect((await both(chargeOf(day, 1), chargeOf(burst, 2))).allowed).toBe(true);
    expect((await charge(object, "memory", burst)).allowed).toBe(false);
  });

  it("refuses a frame that is none, and goes on", async () => {
    const object = objectOf("frames");
    await charge(object, "strict", day);
    await evictDurableObject(object);
    await runInDurableObject<LimiterObject, undefined>(object, (instance) => {
      for (const frame of [new Uint8Array(0), new Uint8Array(9), new Uint8Array(88).fill(0xff)]) {
        expect(() => instance.step(frame)).toThrow(
          expect.objectContaining({ code: "invalid_argument" }),
        );
      }
    });
    expect((await charge(object, "strict", day)).remaining).toBe(1);
  });

  it("answers many at once as if one after the other", async () => {
    for (const durability of ["memory", "strict", "checkpoint"] as const) {
      const object = objectOf(`concurrent ${durability}`);
      const verdicts = await Promise.all(
        Array.from({ length: 12 }, () => charge(object, durability, day)),
      );
      expect(verdicts.filter(({ allowed }) => allowed)).toHaveLength(3);
    }
  });

  it("shares the isolate's core with others without sharing state", async () => {
    const remaining = await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        const object = objectOf(`many-${String(index)}`);
        await charge(object, "memory", day);
        return (await charge(object, "memory", day)).remaining;
      }),
    );
    expect(new Set(remaining)).toEqual(new Set([1]));
  });

  it("counts a charge that comes twice once", async () => {
    const object = objectOf("twice");
    const operation = chargeOf(day);
    for (const seen of [false, true, true]) {
      const { verdicts } = await step(object, "strict", operation);
      expect(verdicts[0]).toMatchObject({ allowed: true, seen });
      await evictDurableObject(object);
    }
    expect(await peek(object, "strict", day)).toBe(2);
  });
});

describe("strict durability", () => {
  it("survives the object's eviction and abort", async () => {
    const object = objectOf("strict");
    expect((await charge(object, "strict", day)).remaining).toBe(2);
    await evictDurableObject(object);
    expect((await charge(object, "strict", day)).remaining).toBe(1);
    await abortAllDurableObjects();
    expect((await charge(objectOf("strict"), "strict", day)).remaining).toBe(0);
    expect((await charge(objectOf("strict"), "strict", day)).allowed).toBe(false);
  });

  it("writes a row for what is admitted, none for what is denied or only asked", async () => {
    const object = objectOf("strict-rows");
    const puts = await countPuts(object);
    await charge(object, "strict", day);
    expect(await puts()).toBe(1);
    await charge(object, "strict", day, 3);
    await peek(object, "strict", day);
    expect(await puts()).toBe(1);
  });

  it("writes one row for charges that come while a row is being written", async () => {
    const object = objectOf("group");
    const puts = await countPuts(object);
    const replies = await runInDurableObject<LimiterObject, Uint8Array[]>(object, (instance) =>
      Promise.all(
        Array.from({ length: 100 }, async () =>
          instance.step(requestFrame("strict", [chargeOf(many)])),
        ),
      ),
    );
    expect(replies.every((reply) => readReply(reply).allowed)).toBe(true);
    expect(await puts()).toBe(1);
    await evictDurableObject(object);
    expect(await peek(object, "strict", many)).toBe(15_900);
  });

  it("keeps a lease through a restart", async () => {
    const object = objectOf("strict-lease");
    const { leased } = await charge(object, "strict", many, 1, {
      want: 50,
      durationMs: 30 * SECOND,
    });
    expect(leased).toBeGreaterThan(0);
    await evictDurableObject(object);
    expect(await peek(object, "strict", many)).toBe(15_999 - leased);
  });
});

describe("checkpoint durability", () => {
  it("writes a row a block; what was left of it counts as spent after a restart", async () => {
    const object = objectOf("checkpoint");
    const puts = await countPuts(object);
    for (let count = 0; count < 500; count++) await charge(object, "checkpoint", many);
    expect(await puts()).toBeLessThan(50);
    expect(await peek(object, "checkpoint", many)).toBe(15_500);
    await evictDurableObject(object);
    const remaining = await peek(object, "checkpoint", many);
    expect(remaining).toBeLessThanOrEqual(15_500);
    expect(remaining).toBeGreaterThanOrEqual(15_500 - 1_000);
  });
});

describe("memory durability", () => {
  it("lives as long as the object, and leaves storage alone", async () => {
    const object = objectOf("memory");
    const puts = await countPuts(object);
    await charge(object, "memory", day, 3);
    expect((await charge(object, "memory", day)).allowed).toBe(false);
    expect(await puts()).toBe(0);
    await evictDurableObject(object);
    expect((await charge(object, "memory", day)).allowed).toBe(true);
  });

  it("admits nothing after a restart until its leases have ended", async () => {
    const object = objectOf("memory-leases");
    const lease = { want: 10, durationMs: 5 * SECOND };
    const { leased, leaseMs } = await charge(object, "memory", many, 1, lease);
    expect(leased).toBeGreaterThan(0);
    await evictDurableObject(object);
    const denied = await charge(object, "memory", many);
    expect(denied.allowed).toBe(false);
    expect(denied.retryAfterMs).toBeGreaterThanOrEqual(leaseMs - SECOND);
    after(denied.retryAfterMs + 1);
    expect((await charge(object, "memory", many)).allowed).toBe(true);
  });

  it("keeps what it counted when the limit turns strict", async () => {
    const object = objectOf("strict-after-memory");
    await charge(object, "memory", day, 2);
    expect((await charge(object, "strict", day)).remaining).toBe(0);
    await evictDurableObject(object);
    expect((await charge(object, "strict", day)).allowed).toBe(false);
  });
});

describe("state that is over", () => {
  const minute = (): string =>
    ruleOf({
      algorithm: "fixed_window",
      rate: { units: 3, per: "60s", window: "firstUse" },
    });
  const alarmOf = (object: Stub): Promise<number | null> =>
    runInDurableObject(object, (_instance, { storage }) => storage.getAlarm());

  it("is deleted by an alarm, one for all charges", async () => {
    const object = objectOf("over");
    const rule = minute();
    await charge(object, "strict", rule);
    const alarm = await alarmOf(object);
    expect(alarm).toBeGreaterThan(Date.now() + 60 * SECOND);
    await charge(object, "strict", rule);
    expect(await alarmOf(object)).toBe(alarm);
    after(2 * DAY);
    expect(await runDurableObjectAlarm(object)).toBe(true);
    expect(await rowOf(object)).toBeUndefined();
    expect(await alarmOf(object)).toBeNull();
    expect((await charge(object, "strict", rule)).remaining).toBe(2);
    expect(await alarmOf(object)).not.toBeNull();
  });

  it("isn't deleted before, nor what was charged meanwhile", async () => {
    const object = objectOf("not over");
    await charge(object, "strict", day);
    expect(await runDurableObjectAlarm(object)).toBe(true);
    expect(await rowOf(object)).toBeDefined();
    expect(await alarmOf(object)).not.toBeNull();
    await evictDurableObject(object);
    expect(await runDurableObjectAlarm(object)).toBe(true);
    expect((await charge(object, "strict", day)).remaining).toBe(1);
  });

  it("leaves no alarm where nothing is stored", async () => {
    const object = objectOf("no alarm");
    await charge(object, "memory", day);
    expect(await alarmOf(object)).toBeNull();
  });
});

describe("stored state that can't be read", () => {
  const { error } = console;
  const errors: unknown[] = [];
  beforeEach(() => {
    errors.length = 0;
    console.error = (message: unknown) => errors.push(message);
  });
  afterEach(() => {
    console.error = error;
  });

  /** An object that was charged, restarted and finds `row`. */
  async function damaged(name: string, row: unknown): Promise<Stub> {
    const object = objectOf(name);
    await charge(object, "strict", day, 2);
    await inStorage(object, ({ kv }) => {
      kv.put("state", row);
    });
    await evictDurableObject(object);
    return object;
  }

  const outcome = (object: Stub): Promise<unknown> =>
    runInDurableObject<LimiterObject, unknown>(object, async (instance) => {
      try {
        return readReply(await instance.step(requestFrame("strict", [chargeOf(day)]))).allowed;
      } catch (thrown) {
        return (thrown as Error).message;
      }
    });

  const rows = {
    noise: Uint8Array.from({ length: 300 }, (_, index) => index * 7),
    "of another version": Uint8Array.of(3, 0, 0, 0, ...new Uint8Array(220)),
    short: new Uint8Array(5),
    "no bytes": "state",
  };

  it.each(Object.entries(rows))("(%s) fails its object, and stays", async (name, row) => {
    const object = await damaged(name, row);
    expect(await outcome(object)).toMatch(/can't be read/);
    expect(await outcome(object)).toMatch(/can't be read/);
    await evictDurableObject(object);
    expect(await outcome(object)).toMatch(/can't be read/);
    expect(await inStorage(object, ({ kv }) => kv.get("state"))).toEqual(row);
    expect(errors).toHaveLength(2);
  });

  it("is forgotten when nothing of it can count any more", async () => {
    const object = await damaged("forgotten", new Uint8Array(5));
    expect(await outcome(object)).toMatch(/counts anew in 172800 s/);
    after(2 * DAY + 1);
    expect(await outcome(object)).toBe(true);
    await evictDurableObject(object);
    expect((await charge(object, "strict", day)).remaining).toBe(1);
    expect(await inStorage(object, ({ kv }) => [...kv.list()].map(([key]) => key))).toEqual([
      "state",
    ]);
  });

  it("is deleted by the alarm when nobody's charge of then can count any more", async () => {
    const object = await damaged("deleted", new Uint8Array(5));
    expect(await runDurableObjectAlarm(object)).toBe(true);
    expect(await rowOf(object)).toBeDefined();
    after(732 * DAY + SECOND);
    expect(await runDurableObjectAlarm(object)).toBe(true);
    expect(await inStorage(object, ({ kv }) => [...kv.list()])).toEqual([]);
    expect(await inStorage(object, (storage) => storage.getAlarm())).toBeNull();
    expect(await outcome(object)).toBe(true);
  });

  it("is not what storage that fails for a moment means", async () => {
    const object = objectOf("storage fails");
    await charge(object, "strict", day, 2);
    await evictDurableObject(object);
    await inStorage(object, ({ kv }) => {
      const down = (): never => {
        throw new Error("storage is down");
      };
      vi.spyOn(kv, "get").mockImplementationOnce(down).mockImplementationOnce(down);
    });
    expect(await outcome(object)).toBe("storage is down");
    expect((await charge(object, "strict", day)).remaining).toBe(0);
  });

  it("can be a row that can't be deserialized", async () => {
    const object = objectOf("no clone");
    await charge(object, "strict", day, 2);
    await evictDurableObject(object);
    await inStorage(object, ({ kv }) => {
      vi.spyOn(kv, "get").mockImplementationOnce(() => {
        throw new Error("unable to deserialize cloned data");
      });
    });
    expect(await outcome(object)).toMatch(/can't be read/);
    expect(await outcome(object)).toMatch(/can't be read/);
    expect(await rowOf(object)).toBeDefined();
  });

  it("is not what a core that traps twice means", async () => {
    const object = objectOf("trapped twice");
    await charge(object, "strict", day, 2);
    await evictDurableObject(object);
    const trap = vi.spyOn(isolateCore(), "stepLimit");
    const poisoned = (): never => {
      throw new SluiceError("poisoned", "the core trapped");
    };
    trap.mockImplementationOnce(poisoned).mockImplementationOnce(poisoned);
    expect(await outcome(object)).toBe("the core trapped");
    trap.mockRestore();
    expect((await charge(object, "strict", day)).remaining).toBe(0);
  });

  it("is forgotten at a reset", async () => {
    const object = await damaged("reset", new Uint8Array(5));
    expect(await outcome(object)).toMatch(/unless it is reset/);
    await step(object, "strict", { kind: Kind.reset, rule: day }, chargeOf(day));
    expect((await charge(object, "strict", day)).remaining).toBe(1);
  });

  it("goes on where it was, for a version that can read it", async () => {
    const object = objectOf("rolled forward");
    await charge(object, "strict", day, 2);
    const good = await rowOf(object);
    await inStorage(object, ({ kv }) => {
      kv.put("state", new Uint8Array(5));
    });
    await evictDurableObject(object);
    expect(await outcome(object)).toMatch(/can't be read/);
    await inStorage(object, ({ kv }) => {
      kv.put("state", good);
    });
    await evictDurableObject(object);
    expect((await charge(object, "strict", day)).remaining).toBe(0);
  });
});
