import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FAILURES_TO_OPEN, FIRST_PAUSE_MS } from "../../worker-shim/limiter/circuit-breaker.ts";
import { ObjectClient, type LimiterNamespace } from "../../worker-shim/limiter/object-client.ts";
import { Kind, requestFrame } from "../support/limit-frames.ts";

const REPLY = Uint8Array.of(2, 0, 0, 0);
const TIMEOUT = 30;

/** A namespace whose objects answer so, the last of it again and again, and what they were asked. */
class Objects implements LimiterNamespace {
  readonly asked: { name: string; request: Uint8Array }[] = [];
  readonly #answers: (() => Promise<Uint8Array>)[];

  constructor(...answers: (() => Promise<Uint8Array>)[]) {
    this.#answers = answers;
  }

  getByName(name: string): { step(request: Uint8Array): Promise<Uint8Array> } {
    return {
      step: (request) => {
        this.asked.push({ name, request });
        const answer = this.#answers[Math.min(this.asked.length, this.#answers.length) - 1];
        return answer === undefined ? Promise.reject(new Error("no answer")) : answer();
      },
    };
  }
}

const replies = (): Promise<Uint8Array> => Promise.resolve(REPLY);
const silent = (): Promise<Uint8Array> => new Promise(() => undefined);
const fails =
  (marks: object = {}) =>
  (): Promise<Uint8Array> =>
    Promise.reject(Object.assign(new Error("down"), marks));

const rule = "00".repeat(32);
const charge = requestFrame("strict", [{ kind: Kind.charge, rule, id: 1n }]);

const { warn } = console;
const warnings: string[] = [];

beforeEach(() => {
  warnings.length = 0;
  console.warn = (message: unknown) => warnings.push(String(message));
});
afterEach(() => {
  console.warn = warn;
  vi.useRealTimers();
});

describe("a call", () => {
  it("yields the reply of the object of that name", async () => {
    const objects = new Objects(replies);
    expect(await new ObjectClient().call(objects, "api/acme", charge, TIMEOUT)).toBe(REPLY);
    expect(objects.asked).toEqual([{ name: "api/acme", request: charge }]);
  });

  it("says why there is none, and never rejects", async () => {
    const outageOf = (answer: () => Promise<Uint8Array>): Promise<unknown> =>
      new ObjectClient().call(new Objects(answer), "api/acme", charge, TIMEOUT);
    expect(await new ObjectClient().call(undefined, "api/acme", charge, TIMEOUT)).toBe("unbound");
    expect(await outageOf(silent)).toBe("timeout");
    expect(await outageOf(fails())).toBe("failed");
    expect(await outageOf(fails({ overloaded: true, retryable: true }))).toBe("overloaded");
    const throwing = { getByName: () => ({ step: () => never() }) };
    expect(await new ObjectClient().call(throwing, "api/acme", charge, TIMEOUT)).toBe("failed");
  });

  it("is made once more if the object restarted, within the same time", async () => {
    const restarted = fails({ retryable: true });
    const objects = new Objects(restarted, replies);
    expect(await new ObjectClient().call(objects, "api/acme", charge, TIMEOUT)).toBe(REPLY);
    expect(objects.asked).toHaveLength(2);
    const hanging = new Objects(restarted, silent);
    expect(await new ObjectClient().call(hanging, "api/acme", charge, TIMEOUT)).toBe("timeout");
    const gone = new Objects(restarted);
    expect(await new ObjectClient().call(gone, "api/acme", charge, TIMEOUT)).toBe("failed");
    expect(gone.asked).toHaveLength(2);
  });

  it("may have been applied if the object restarted and is overloaded then", async () => {
    const objects = new Objects(fails({ retryable: true }), fails({ overloaded: true }));
    expect(await new ObjectClient().call(objects, "api/acme", charge, TIMEOUT)).toBe("failed");
    expect(objects.asked).toHaveLength(2);
  });

  it("is made only once if the object is overloaded, or twice could do harm", async () => {
    const overloaded = new Objects(fails({ retryable: true, overloaded: true }));
    await new ObjectClient().call(overloaded, "api/acme", charge, TIMEOUT);
    expect(overloaded.asked).toHaveLength(1);
    const askedFor = async (kind: number, id: bigint): Promise<number> => {
      const objects = new Objects(fails({ retryable: true }));
      const request = requestFrame("strict", [
        { kind: Kind.charge, rule, id: 1n },
        { kind, rule, id },
      ]);
      await new ObjectClient().call(objects, "api/acme", request, TIMEOUT);
      return objects.asked.length;
    };
    for (const kind of [Kind.charge, Kind.settle, Kind.refund, Kind.reset]) {
      expect(await askedFor(kind, 0n)).toBe(1);
    }
    for (const kind of [Kind.charge, Kind.cancel, Kind.settle, Kind.return, Kind.renew]) {
      expect(await askedFor(kind, 2n)).toBe(2);
    }
    for (const kind of [Kind.peek, Kind.block]) expect(await askedFor(kind, 0n)).toBe(2);
  });

  it("isn't made while the circuit is open; other objects' circuits are their own", async () => {
    const client = new ObjectClient();
    const objects = new Objects(silent);
    for (let count = 0; count < FAILURES_TO_OPEN; count++) {
      expect(await client.call(objects, "api/acme", charge, TIMEOUT)).toBe("timeout");
    }
    expect(await client.call(objects, "api/acme", charge, TIMEOUT)).toBe("circuit_open");
    expect(objects.asked).toHaveLength(FAILURES_TO_OPEN);
    expect(await client.call(objects, "api/other", charge, TIMEOUT)).toBe("timeout");
    expect(client.stats.circuitsOpened).toBe(1);
  });

  it("is let through one at a time after a pause, then all again once one succeeded", async () => {
    const client = new ObjectClient();
    const objects = new Objects(fails(), fails(), fails(), replies);
    const call = (): Promise<unknown> => client.call(objects, "api/acme", charge, TIMEOUT);
    for (let count = 0; count < FAILURES_TO_OPEN; count++) await call();
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + FIRST_PAUSE_MS * 1.2 });
    const outcomes = await Promise.all([call(), call(), call()]);
    expect(outcomes).toEqual([REPLY, "circuit_open", "circuit_open"]);
    expect(await Promise.all([call(), call()])).toEqual([REPLY, REPLY]);
  });

  it("says in the log which limit's object gets a pause, but not whose", async () => {
    const client = new ObjectClient();
    for (let count = 0; count < FAILURES_TO_OPEN * 2; count++) {
      await client.call(new Objects(fails()), "api/acme", charge, TIMEOUT);
    }
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('"api"');
    expect(warnings[0]).not.toContain("acme");
  });
});

