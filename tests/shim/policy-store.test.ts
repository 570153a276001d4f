import { createExecutionContext, reset, waitOnExecutionContext } from "cloudflare:test";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { SluiceError } from "../../worker-shim/core/errors.ts";
import { Instance } from "../../worker-shim/core/instance.ts";
import { PolicyStore } from "../../worker-shim/config/policy-store.ts";
import { isolateCore } from "../../worker-shim/isolate.ts";
import { createGateway, type Gateway } from "../../worker-shim/index.ts";
import type { GatewayEnv } from "../../worker-shim/env.ts";
import { bundleOf, bytesOf, env, problemOf, putBundle, send, tagged, without } from "./support.ts";

// Every gateway made here is a cold isolate of its own. With a refresh at each request, what KV
// holds is seen by the one after.
const eager: GatewayEnv = { ...env, SLUICE_REFRESH_MS: 0 };

beforeEach(async () => {
  await reset();
});

async function tagOf(gateway: Gateway, bindings: GatewayEnv = eager): Promise<string | null> {
  const response = await send(gateway, "/echo", {}, bindings);
  await response.text();
  return response.headers.get("x-tag");
}

interface Health {
  readonly revision: number | null;
  readonly source: string | null;
  readonly lastError: {
    readonly code: string;
    readonly from: string;
    readonly revision: number | null;
  } | null;
}

async function healthOf(gateway: Gateway, bindings: GatewayEnv = eager): Promise<Health> {
  return (await send(gateway, "/_sluice/health", {}, bindings)).json<Health>();
}

/** A gateway that serves revision 5 from KV. */
async function warm(): Promise<Gateway> {
  await putBundle(await bundleOf(tagged("five"), 5));
  const gateway = createGateway();
  expect(await tagOf(gateway)).toBe("five");
  return gateway;
}

/** Lets the refresh behind one request see what KV holds now, then looks at what is served. */
async function afterRefresh(gateway: Gateway): Promise<string | null> {
  await tagOf(gateway);
  return tagOf(gateway);
}

describe("from cold, the policy is", () => {
  it("KV's, if it has one", async () => {
    const gateway = await warm();
    expect(await healthOf(gateway)).toMatchObject({ revision: 5, source: "kv", lastError: null });
  });

  it("the ConfigObject's, if KV is empty", async () => {
    await env.SLUICE_CONFIG.getByName("default").publish(bytesOf(JSON.stringify(tagged("object"))));
    await env.SLUICE_KV.delete("bundle/default");
    const gateway = createGateway();
    expect(await tagOf(gateway)).toBe("object");
    expect(await healthOf(gateway)).toMatchObject({ revision: 1, source: "object" });
  });

  it("the ConfigObject's, if KV's is corrupt", async () => {
    await env.SLUICE_CONFIG.getByName("default").publish(bytesOf(JSON.stringify(tagged("object"))));
    await putBundle(bytesOf("rubbish"));
    expect(await tagOf(createGateway())).toBe("object");
  });

  it("the ConfigObject's, if KV fails", async () => {
    await env.SLUICE_CONFIG.getByName("default").publish(bytesOf(JSON.stringify(tagged("object"))));
    const failing = {
      get: () => Promise.reject(new Error("KV is down")),
    } as unknown as KVNamespace;
    expect(await tagOf(createGateway(), { ...eager, SLUICE_KV: failing })).toBe("object");
  });

  it("the one baked in, if nobody has any", async () => {
    const gateway = createGateway({ policy: tagged("baked") });
    expect(await tagOf(gateway)).toBe("baked");
    expect(await healthOf(gateway)).toMatchObject({ revision: 0, source: "baked-in" });
  });

  it("the one baked in, if nothing is bound", async () => {
    const bare = without("SLUICE_KV", "SLUICE_CONFIG", "SLUICE_LIMITER");
    expect(await tagOf(createGateway({ policy: JSON.stringify(tagged("baked")) }), bare)).toBe(
      "baked",
    );
  });

  it("none: 503, and the sources are left in peace for a while", async () => {
    const gateway = createGateway();
    const get = vi.fn(() => Promise.resolve(null));
    const bindings = { ...eager, SLUICE_KV: { get } as unknown as KVNamespace };
    expect(await problemOf(await send(gateway, "/echo", {}, bindings))).toMatchObject({
      status: 503,
      type: "urn:sluice:problem:no-policy",
    });
    await send(gateway, "/echo", {}, bindings);
    await send(gateway, "/echo", {}, bindings);
    expect(get).toHaveBeenCalledTimes(1);
  });

  it("none, if the one baked in has faults: 503, with the fault in health", async () => {
    const gateway = createGateway({ policy: { version: 1, routes: "none" } });
    expect((await send(gateway, "/echo")).status).toBe(503);
    expect(await healthOf(gateway)).toMatchObject({
      revision: null,
      lastError: { from: "baked-in", code: "invalid_policy" },
    });
  });
});

