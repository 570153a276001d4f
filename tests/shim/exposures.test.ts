import { env as bound } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import type { ExposuresDescription } from "../../worker-shim/core/description.ts";
import type { GatewayEnv } from "../../worker-shim/env.ts";
import {
  messagesOf,
  type ExposureContext,
  type ExposureMessage,
} from "../../worker-shim/gateway/exposure-message.ts";
import { isSampled } from "../../worker-shim/gateway/exposure-points.ts";
import { ExposureTable } from "../../worker-shim/gateway/exposure-table.ts";
import { ExposureSender } from "../../worker-shim/gateway/exposures.ts";
import { RecentIds } from "../../worker-shim/gateway/recent-ids.ts";
import type { Exposure } from "../../worker-shim/index.ts";
import { seenExposures } from "./support.ts";

const TO_QUEUE: ExposuresDescription = { queue: "SLUICE_EXPOSURES", analytics: null, sample: 1 };
const CONTEXT: ExposureContext = { request: "req-00001", route: "page", revision: 7, time: 1_000 };
const IMPATIENT = { attemptMs: 100, pauseMs: 0 };

let last = 0;
function exposure(rest: Partial<Exposure> = {}): Exposure {
  return {
    id: String(++last).padStart(22, "A"),
    feature: "page",
    experiment: "page-2026",
    variation: "1",
    variationIndex: 1,
    attribute: "id",
    value: "someone",
    sticky: false,
    ...rest,
  };
}

/** An environment whose queue does what `send` does. */
function queueThat(send: (message: ExposureMessage) => Promise<void>): GatewayEnv {
  return { SLUICE_EXPOSURES: { send } } as GatewayEnv;
}

function datasetOf(points: AnalyticsEngineDataPoint[]): GatewayEnv {
  const writeDataPoint = (point: AnalyticsEngineDataPoint): void => void points.push(point);
  return { DATA: { writeDataPoint } } as GatewayEnv;
}

const silent = (): void => undefined;

/** Users whom a quarter has, and half of them hasn't. */
const userThat = (isIt: (user: Exposure) => boolean): string => {
  for (let count = 0; ; count++) {
    const value = `user-${count}`;
    if (isIt(exposure({ value }))) return value;
  }
};
const SAMPLED = userThat((user) => isSampled(user, 0.25));
const LEFT_OUT = userThat((user) => !isSampled(user, 0.5));

