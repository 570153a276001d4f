import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Exchange } from "../../worker-shim/gateway/exchange.ts";
import { Holds } from "../../worker-shim/gateway/holds.ts";
import type { ObjectCall } from "../../worker-shim/gateway/object-call.ts";
import { Kind } from "../support/limit-frames.ts";

const START = 1_800_000_000_000;

/** What goes to the objects: when, after the start, and to which. */
const sent: { at: number; object: string; kind: number }[] = [];

function exchangeOf(): Exchange {
  const objects = {
    getByName: (object: string) => ({
      step(request: Uint8Array) {
        const kind = new DataView(request.buffer, request.byteOffset).getUint32(24, true);
        sent.push({ at: Date.now() - START, object, kind });
        return Promise.resolve(new Uint8Array(0));
      },
    }),
  };
  return {
    env: { SLUICE_LIMITER: objects },
    ctx: { waitUntil: () => undefined },
    live: { source: { revision: 1 } },
    route: undefined,
  } as unknown as Exchange;
}

/** An object's grant of a slot that is free again after `slotMs`. */
function slotAt(name: string, slotMs: number): ObjectCall {
  const limit = {
    isConcurrency: true,
    limit: { name, periodMs: slotMs, durability: "memory" },
    rules: [{ bytes: new Uint8Array(32) }],
  };
  const charge = { rule: 0, limit: 0, id: 1n };
  return { name, asked: [{ limit, charge, answer: { allowed: true } }] } as unknown as ObjectCall;
}

beforeEach(() => {
  sent.length = 0;
  vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout"], now: START });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("slots that are held", () => {
  it("are renewed in half their time, whenever another one is taken", async () => {
    const holds = new Holds(exchangeOf());
    holds.add([slotAt("first", 1_000)], 0);
    await vi.advanceTimersByTimeAsync(400);
    holds.add([slotAt("second", 1_000)], 0);
    await vi.advanceTimersByTimeAsync(700);
    holds.abandon(false);
    const renewals = sent.filter(({ kind }) => kind === Kind.renew);
    expect(renewals).toEqual(
      [500, 1_000].flatMap((at) => [
        { at, object: "first", kind: Kind.renew },
        { at, object: "second", kind: Kind.renew },
      ]),
    );
  });

  it("are renewed in half the shortest time of all", async () => {
    const holds = new Holds(exchangeOf());
    holds.add([slotAt("long", 10_000)], 0);
    holds.add([slotAt("short", 400)], 0);
    await vi.advanceTimersByTimeAsync(450);
    holds.abandon(false);
    const times = sent.filter(({ object }) => object === "short").map(({ at }) => at);
    // The last is its end.
    expect(times).toEqual([200, 400, 450]);
  });
});
