import { evictDurableObject } from "cloudflare:test";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { isolateCore } from "../../worker-shim/isolate.ts";
import type { LimiterObject } from "../../worker-shim/index.ts";
import { objectName } from "../../worker-shim/limiter/object-name.ts";
import { Shard } from "../../worker-shim/limiter/shard.ts";
import {
  Kind,
  readReply,
  requestFrame,
  type Operation,
  type OperationVerdict,
} from "../support/limit-frames.ts";
import { env } from "./support.ts";

const SHARDS = 4;
const ISOLATES = 12;
const SECOND = 1_000;

function ruleOf(limit: object): string {
  const limiter = isolateCore().createLimiter(JSON.stringify({ l: { ...limit, subject: ["ip"] } }));
  const { rule } = limiter.limits[0] ?? { rule: "" };
  limiter.dispose();
  return rule;
}

const daily = (units: number): string =>
  ruleOf({ algorithm: "fixed_window", rate: { units, per: "24h", window: "firstUse" } });

/** An isolate: its ids have a high word of their own, and it always asks the same shard. */
class Isolate {
  readonly shard: number;
  #lastId: bigint;

  constructor(number: number) {
    this.shard = 1 + (number % SHARDS);
    this.#lastId = BigInt(number + 1) << 32n;
  }