describe("a policy in force", () => {
  it("is replaced by a higher revision", async () => {
    const gateway = await warm();
    await putBundle(await bundleOf(tagged("six"), 6));
    expect(await afterRefresh(gateway)).toBe("six");
    expect(await healthOf(gateway)).toMatchObject({ revision: 6 });
  });

  it("replaces the one baked in as soon as there is any", async () => {
    const gateway = createGateway({ policy: tagged("baked") });
    expect(await tagOf(gateway)).toBe("baked");
    await putBundle(await bundleOf(tagged("one"), 1));
    expect(await afterRefresh(gateway)).toBe("one");
  });

  it("is looked for at most every SLUICE_REFRESH_MS", async () => {
    await putBundle(await bundleOf(tagged("five"), 5));
    const get = vi.spyOn(env.SLUICE_KV, "get");
    const gateway = createGateway();
    for (let count = 0; count < 5; count++)
      await tagOf(gateway, { ...env, SLUICE_REFRESH_MS: "60000" });
    expect(get).toHaveBeenCalledTimes(1);
    get.mockRestore();
  });

  it("serves the request that finds the next one, without waiting for it", async () => {
    const gateway = await warm();
    await putBundle(await bundleOf(tagged("six"), 6));
    const ctx = createExecutionContext();
    const response = await gateway.fetch(new Request("https://shop.example.com/echo"), eager, ctx);
    expect(response.headers.get("x-tag")).toBe("five");
    await response.text();
    await waitOnExecutionContext(ctx);
    expect(await tagOf(gateway)).toBe("six");
  });

  it.each<[what: string, code: string, make: () => Promise<Uint8Array>]>([
    ["a flipped bit", "invalid_bundle", async () => flip(await bundleOf(tagged("six"), 6))],
    [
      "a truncated value",
      "invalid_bundle",
      async () => (await bundleOf(tagged("six"), 6)).slice(0, -3),
    ],
    [
      "a value cut in its header",
      "invalid_bundle",
      async () => (await bundleOf(tagged("six"), 6)).slice(0, 40),
    ],
    [
      "another checksum",
      "invalid_bundle",
      async () => otherChecksum(await bundleOf(tagged("six"), 6)),
    ],
    ["an empty value", "invalid_bundle", () => Promise.resolve(new Uint8Array(0))],
    [
      "bytes of some other kind",
      "invalid_bundle",
      () => Promise.resolve(bytesOf('{"version": 1}')),
    ],
    ["a lower revision", "invalid_bundle", () => bundleOf(tagged("four"), 4)],
    [
      "other content under its own revision",
      "invalid_bundle",
      () => bundleOf(tagged("fivebis"), 5),
    ],
    ["a policy that is no JSON", "invalid_json", () => bundleOf("{", 6)],
    [
      "a policy with faults",
      "invalid_policy",
      () => bundleOf({ version: 1, routes: [], limit: {} }, 6),
    ],
  ])("outlives %s in KV", async (_what, code, make) => {
    const gateway = await warm();
    await putBundle(await make());
    expect(await afterRefresh(gateway)).toBe("five");
    expect(await healthOf(gateway)).toMatchObject({ revision: 5, lastError: { from: "kv", code } });
    await putBundle(await bundleOf(tagged("six"), 6));
    expect(await afterRefresh(gateway)).toBe("six");
    expect(await healthOf(gateway)).toMatchObject({ revision: 6, lastError: null });
  });

  it("outlives KV's loss", async () => {
    const gateway = await warm();
    await env.SLUICE_KV.delete("bundle/default");
    expect(await afterRefresh(gateway)).toBe("five");
    const failing = {
      get: () => Promise.reject(new Error("KV is down")),
    } as unknown as KVNamespace;
    expect(await tagOf(gateway, { ...eager, SLUICE_KV: failing })).toBe("five");
    expect(await healthOf(gateway)).toMatchObject({ lastError: { code: "unavailable" } });
  });

  it("is freed when the last request that holds it has ended, not before", async () => {
    const store = new PolicyStore(undefined);
    await putBundle(await bundleOf(tagged("five"), 5));
    const held = await store.load(eager);
    if (held === undefined) throw new Error("nothing was loaded");
    held.pin();
    await putBundle(await bundleOf(tagged("six"), 6));
    const ctx = createExecutionContext();
    store.current(eager, ctx);
    await waitOnExecutionContext(ctx);
    expect(store.live?.source.revision).toBe(6);
    expect(() => held.policy.match(["GET", "h", "/x"], 0)).not.toThrow();
    held.unpin();
    expect(() => held.policy.match(["GET", "h", "/x"], 0)).toThrow(/disposed/);
  });
});

