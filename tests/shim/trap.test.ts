import { reset } from "cloudflare:test";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { decisionCounts } from "../../worker-shim/gateway/limit-records.ts";
import { isolateCore, stats } from "../../worker-shim/isolate.ts";
import { createGateway, type ExposureMessage } from "../../worker-shim/index.ts";
import { Kind, readReply, requestFrame } from "../support/limit-frames.ts";
import { daily, from, gatewayOf, limiterThat } from "./limiter-support.ts";
import {
  bundleOf,
  DEMO_KEY,
  env,
  policyOf,
  problemOf,
  putBundle,
  send,
  tagged,
} from "./support.ts";

// The instances that the code under test makes, so that the test can damage their memory as a fault
// in the core would.
const instances: WebAssembly.Instance[] = [];
const Original = WebAssembly.Instance;

beforeAll(() => {
  WebAssembly.Instance = class extends Original {
    constructor(module: WebAssembly.Module, imports?: WebAssembly.Imports) {
      super(module, imports);
      instances.push(this);
    }
  };
});
afterAll(() => {
  WebAssembly.Instance = Original;
});

/**
 * Overwrites everything in the youngest instance's memory, so that its next step goes astray and
 * traps.
 */
function damage(): void {
  const instance = instances.at(-1);
  if (instance === undefined) throw new Error("no instance was made");
  const { memory } = instance.exports as { memory: WebAssembly.Memory };
  new Uint8Array(memory.buffer).fill(0xff);
}

const gateway = createGateway({
  policy: policyOf(
    [
      { id: "echo", match: { path: "/echo" } },
      { id: "order", match: { path: "/order" }, response: { transform: "slim" } },
      {
        id: "two",
        match: { path: "/two-limits" },
        path: "/echo",
        limits: ["three", "other"],
      },
      { id: "limited", match: { path: "/limited" }, path: "/echo", limits: ["day"] },
    ],
    {
      limits: {
        three: daily(3),
        other: daily(3),
        day: {
          algorithm: "fixed_window",
          rate: { units: 3, per: "24h" },
          subject: ["ip"],
          durability: "memory",
          mayForget: true,
          timeout: "10s",
        },
      },
      transforms: { slim: [{ pick: ["$.id"] }] },
    },
  ),
});