  charge(rule: string, rest: Partial<Operation> = {}): Operation {
    return { kind: Kind.charge, rule, id: ++this.#lastId, durationMs: 30 * SECOND, ...rest };
  }
}

type Answer = ReturnType<typeof readReply>;
type Stub = DurableObjectStub<LimiterObject>;

const shardOf = (subject: string, shard: number): Stub =>
  env.SLUICE_LIMITER.getByName(objectName("api", subject, shard));

async function ask(object: Stub, ...operations: Operation[]): Promise<Answer> {
  return readReply(await object.step(requestFrame("strict", operations)));
}

const remainingAt = async (subject: string, rule: string): Promise<number> =>
  (await ask(shardOf(subject, 0), { kind: Kind.peek, rule, cost: 0 })).verdicts[0]?.remaining ?? -1;

describe("shards of a hot subject", () => {
  it("never give more than the limit, and nearly all of it, with few calls to the root", async () => {
    const rule = daily(1_000);
    const isolates = Array.from({ length: ISOLATES }, (_, number) => new Isolate(number));
    let given = 0;
    let denied = 0;
    await Promise.all(
      isolates.map(async (isolate) => {
        for (let turn = 0; turn < 60; turn++) {
          const charge = isolate.charge(rule, { want: turn % 4, cost: 1 + (turn % 2) });
          const { allowed, verdicts } = await ask(shardOf("hot", isolate.shard), charge);
          if (allowed) given += charge.cost ?? 1;
          else denied += 1;
          given += verdicts[0]?.leased ?? 0;
        }
      }),
    );
    expect(given).toBeLessThanOrEqual(1_000);
    expect(given).toBeGreaterThan(900);
    expect(denied).toBeGreaterThan(0);
    expect(await remainingAt("hot", rule)).toBeLessThanOrEqual(1_000 - given);
  });

  it("never give more than the limit if they die on the way", async () => {
    const rule = daily(300);
    const isolates = Array.from({ length: ISOLATES }, (_, number) => new Isolate(number));
    let given = 0;
    for (let turn = 0; turn < 30; turn++) {
      for (const isolate of isolates) {
        const { allowed } = await ask(shardOf("dying", isolate.shard), isolate.charge(rule));
        if (allowed) given += 1;
      }
      if (turn % 5 === 4) await evictDurableObject(shardOf("dying", 1 + (turn % SHARDS)));
    }
    expect(given).toBeLessThanOrEqual(300);
    expect(given).toBeGreaterThan(0);
  });

  it("pass on what isn't theirs: peeks, blocks, resets, slots and what is settled", async () => {
    const rule = daily(10);
    const isolate = new Isolate(1);
    const shard = shardOf("passed", 1);
    const settling = isolate.charge(rule, { cost: 4, durationMs: 0 });
    expect((await ask(shard, settling)).allowed).toBe(true);
    expect(await remainingAt("passed", rule)).toBe(6);
    await ask(shard, { ...settling, kind: Kind.settle, cost: 1 });
    expect(await remainingAt("passed", rule)).toBe(9);
    await ask(shard, { kind: Kind.block, rule, cost: 0, durationMs: SECOND });
    const denied = (await ask(shardOf("passed", 2), new Isolate(2).charge(rule))).verdicts[0];
    expect(denied).toMatchObject({ allowed: false, blocked: true });
  });
});

/** A shard whose root answers so, and what the root was asked. */
function shardBy(answer: (operations: readonly Operation[]) => Partial<OperationVerdict>): {
  step: (...operations: Operation[]) => Promise<Answer>;
  asked: Operation[][];
} {
  const asked: Operation[][] = [];
  const shard = new Shard((request) => {
    const operations = readOperations(request);
    asked.push(operations);
    const { allowed = true, ...rest } = answer(operations);
    return Promise.resolve(replyOf(operations.length, allowed, rest));
  });
  return {
    asked,
    step: async (...operations) => readReply(await shard.step(requestFrame("strict", operations))),
  };
}

function readOperations(request: Uint8Array): Operation[] {
  const view = new DataView(request.buffer, request.byteOffset, request.byteLength);
  return Array.from({ length: view.getUint32(4, true) }, (_, index) => {
    const at = 24 + index * 64;
    return {
      kind: view.getUint32(at, true),
      cost: view.getUint32(at + 4, true),
      id: view.getBigUint64(at + 8, true),
      want: view.getUint32(at + 16, true),
      paces: (view.getUint32(at + 20, true) & 4) !== 0,
      rule: "",
    };
  });
}

function replyOf(count: number, allowed: boolean, rest: Partial<OperationVerdict>): Uint8Array {
  const frame = new Uint8Array(16 + count * 48);
  const view = new DataView(frame.buffer);
  view.setUint32(0, 2, true);
  view.setUint32(4, count, true);
  view.setUint32(8, allowed ? 1 : 0, true);
  for (let at = 16; at < frame.length; at += 48) {
    view.setUint32(at, (allowed ? 1 : 0) | (rest.blocked === true ? 4 : 0), true);
    view.setUint32(at + 4, rest.remaining ?? 0, true);
    view.setFloat64(at + 8, rest.resetMs ?? 0, true);
    view.setFloat64(at + 16, rest.retryAfterMs ?? -1, true);
    view.setUint32(at + 24, rest.leased ?? 0, true);
    view.setFloat64(at + 32, rest.leaseWaitMs ?? 0, true);
    view.setFloat64(at + 40, rest.leaseMs ?? 0, true);
  }
  return frame;
}

describe("a shard", () => {
  let rule: string;
  let isolate: Isolate;
  beforeEach(() => {
    rule = daily(1_000);
    isolate = new Isolate(1);
  });

  it("gives what the root leased it, and no lease that outlasts its own", async () => {
    const { step, asked } = shardBy(() => ({ leased: 10, leaseMs: 10 * SECOND }));
    expect((await step(isolate.charge(rule))).verdicts[0]).toMatchObject({ allowed: true });
    let given = 0;
    for (let count = 0; count < 4; count++) {
      const { allowed, verdicts } = await step(isolate.charge(rule, { want: 2 }));
      expect(allowed).toBe(true);
      const { leased = 0, leaseMs = 0 } = verdicts[0] ?? {};
      given += 1 + leased;
      expect(leaseMs).toBeLessThan(9.9 * SECOND);
    }
    expect(given).toBeLessThanOrEqual(10);
    expect(asked).toHaveLength(1);
  });

  it("wants units that are there at once, whatever the isolate can wait for", async () => {
    const { step, asked } = shardBy(() => ({ leased: 10, leaseMs: 10 * SECOND }));
    await step({ ...isolate.charge(rule, { want: 2 }), paces: true });
    expect(asked[0]?.[0]).toMatchObject({ kind: Kind.charge, paces: false });
  });

  it("asks the root again when its lease is over", async () => {
    const { step, asked } = shardBy(() => ({ leased: 10, leaseMs: 5 * SECOND }));
    await step(isolate.charge(rule));
    await step(isolate.charge(rule));
    expect(asked).toHaveLength(1);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 5 * SECOND });
    try {
      await step(isolate.charge(rule));
    } finally {
      vi.useRealTimers();
    }
    expect(asked).toHaveLength(2);
  });