describe("a revision that doesn't compile", () => {
  it("is compiled once, however often it is read", async () => {
    const gateway = await warm();
    const compile = vi.spyOn(
      Object.getPrototypeOf(isolateCore()) as { compilePolicy: () => unknown },
      "compilePolicy",
    );
    await putBundle(await bundleOf({ version: 1 }, 6));
    for (let count = 0; count < 5; count++) expect(await tagOf(gateway)).toBe("five");
    expect(compile).toHaveBeenCalledTimes(1);
    compile.mockRestore();
  });

  it("is remembered by its content: the same number with good content is taken", async () => {
    const gateway = await warm();
    await putBundle(await bundleOf({ version: 1 }, 6));
    expect(await afterRefresh(gateway)).toBe("five");
    await putBundle(await bundleOf(tagged("six"), 6));
    expect(await afterRefresh(gateway)).toBe("six");
  });

  it.each<[what: string, error: Error]>([
    ["an instance that could not be made", new RangeError("WebAssembly.Instance(): Out of memory")],
    ["memory", new SluiceError("budget_exceeded", "no memory", { budget: "memory" })],
    ["a trap", new SluiceError("poisoned", "the core has trapped")],
    ["a fault of the core", new SluiceError("internal", "can't be")],
  ])("is not remembered for what is no fault of its own: %s", async (_what, error) => {
    const gateway = await warm();
    const compile = vi.spyOn(
      Object.getPrototypeOf(isolateCore()) as { compilePolicy: () => unknown },
      "compilePolicy",
    );
    // At every try: after a trap there is a second.
    compile.mockImplementation(() => {
      throw error;
    });
    await putBundle(await bundleOf(tagged("six"), 6));
    expect(await afterRefresh(gateway)).toBe("five");
    compile.mockRestore();
    expect(await afterRefresh(gateway)).toBe("six");
  });

  it("leaves nothing in the core where it compiles but can't be described", async () => {
    const gateway = await warm();
    const compile = vi.spyOn(Instance.prototype, "compilePolicy");
    const dispose = vi.spyOn(Instance.prototype, "dispose");
    const describePolicy = vi.spyOn(Instance.prototype, "describePolicy");
    describePolicy.mockImplementationOnce(() => {
      throw new SluiceError("internal", "can't be");
    });
    await putBundle(await bundleOf(tagged("six"), 6));
    expect(await tagOf(gateway)).toBe("five");
    expect(dispose.mock.calls).toEqual([[compile.mock.results[0]?.value]]);
    for (const spy of [compile, dispose, describePolicy]) spy.mockRestore();
  });

  it("is not remembered for damage on the way: the same revision, once whole, is taken", async () => {
    const gateway = await warm();
    const six = await bundleOf(tagged("six"), 6);
    await putBundle(flip(six));
    expect(await afterRefresh(gateway)).toBe("five");
    await putBundle(six);
    expect(await afterRefresh(gateway)).toBe("six");
  });
});

function flip(bundle: Uint8Array): Uint8Array {
  const flipped = bundle.slice();
  const at = bundle.length - 20;
  flipped[at] = (flipped[at] ?? 0) ^ 0x01;
  return flipped;
}

function otherChecksum(bundle: Uint8Array): Uint8Array {
  return bytesOf(new TextDecoder().decode(bundle).replace(/sha-256: ..../, "sha-256: 0000"));
}