describe("exposures to a queue", () => {
  it("are one message a request, as its consumer gets it", async () => {
    const sender = new ExposureSender();
    const exposures = [
      exposure({ value: "é€😀" }),
      exposure({ experiment: "other", sticky: true }),
    ];
    await sender.send(bound, TO_QUEUE, CONTEXT, exposures);
    expect(sender.counts).toMatchObject({ attempted: 2, sent: 2, failed: 0 });
    const seen = await vi.waitFor(async () => {
      const messages = (await seenExposures()).filter(({ request }) => request === "req-00001");
      expect(messages).not.toEqual([]);
      return messages;
    });
    expect(seen).toEqual([{ version: 1, ...CONTEXT, exposures }]);
  });

  it("are sent once an isolate, and again where that failed", async () => {
    const messages: ExposureMessage[] = [];
    let down = true;
    const env = queueThat((message) => {
      if (down) return Promise.reject(new Error("down"));
      messages.push(message);
      return Promise.resolve();
    });
    const error = vi.spyOn(console, "error").mockImplementation(silent);
    const sender = new ExposureSender();
    const [known, other] = [exposure(), exposure()];
    await sender.send(env, TO_QUEUE, CONTEXT, [known], IMPATIENT);
    expect(error).toHaveBeenCalledOnce();
    error.mockRestore();
    down = false;
    await sender.send(env, TO_QUEUE, CONTEXT, [known], IMPATIENT);
    await sender.send(env, TO_QUEUE, CONTEXT, [known, other], IMPATIENT);
    expect(sender.send(env, TO_QUEUE, CONTEXT, [other, known], IMPATIENT)).toBeUndefined();
    expect(messages.map(({ exposures }) => exposures)).toEqual([[known], [other]]);
    expect(sender.counts).toEqual({
      attempted: 6,
      deduplicated: 3,
      sampledOut: 0,
      postponed: 0,
      sent: 2,
      failed: 1,
      lateRedirects: 0,
    });
  });

  it("get a second attempt, also where the first gave no answer", async () => {
    for (const first of [
      (): Promise<void> => Promise.reject(new Error("busy")),
      (): Promise<void> => new Promise(silent),
    ]) {
      let attempts = 0;
      const env = queueThat(() => (++attempts === 1 ? first() : Promise.resolve()));
      const sender = new ExposureSender();
      await sender.send(env, TO_QUEUE, CONTEXT, [exposure()], IMPATIENT);
      expect(attempts).toBe(2);
      expect(sender.counts).toMatchObject({ attempted: 1, sent: 1, failed: 0 });
    }
  });

  it("are given up after the second, and never throw", async () => {
    const error = vi.spyOn(console, "error").mockImplementation(silent);
    for (const send of [
      (): Promise<void> => Promise.reject(new Error("down")),
      (): Promise<void> => new Promise(silent),
      (): Promise<void> => {
        throw new TypeError("not even a promise");
      },
    ]) {
      const sender = new ExposureSender();
      await sender.send(queueThat(send), TO_QUEUE, CONTEXT, [exposure(), exposure()], IMPATIENT);
      expect(sender.counts).toMatchObject({ attempted: 2, sent: 0, failed: 2 });
    }
    error.mockRestore();
  });

  it("count as failed where the binding is missing or no queue", () => {
    for (const env of [{}, { SLUICE_EXPOSURES: "a text" }] as GatewayEnv[]) {
      const sender = new ExposureSender();
      expect(sender.send(env, TO_QUEUE, CONTEXT, [exposure()])).toBeUndefined();
      expect(sender.counts).toMatchObject({ attempted: 1, sent: 0, failed: 1 });
    }
  });

  it("are more messages where one would be too long, and lose none", () => {
    const value = "\u0007".repeat(1_000);
    const exposures = Array.from({ length: 50 }, () => exposure({ value }));
    const messages = messagesOf(CONTEXT, exposures);
    expect(messages.length).toBeGreaterThan(1);
    expect(messages.flatMap((message) => message.exposures)).toEqual(exposures);
    for (const message of messages) {
      expect(new TextEncoder().encode(JSON.stringify(message)).length).toBeLessThan(128_000);
    }
    const whole = messagesOf(CONTEXT, [exposure({ value: "x".repeat(30_000) })]);
    expect(whole).toHaveLength(1);
  });
});