describe("what is sent later", () => {
  async function deliver(
    client: ObjectClient,
    objects: LimiterNamespace | undefined,
    request = charge,
  ): Promise<void> {
    const ctx = createExecutionContext();
    client.later(ctx, objects, "api/acme", request);
    await waitOnExecutionContext(ctx);
  }

  it("goes out once if it arrives", async () => {
    const client = new ObjectClient();
    const objects = new Objects(replies);
    await deliver(client, objects);
    expect(objects.asked).toHaveLength(1);
    expect(client.stats.undelivered).toBe(0);
  });

  it("goes out once more if it failed, and is counted if that fails too", async () => {
    const client = new ObjectClient();
    const back = new Objects(fails(), replies);
    await deliver(client, back);
    expect(back.asked).toHaveLength(2);
    expect(client.stats.undelivered).toBe(0);
    const gone = new Objects(fails());
    await deliver(client, gone);
    expect(gone.asked).toHaveLength(2);
    expect(client.stats.undelivered).toBe(1);
  });

  it("leaves an object alone that is overloaded, unbound or given a pause", async () => {
    const client = new ObjectClient();
    const overloaded = new Objects(fails({ overloaded: true }));
    await deliver(client, overloaded);
    expect(overloaded.asked).toHaveLength(1);
    await deliver(client, undefined);
    for (let count = 0; count < FAILURES_TO_OPEN; count++) {
      await client.call(new Objects(fails()), "api/acme", charge, TIMEOUT);
    }
    const paused = new Objects(replies);
    await deliver(client, paused);
    expect(paused.asked).toHaveLength(0);
    expect(client.stats.undelivered).toBe(3);
  });

  it("opens no circuit by its failures, since nobody waits for it", async () => {
    const client = new ObjectClient();
    const overloaded = new Objects(fails({ overloaded: true }));
    for (let count = 0; count < 2 * FAILURES_TO_OPEN; count++) await deliver(client, overloaded);
    expect(client.stats.circuitsOpened).toBe(0);
    expect(await client.call(new Objects(replies), "api/acme", charge, TIMEOUT)).toBe(REPLY);
  });
});

function never(): never {
  throw new Error("thrown, not rejected");
}