describe("a core that traps", () => {
  it("is replaced under the request that met it, which the client doesn't notice", async () => {
    expect((await send(gateway, "/echo")).status).toBe(200);
    const { traps } = stats;
    const before = isolateCore();
    damage();
    const response = await send(gateway, "/echo");
    expect(response.status).toBe(200);
    expect(before.poisoned).toBe(true);
    expect(isolateCore()).not.toBe(before);
    expect(stats.traps).toBe(traps + 1);
    expect(await (await send(gateway, "/_sluice/health")).json()).toMatchObject({
      traps: traps + 1,
      revision: 0,
    });
  });

  it("after the upstream was reached ends the request, since twice might do harm; the next one works", async () => {
    const once = send(gateway, "/order", {}, {
      ...env,
      STOREFRONT: {
        fetch: () => {
          damage();
          return Promise.resolve(Response.json({ id: 1 }));
        },
      },
    } as typeof env);
    expect(await problemOf(await once)).toMatchObject({
      status: 503,
      type: "urn:sluice:problem:core-restarted",
    });
    expect(await (await send(gateway, "/order")).text()).toBe('{"id": 12345678901234567890}');
  });

  it("costs a limiter object neither its count nor the charge at hand", async () => {
    const limiter = isolateCore().createLimiter(
      '{"day": {"algorithm": "fixed_window", "rate": {"units": 3, "per": "24h"}, "subject": ["ip"]}}',
    );
    const rule = limiter.limits[0]?.rule ?? "";
    let id = 1n << 32n;
    const object = env.SLUICE_LIMITER.getByName("trapped");
    const remaining = async (): Promise<number | undefined> =>
      readReply(await object.step(requestFrame("memory", [{ kind: Kind.charge, rule, id: ++id }])))
        .verdicts[0]?.remaining;
    expect(await remaining()).toBe(2);
    damage();
    expect(await remaining()).toBe(1);
    damage();
    expect(await remaining()).toBe(0);
    expect(() => limiter.peek([{ limit: "day", subject: "x" }], 0)).toThrow(
      expect.objectContaining({ code: "poisoned" }),
    );
  });

  it("takes back what objects have granted to the request that met it", async () => {
    let isCharged = false;
    const damaging = limiterThat(async (request, real) => {
      const reply = await real(request);
      if (!isCharged) damage();
      isCharged = true;
      return reply;
    });
    const response = await send(gateway, "/two-limits", from("192.0.2.9"), damaging);
    expect(await problemOf(response)).toMatchObject({ status: 503 });
    for (let count = 0; count < 3; count++) {
      expect((await send(gateway, "/two-limits", from("192.0.2.9"))).status).toBe(200);
    }
    expect((await send(gateway, "/two-limits", from("192.0.2.9"))).status).toBe(429);
  });

  it("counts each decision once, and leaves one record of it", async () => {
    const before = { ...decisionCounts.by, admitted: decisionCounts.admitted };
    const records: string[] = [];
    const limits = { door: daily(9, { phase: "preAuth", allow: ["192.0.2.10"] }) };
    const guarded = gatewayOf(
      limits,
      [{ id: "in", match: { path: "/in" }, auth: "customers", limits: ["door"] }],
      { onLimit: ({ limit, source }) => records.push(`${limit} ${source}`) },
    );
    const digest = vi.spyOn(crypto.subtle, "digest");
    digest.mockImplementationOnce((algorithm, data) => {
      damage();
      return crypto.subtle.digest(algorithm, data);
    });
    const { traps } = stats;
    const response = await send(guarded, "/in", from("192.0.2.10", { "x-api-key": DEMO_KEY }));
    digest.mockRestore();
    expect(response.status).toBe(200);
    expect(stats.traps).toBe(traps + 1);
    expect(records).toEqual(["door list"]);
    expect(decisionCounts.by.list - before.list).toBe(1);
    expect(decisionCounts.admitted - before.admitted).toBe(1);
  });

  it("exposes a user once, and knows the cookies of before", async () => {
    const rule = {
      key: "trapped",
      variations: ["a", "b"],
      weights: [0.5, 0.5],
      coverage: 1,
      hashAttribute: "id",
      hashVersion: 2,
    };
    const assigning = createGateway({
      policy: policyOf([{ id: "echo", match: { path: "/echo" }, experiment: { feature: "f" } }], {
        features: {
          attributes: { id: "visitor" },
          keys: { current: "COOKIE_KEY" },
          payload: { features: { f: { defaultValue: "a", rules: [rule] } } },
        },
      }),
    });
    const messages: ExposureMessage[] = [];
    const queue = {
      send: (message: ExposureMessage) => Promise.resolve(void messages.push(message)),
    };
    const bindings = { ...env, SLUICE_EXPOSURES: queue };
    const visit = (cookie = ""): Promise<Response> => {
      const headers = { "sec-fetch-mode": "navigate", cookie };
      return send(assigning, "/echo", { headers }, bindings);
    };
    await (await visit()).text();
    messages.length = 0;
    const { traps } = stats;
    damage();
    const first = await visit();
    expect(stats.traps).toBe(traps + 1);
    expect(messages).toHaveLength(1);
    const [cookie = ""] = first.headers.getSetCookie();
    damage();
    const next = await visit(cookie.split(";")[0]);
    expect(stats.traps).toBe(traps + 2);
    expect(next.status).toBe(200);
    expect(next.headers.getSetCookie()).toEqual([]);
    expect(messages).toHaveLength(1);
  });

  it("doesn't make a good revision look bad", async () => {
    await reset();
    const cold = createGateway();
    const eager = { ...env, SLUICE_REFRESH_MS: 0 };
    const tagOf = async (): Promise<string | null> =>
      (await send(cold, "/echo", {}, eager)).headers.get("x-tag");
    await putBundle(await bundleOf(tagged("one"), 1));
    damage();
    expect(await tagOf()).toBe("one");
    await putBundle(await bundleOf(tagged("two"), 2));
    damage();
    await tagOf();
    expect(await tagOf()).toBe("two");
  });

  it("again and again is no trouble", async () => {
    for (let count = 0; count < 20; count++) {
      damage();
      expect((await send(gateway, "/echo")).status).toBe(200);
    }
  });
});