  it("asks once for all that come while it asks, and for as much as they want", async () => {
    const { step, asked } = shardBy(() => ({ leased: 100, leaseMs: 30 * SECOND }));
    const charges = Array.from({ length: 50 }, () => isolate.charge(rule));
    await Promise.all(charges.map((charge) => step(charge)));
    expect(asked).toHaveLength(1);
    const thirsty = shardBy(() => ({}));
    for (let count = 0; count < 10; count++) await thirsty.step(isolate.charge(rule, { want: 5 }));
    expect(thirsty.asked[0]?.[0]?.want).toBeGreaterThanOrEqual(5);
    expect(thirsty.asked.at(-1)?.[0]?.want).toBeGreaterThan(30);
  });

  it("answers a charge that comes again as before, and charges it once", async () => {
    const { step, asked } = shardBy(() => ({ leased: 10, leaseMs: 30 * SECOND }));
    const charge = isolate.charge(rule, { want: 3 });
    const once = await step(charge);
    const again = await step(charge);
    expect(again.verdicts[0]).toMatchObject({ allowed: true, seen: true });
    expect(again.verdicts[0]?.leased).toBe(once.verdicts[0]?.leased);
    expect(again.verdicts[0]?.leaseMs).toBeLessThanOrEqual(once.verdicts[0]?.leaseMs ?? 0);
    expect(asked).toHaveLength(1);
  });

  it("takes back what is cancelled or returned", async () => {
    const { step, asked } = shardBy(() => ({ leased: 6, leaseMs: 30 * SECOND }));
    const first = isolate.charge(rule);
    await step(first);
    const all = isolate.charge(rule, { cost: 4, want: 1 });
    const { leased = 0 } = (await step(all)).verdicts[0] ?? {};
    await step({ ...all, kind: Kind.return, cost: leased });
    await step({ ...all, kind: Kind.return, cost: leased });
    await step({ ...all, kind: Kind.cancel });
    await step({ ...all, kind: Kind.cancel });
    await step(isolate.charge(rule, { cost: 6 }));
    expect(asked).toHaveLength(1);
    await step(isolate.charge(rule));
    expect(asked).toHaveLength(2);
    // What the root charged itself, it takes back itself.
    await step({ ...first, kind: Kind.cancel });
    expect(asked.at(-1)).toMatchObject([{ kind: Kind.settle, id: asked[0]?.[0]?.id, cost: 0 }]);
  });

  it("tells the root what is spent, once no isolate holds a part of it", async () => {
    const { step, asked } = shardBy(() => ({ leased: 4, leaseMs: 30 * SECOND }));
    const first = isolate.charge(rule, { want: 2 });
    expect((await step(first)).verdicts[0]?.leased).toBe(2);
    await step(isolate.charge(rule, { cost: 2 }));
    await step(isolate.charge(rule, { cost: 5 }));
    expect(asked[1]).toMatchObject([{ kind: Kind.charge }]);
    await step({ ...first, kind: Kind.return, cost: 1 });
    await step(isolate.charge(rule, { cost: 5 }));
    const [firstAtRoot, second] = [asked[0]?.[0]?.id, asked[1]?.[0]?.id];
    expect(asked[2]).toMatchObject([
      { kind: Kind.return, id: firstAtRoot, cost: 1 },
      { kind: Kind.return, id: second, cost: 4 },
      { kind: Kind.charge, cost: 5 },
    ]);
  });