describe("exposures to Analytics Engine", () => {
  const to = (sample: number): ExposuresDescription => ({ queue: null, analytics: "DATA", sample });

  it("are a point each, weighted by the sample", async () => {
    const points: AnalyticsEngineDataPoint[] = [];
    const sender = new ExposureSender();
    const seen = exposure({ value: SAMPLED, sticky: true });
    expect(sender.send(datasetOf(points), to(0.25), CONTEXT, [seen])).toBeUndefined();
    expect(points).toEqual([
      {
        indexes: ["page-2026"],
        blobs: [seen.id, "page-2026", "1", "page", "id", SAMPLED, "page", "req-00001"],
        doubles: [4, 1, 1, 7, 1_000],
      },
    ]);
    await sender.send(datasetOf(points), to(0.25), CONTEXT, [seen]);
    expect(points).toHaveLength(1);
    expect(sender.counts).toMatchObject({ attempted: 2, deduplicated: 1, sent: 1 });
  });

  it("are 25 a request at most; the rest is for the user's next one", async () => {
    const points: AnalyticsEngineDataPoint[] = [];
    const sender = new ExposureSender();
    const many = Array.from({ length: 30 }, () => exposure());
    await sender.send(datasetOf(points), to(1), CONTEXT, many);
    expect(points).toHaveLength(25);
    expect(sender.counts).toMatchObject({ attempted: 30, sent: 25, postponed: 5, failed: 0 });
    await sender.send(datasetOf(points), to(1), CONTEXT, many);
    expect(new Set(points.map(({ blobs }) => blobs?.[0])).size).toBe(30);
    expect(sender.counts).toMatchObject({ attempted: 60, sent: 30, postponed: 5, failed: 0 });
  });

  it("keep texts within what a point takes", async () => {
    const points: AnalyticsEngineDataPoint[] = [];
    const long = "😀".repeat(2_000);
    const send = new ExposureSender();
    await send.send(datasetOf(points), to(1), CONTEXT, [
      exposure({ value: long, experiment: long }),
    ]);
    const asBytes = (text: unknown): Uint8Array => new TextEncoder().encode(text as string);
    const bytes = (text: unknown): number => asBytes(text).length;
    expect(bytes(points[0]?.indexes?.[0])).toBe(96);
    for (const blob of points[0]?.blobs ?? []) expect(bytes(blob)).toBeLessThanOrEqual(1_024);
    expect(long.startsWith(points[0]?.blobs?.[5] as string)).toBe(true);
  });

  it("fail with the dataset", async () => {
    const error = vi.spyOn(console, "error").mockImplementation(silent);
    const writeDataPoint = (): never => {
      throw new Error("no such dataset");
    };
    for (const env of [{}, { DATA: { writeDataPoint } } as GatewayEnv]) {
      const sender = new ExposureSender();
      await sender.send(env, to(1), CONTEXT, [exposure()]);
      expect(sender.counts).toMatchObject({ attempted: 1, sent: 0, failed: 1 });
    }
    error.mockRestore();
  });

  it("sample users of an experiment: the same on all days, and the share that was asked for", () => {
    const users = Array.from({ length: 20_000 }, (_, count) => exposure({ value: `u${count}` }));
    const kept = users.filter((user) => isSampled(user, 0.1));
    // Four standard deviations.
    expect(Math.abs(kept.length - 2_000)).toBeLessThan(170);
    const tomorrow = kept.map((user) => ({ ...user, id: String(++last), variation: "0" }));
    expect(tomorrow.every((user) => isSampled(user, 0.1))).toBe(true);
    expect(kept.every((user) => isSampled(user, 0.2))).toBe(true);
    expect(users.every((user) => isSampled(user, 1))).toBe(true);
    const elsewhere = kept.filter((user) => isSampled({ ...user, experiment: "other" }, 0.1));
    expect(Math.abs(elsewhere.length - 0.1 * kept.length)).toBeLessThan(60);
  });

  it("sample all variations alike", () => {
    // GrowthBook's own hash, version 1, of which ours must not be an echo.
    const bucketOf = (text: string): number => {
      let hash = 0x811c9dc5;
      for (const character of text) {
        hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
      }
      return ((hash >>> 0) % 1000) / 1000;
    };
    const kept = Array.from({ length: 50_000 }, (_, count) => `user-${count}`).filter((value) =>
      isSampled({ attribute: "id", value, experiment: "page" }, 0.1),
    );
    const left = kept.filter((value) => bucketOf(`${value}page`) < 0.5);
    // Four standard deviations of some 5,000 coins.
    expect(Math.abs(left.length - kept.length / 2)).toBeLessThan(2 * Math.sqrt(kept.length));
  });

  it("count whom the sample leaves out, once", async () => {
    const points: AnalyticsEngineDataPoint[] = [];
    const sender = new ExposureSender();
    const out = exposure({ value: LEFT_OUT });
    await sender.send(datasetOf(points), to(0.5), CONTEXT, [out]);
    await sender.send(datasetOf(points), to(0.5), CONTEXT, [out]);
    expect(points).toEqual([]);
    expect(sender.counts).toMatchObject({ attempted: 2, sampledOut: 1, deduplicated: 1, sent: 0 });
    expect(sender.table.experiments.get("page-2026")?.[1]).toMatchObject({ hashed: 1 });
  });
});

describe("ids that were sent", () => {
  it("are remembered up to a bound, the youngest for sure", () => {
    const ids = new RecentIds(10);
    expect(ids.add("id")).toBe(true);
    expect(ids.add("id")).toBe(false);
    for (let count = 0; count < 100; count++) ids.add(String(count));
    for (let count = 90; count < 100; count++) expect(ids.has(String(count))).toBe(true);
    const remembered = Array.from({ length: 100 }, (_, count) => ids.has(String(count)));
    expect(remembered.filter(Boolean).length).toBeLessThanOrEqual(20);
    expect(ids.has("id")).toBe(false);
  });
});