  it("settles what it charged, as often as it is told the same", async () => {
    const { step, asked } = shardBy(() => ({ leased: 10, leaseMs: 30 * SECOND }));
    await step(isolate.charge(rule));
    const dear = isolate.charge(rule, { cost: 8 });
    await step(dear);
    for (let times = 0; times < 2; times++) await step({ ...dear, kind: Kind.settle, cost: 3 });
    expect((await step(isolate.charge(rule, { cost: 7 }))).allowed).toBe(true);
    expect(asked).toHaveLength(1);
    for (let times = 0; times < 2; times++) await step({ ...dear, kind: Kind.settle, cost: 12 });
    expect(asked.slice(1)).toMatchObject([[{ kind: Kind.settle, id: 0n, cost: 9 }]]);
  });

  it("says no again without asking, as long as it may be remembered", async () => {
    const { step, asked } = shardBy(() => ({ allowed: false, retryAfterMs: 60 * SECOND }));
    const refused = async (): Promise<OperationVerdict | undefined> =>
      (await step(isolate.charge(rule, { maxWaitMs: 2 * SECOND }))).verdicts[0];
    expect(await refused()).toMatchObject({ allowed: false });
    const again = await refused();
    expect(again).toMatchObject({ allowed: false, leased: 0 });
    expect(again?.retryAfterMs).toBeGreaterThan(50 * SECOND);
    expect(asked).toHaveLength(1);
    await step(isolate.charge(rule));
    expect(asked).toHaveLength(1);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 2 * SECOND });
    try {
      await refused();
    } finally {
      vi.useRealTimers();
    }
    expect(asked).toHaveLength(2);
  });

  it("says it of the amounts that were denied, and asks about others", async () => {
    const { step, asked } = shardBy(() => ({ allowed: false, retryAfterMs: 60 * SECOND }));
    const refused = (of: string): Promise<Answer> =>
      step(isolate.charge(of, { maxWaitMs: 2 * SECOND }));
    await refused(rule);
    await refused(daily(2_000));
    expect(asked).toHaveLength(2);
  });

  it("keeps what the root reserved for it until it may be spent", async () => {
    const { step, asked } = shardBy((operations) =>
      operations[0]?.cost === 1
        ? { allowed: false, retryAfterMs: 900, leased: 5, leaseWaitMs: 400, leaseMs: 30 * SECOND }
        : {},
    );
    const refused = await step(isolate.charge(rule, { maxWaitMs: 2 * SECOND }));
    expect(refused.verdicts[0]).toMatchObject({ allowed: false, retryAfterMs: 400, leased: 0 });
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 401 });
    try {
      expect((await step(isolate.charge(rule, { cost: 5 }))).allowed).toBe(true);
    } finally {
      vi.useRealTimers();
    }
    expect(asked).toHaveLength(1);
  });

  it("fails if the root does, and tries again", async () => {
    let down = true;
    const shard = new Shard(() =>
      down ? Promise.reject(new Error("down")) : Promise.resolve(replyOf(1, true, {})),
    );
    const step = (): Promise<Uint8Array> =>
      shard.step(requestFrame("strict", [isolate.charge(rule)]));
    const outcomes = await Promise.allSettled([step(), step(), step()]);
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    down = false;
    expect(readReply(await step()).allowed).toBe(true);
  });

  it("refuses a frame that is none", async () => {
    const shard = new Shard(() => Promise.reject(new Error("asked")));
    for (const frame of [new Uint8Array(0), new Uint8Array(24), new Uint8Array(88).fill(0xff)]) {
      await expect(shard.step(frame)).rejects.toMatchObject({ code: "invalid_argument" });
    }
  });
});