describe("an isolate's counts", () => {
  const users = (table: ExposureTable, experiment = "page-2026"): unknown =>
    table.experiments.get(experiment);

  it("are of one revision: a younger one starts anew, an older one is late", () => {
    const table = new ExposureTable();
    table.note(1, 100, exposure({ value: "one" }));
    table.note(1, 200, exposure({ value: "two", sticky: true }));
    table.note(1, 200, exposure({ value: "three", variation: "0", variationIndex: 0 }));
    expect(users(table)).toEqual([
      { variation: "0", hashed: 1, sticky: 0 },
      { variation: "1", hashed: 1, sticky: 1 },
    ]);
    expect([table.revision, table.since]).toEqual([1, 100]);
    table.note(2, 300, exposure());
    table.note(1, 400, exposure());
    expect(users(table)).toEqual([undefined, { variation: "1", hashed: 1, sticky: 0 }]);
    expect([table.revision, table.since]).toEqual([2, 300]);
  });

  it("are of users: who comes on another day, or again, is the same", () => {
    const table = new ExposureTable();
    const today = exposure({ value: "one" });
    for (const seen of [today, today, exposure({ value: "one" }), exposure({ value: "two" })]) {
      table.note(1, 1, seen);
    }
    expect(users(table)).toMatchObject([undefined, { hashed: 2 }]);
    table.note(1, 1, exposure({ value: "one", attribute: "company" }));
    table.note(1, 1, exposure({ value: "one", variation: "0", variationIndex: 0 }));
    expect(users(table)).toMatchObject([{ hashed: 1 }, { hashed: 3 }]);
  });

  it("have everyone whom a revision's weights have split, also who was sent before", async () => {
    const sender = new ExposureSender();
    const env = queueThat(() => Promise.resolve());
    const split = async (revision: number, variationOf: (user: number) => number) => {
      for (let user = 0; user < 1_000; user++) {
        const variationIndex = variationOf(user);
        await sender.send(env, TO_QUEUE, { ...CONTEXT, revision }, [
          exposure({ id: `${user}/${variationIndex}`, value: `user-${user}`, variationIndex }),
        ]);
      }
    };
    await split(1, (user) => (user % 10 === 0 ? 1 : 0));
    expect(users(sender.table)).toMatchObject([{ hashed: 900 }, { hashed: 100 }]);
    // From 90:10 to 50:50: those who stay were all sent already.
    await split(2, (user) => (user % 10 < 5 ? 1 : 0));
    expect(sender.counts).toMatchObject({ sent: 1_400, deduplicated: 600 });
    expect(users(sender.table)).toMatchObject([{ hashed: 500 }, { hashed: 500 }]);
  });

  it("are of so many experiments and variations, and say what had no room", () => {
    const table = new ExposureTable();
    for (let count = 0; count < 600; count++) {
      table.note(1, 1, exposure({ experiment: `experiment-${count}` }));
    }
    expect(table.experiments.size).toBe(500);
    table.note(1, 1, exposure({ experiment: "experiment-0", variationIndex: 1_000_000_000 }));
    expect(table.uncounted).toBe(101);
    table.note(1, 1, exposure({ experiment: "experiment-0", value: "another" }));
    expect(users(table, "experiment-0")).toMatchObject([undefined, { hashed: 2 }]);
    expect(table.full).toBe(false);
  });

  it.each([
    ["users", 60_000, 50_000, ""],
    ["text of their names", 60, 41, "x".repeat(100_000)],
  ])("are of so many %s", (_what, comers, most, name) => {
    const table = new ExposureTable();
    for (let count = 0; count < comers; count++) {
      table.note(1, 1, exposure({ value: name + String(count) }));
    }
    expect(users(table)).toMatchObject([undefined, { hashed: most }]);
    expect([table.full, table.uncounted]).toEqual([true, comers - most]);
    table.note(2, 1, exposure());
    expect([table.full, table.uncounted]).toEqual([false, 0]);
  });
});
