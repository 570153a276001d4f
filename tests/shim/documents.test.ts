import { createExecutionContext, reset, waitOnExecutionContext } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi, type MockInstance } from "vitest";
import { ConfigError } from "../../worker-shim/config/document-fault.ts";
import { identified } from "../../worker-shim/config/document-source.ts";
import {
  DocumentStore,
  type ConfigDocument,
  type DocumentState,
} from "../../worker-shim/config/document-store.ts";
import {
  getConfigFrom,
  isolateDocuments,
  type ConfigOptions,
} from "../../worker-shim/config/documents.ts";
import { Core } from "../../worker-shim/core/index.ts";
import { SluiceError } from "../../worker-shim/core/errors.ts";
import type { GatewayEnv } from "../../worker-shim/env.ts";
import { createGateway, getConfig } from "../../worker-shim/index.ts";
import { env, policyOf, send, TOKEN } from "./support.ts";

interface Pricing {
  readonly currency: string;
  readonly rates: Readonly<Record<string, number>>;
}

const SCHEMA = JSON.stringify({
  type: "object",
  required: ["currency", "rates"],
  properties: {
    currency: { type: "string", pattern: "^[A-Z]{3}$" },
    rates: { type: "object", additionalProperties: { type: "number", minimum: 0 } },
  },
  additionalProperties: false,
});
const GOOD = '{"currency": "EUR", "rates": {"basic": 1.50}}';
const BETTER = '{"currency": "USD", "rates": {"basic": 1.60}}';
const BAD = '{"currency": "EUR", "rates": {"basic": -1}}';

const KEPT_AT = "https://documents.sluice.invalid/pricing";

let store: DocumentStore;
let log: MockInstance<typeof console.error>;

beforeEach(async () => {
  await reset();
  await (await caches.open("sluice-documents")).delete(KEPT_AT);
  store = new DocumentStore();
  log = vi.spyOn(console, "error").mockImplementation(() => undefined);
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  await env.SLUICE_KV.put("schemas:pricing", SCHEMA);
});
afterEach(() => vi.restoreAllMocks());

async function put(text: string, metadata?: object): Promise<void> {
  await env.SLUICE_KV.put("documents:pricing", text, metadata === undefined ? {} : { metadata });
}

/** One request that asks for the config, with all that it leaves behind. */
async function ask(
  options: ConfigOptions<Pricing> = {},
  bindings: GatewayEnv = env,
): Promise<ConfigDocument<Pricing>> {
  const ctx = createExecutionContext();
  const config = await getConfigFrom(store, bindings, "pricing", { ctx, refreshMs: 0, ...options });
  await waitOnExecutionContext(ctx);
  return config;
}

/** Lets the look behind one request see what KV holds now, then says what is in force. */
async function askAgain(): Promise<ConfigDocument<Pricing>> {
  await ask();
  return ask();
}

async function errorOf(asking: Promise<unknown>): Promise<ConfigError> {
  const error: unknown = await asking.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ConfigError)) throw new Error(`not a ConfigError: ${String(error)}`);
  return error;
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A namespace whose reads are `read`, and counted. */
function namespace(read: (key: string) => Promise<string | null>): {
  readonly kv: GatewayEnv;
  readonly reads: string[];
} {
  const reads: string[] = [];
  const getWithMetadata = async (key: string): Promise<object> => {
    reads.push(key);
    const text = await read(key);
    return { value: text === null ? null : new Response(text).body, metadata: null };
  };
  return { kv: { ...env, SLUICE_KV: { getWithMetadata } as unknown as KVNamespace }, reads };
}

const stored =
  (document: string) =>
  (key: string): Promise<string> =>
    Promise.resolve(key === "schemas:pricing" ? SCHEMA : document);

describe("a document that is good", () => {
  it("is its value, its version and its checksum", async () => {
    await put(GOOD);
    const config = await ask();
    expect(config.value).toEqual({ currency: "EUR", rates: { basic: 1.5 } });
    expect(config.checksum).toBe(await sha256(GOOD));
    expect(config.version).toMatch(/^[0-9a-f]{16}$/);
    expect(config).not.toHaveProperty("errors");
  });

  it("has the version that KV's metadata says", async () => {
    await put(GOOD, { version: "2026-11" });
    expect((await ask()).version).toBe("2026-11");
    await put(GOOD, { version: 12 });
    expect((await askAgain()).version).toBe("12");
  });

  it("is frozen, all of it, since requests share it", async () => {
    await put(GOOD);
    const { value } = await ask();
    expect(Object.isFrozen(value)).toBe(true);
    expect(Object.isFrozen(value.rates)).toBe(true);
    expect((await ask()).value).toBe(value);
  });

  it("may have its schema in the Worker's code", async () => {
    await env.SLUICE_KV.delete("schemas:pricing");
    await put(GOOD);
    expect((await ask({ schema: JSON.parse(SCHEMA) as object })).value.currency).toBe("EUR");
    store = new DocumentStore();
    const error = await errorOf(ask({ schema: '{"type": "array"}' }));
    expect(error.errors).toMatchObject([{ code: "invalid_document", keyword: "type" }]);
  });

  it("is taken by getConfig itself, in the isolate's own store", async () => {
    await put(GOOD);
    const ctx = createExecutionContext();
    const config = await getConfig<Pricing>(env, "pricing", { ctx });
    expect(config.value.currency).toBe("EUR");
    await waitOnExecutionContext(ctx);
  });
});

describe("a newer version", () => {
  it("is looked for as often as the Worker says where the option says nothing", async () => {
    const bindings = { ...env, SLUICE_REFRESH_MS: "0" };
    for (const refreshMs of [Number.NaN, -1]) {
      await put(GOOD);
      await ask({ refreshMs }, bindings);
      await put(BETTER);
      await ask({ refreshMs }, bindings);
      expect((await ask({ refreshMs }, bindings)).value.currency).toBe("USD");
    }
  });

  it("that is good takes the place of the one before, behind a request", async () => {
    await put(GOOD);
    await ask();
    await put(BETTER);
    expect((await ask()).value.currency).toBe("EUR");
    expect((await ask()).value.currency).toBe("USD");
  });

  it("that is bad doesn't, and says why", async () => {
    await put(GOOD, { version: "1" });
    await ask();
    await put(BAD, { version: "2" });
    const config = await askAgain();
    expect(config).toMatchObject({
      value: { rates: { basic: 1.5 } },
      version: "1",
      checksum: await sha256(GOOD),
      errors: [
        {
          in: "document",
          code: "invalid_document",
          pointer: "/rates/basic",
          keyword: "minimum",
          byteOffset: BAD.indexOf("-1"),
        },
      ],
    });
  });

  it("that is bad is looked at once, and logged once", async () => {
    await put(GOOD);
    await ask();
    const compile = vi.spyOn(Core.prototype, "compileSchema");
    await put(BAD);
    for (let i = 0; i < 5; i++) await ask();
    expect(compile).toHaveBeenCalledTimes(1);
    expect(log).toHaveBeenCalledTimes(1);
    expect(log.mock.calls[0]?.[0]).toMatch(/"pricing".*\/rates\/basic/);
  });

  it("that is good again ends it", async () => {
    await put(GOOD);
    await ask();
    await put(BAD);
    expect((await askAgain()).errors).toHaveLength(1);
    await put(BETTER);
    const config = await askAgain();
    expect(config.value.currency).toBe("USD");
    expect(config).not.toHaveProperty("errors");
  });

  it("that is what is in force already isn't looked at", async () => {
    await put(GOOD);
    await ask();
    await put(BAD);
    await askAgain();
    const compile = vi.spyOn(Core.prototype, "compileSchema");
    await put(GOOD);
    expect(await askAgain()).not.toHaveProperty("errors");
    await put(BAD);
    expect((await askAgain()).errors).toHaveLength(1);
    expect(compile).not.toHaveBeenCalled();
  });

  it("of the schema is one of the document too", async () => {
    await put(GOOD);
    await ask();
    await env.SLUICE_KV.put("schemas:pricing", '{"required": ["vat"]}');
    expect((await askAgain()).errors).toMatchObject([{ code: "invalid_document", pointer: "" }]);
    await put('{"vat": 0.19}');
    expect(await askAgain()).toMatchObject({ value: { vat: 0.19 } });
  });

  it("that is no JSON, or whose schema is none, is refused with the place", async () => {
    await put(GOOD);
    await ask();
    await put('{"currency": }');
    expect((await askAgain()).errors).toMatchObject([
      { in: "document", code: "invalid_json", byteOffset: 13 },
    ]);
    await put(GOOD);
    await env.SLUICE_KV.put("schemas:pricing", '{"type": "objekt"}');
    expect((await askAgain()).errors).toMatchObject([
      { in: "schema", code: "invalid_schema", pointer: "/type" },
    ]);
  });

  it("that is too large isn't even read whole", async () => {
    await put(GOOD);
    await ask();
    await put(`"${"x".repeat(4 << 20)}"`);
    expect(await askAgain()).toMatchObject({
      value: { currency: "EUR" },
      errors: [{ code: "too_large" }],
    });
  });
});

describe("what is in force stays", () => {
  beforeEach(async () => {
    await put(GOOD);
    await ask();
  });

  it("when the document is deleted", async () => {
    await env.SLUICE_KV.delete("documents:pricing");
    expect(await askAgain()).toMatchObject({
      value: { currency: "EUR" },
      errors: [{ code: "missing_document" }],
    });
  });

  it("when KV fails, which is logged once", async () => {
    const { kv } = namespace(() => Promise.reject(new Error("KV is down")));
    for (let i = 0; i < 3; i++) await ask({}, kv);
    expect(await ask({}, kv)).toMatchObject({
      value: { currency: "EUR" },
      errors: [{ in: "store", code: "unavailable" }],
    });
    expect(log).toHaveBeenCalledTimes(1);
    expect(await askAgain()).not.toHaveProperty("errors");
  });

  it("when a read that began earlier ends later", async () => {
    let answer: (text: string) => void = () => undefined;
    const slow = new Promise<string>((resolve) => {
      answer = resolve;
    });
    const late = namespace((key) => (key === "schemas:pricing" ? stored("")(key) : slow));
    const ctx = createExecutionContext();
    await getConfigFrom(store, late.kv, "pricing", { ctx, refreshMs: 0 });
    await put(BETTER);
    expect((await askAgain()).value.currency).toBe("USD");
    answer(BAD);
    await waitOnExecutionContext(ctx);
    expect(await ask()).toMatchObject({ value: { currency: "USD" } });
    expect((await ask()).errors).toBeUndefined();
  });

  it("when the core traps, and the version is looked at again", async () => {
    const compile = vi.spyOn(Core.prototype, "compileSchema").mockImplementation(() => {
      throw new SluiceError("poisoned", "a trap");
    });
    await put(BETTER);
    expect(await askAgain()).toMatchObject({
      value: { currency: "EUR" },
      errors: [{ in: "store", code: "internal" }],
    });
    compile.mockRestore();
    expect((await askAgain()).value.currency).toBe("USD");
  });

  it("when the core has no memory, and the version is looked at again", async () => {
    const compile = vi.spyOn(Core.prototype, "compileSchema").mockImplementation(() => {
      throw new SluiceError("budget_exceeded", "no memory", { budget: "memory" });
    });
    await put(BETTER);
    expect((await askAgain()).errors).toMatchObject([{ code: "budget_exceeded" }]);
    compile.mockRestore();
    expect((await askAgain()).value.currency).toBe("USD");
  });
});

describe("from cold", () => {
  it("the fallback stands in, and says why", async () => {
    const fallback = { currency: "XXX", rates: {} };
    expect(await ask({ fallback })).toMatchObject({
      value: fallback,
      version: null,
      checksum: null,
      errors: [{ in: "document", code: "missing_document" }],
    });
  });

  it.each([
    ["no document", () => Promise.resolve(), "missing_document"],
    ["a bad one", () => put(BAD), "invalid_document"],
    [
      "no schema",
      async () => {
        await put(GOOD);
        await env.SLUICE_KV.delete("schemas:pricing");
      },
      "missing_schema",
    ],
  ])("%s: an error", async (_, given, code) => {
    await given();
    const error = await errorOf(ask());
    expect(error).toMatchObject({ code, errors: [{ code }] });
    expect(error.message).toMatch(/^there is no config "pricing": /);
  });

  it("no binding: an error", async () => {
    const error = await errorOf(getConfigFrom(store, {}, "pricing"));
    expect(error.code).toBe("missing_binding");
  });

  it.each(["", "../x", "a b", "x".repeat(129)])("no name: %j", async (name) => {
    expect((await errorOf(getConfigFrom(store, env, name))).code).toBe("invalid_name");
  });

  it("what wasn't there isn't asked for at every request", async () => {
    const { kv, reads } = namespace(() => Promise.resolve(null));
    for (let i = 0; i < 5; i++) await errorOf(ask({}, kv));
    expect(reads.filter((key) => key === "documents:pricing")).toHaveLength(1);
  });

  it("requests at the same time share one read", async () => {
    const { kv, reads } = namespace(stored(GOOD));
    const configs = await Promise.all(Array.from({ length: 20 }, () => ask({}, kv)));
    expect(new Set(configs.map(({ value }) => value)).size).toBe(1);
    expect(reads.length).toBeLessThanOrEqual(4); // the last of them may look again
  });

  it("who waits for a read that hangs reads for themselves", async () => {
    let calls = 0;
    const { kv } = namespace((key) => {
      const hangs = key === "documents:pricing" && ++calls === 1;
      return hangs ? new Promise<never>(() => undefined) : stored(GOOD)(key);
    });
    void ask({}, kv).catch(() => undefined);
    expect((await ask({}, kv)).value.currency).toBe("EUR");
    expect(calls).toBe(2);
  });

  it("after a trap the document is checked in a new core", async () => {
    await put(GOOD);
    const compile = vi.spyOn(Core.prototype, "compileSchema").mockImplementationOnce(() => {
      throw new SluiceError("poisoned", "a trap");
    });
    expect((await ask()).value.currency).toBe("EUR");
    expect(compile).toHaveBeenCalledTimes(2);
  });
});

describe("an isolate that starts while KV's version is bad", () => {
  beforeEach(async () => {
    await put(GOOD, { version: "fine" });
    await ask();
    store = new DocumentStore();
  });

  it("has the last that another one here found good, and says why", async () => {
    await put(BAD);
    expect(await ask()).toMatchObject({
      value: { currency: "EUR" },
      version: "fine",
      checksum: await sha256(GOOD),
      errors: [{ code: "invalid_document", pointer: "/rates/basic" }],
    });
    await put(BETTER);
    const config = await askAgain();
    expect(config.value.currency).toBe("USD");
    expect(config).not.toHaveProperty("errors");
  });

  it("has it while KV is down, too", async () => {
    const { kv } = namespace(() => Promise.reject(new Error("KV is down")));
    expect(await ask({}, kv)).toMatchObject({
      value: { currency: "EUR" },
      errors: [{ code: "unavailable" }],
    });
  });

  it("has none that was deleted", async () => {
    await env.SLUICE_KV.delete("documents:pricing");
    expect((await errorOf(ask())).code).toBe("missing_document");
  });

  it("checks it, by the schema that is given here and now", async () => {
    await put("{");
    const schema = '{"required": ["vat"]}';
    expect((await errorOf(ask({ schema }))).code).toBe("invalid_json");
  });

  it("doesn't take what isn't whole", async () => {
    await put(BAD);
    const headers = { "cache-control": "max-age=60", "sluice-schema-bytes": "4" };
    const cache = await caches.open("sluice-documents");
    for (const body of ["", "true", "true{"]) {
      await cache.put(KEPT_AT, new Response(body, { headers }));
      expect((await errorOf(ask())).code).toBe("invalid_document");
      store = new DocumentStore();
    }
  });
});

describe("what is told of a bad document", () => {
  it("is none of its values, in logs and in what is thrown", async () => {
    await put('{"currency": "sk_live_secret", "rates": {}}');
    const error = await errorOf(ask());
    expect(error.message).toBe(
      'there is no config "pricing": /currency: not valid by "pattern" (schema /properties/currency/pattern)',
    );
    expect(error.errors[0]?.message).toContain("sk_live_secret");
    expect(log).toHaveBeenCalledTimes(1);
    expect(String(log.mock.calls[0]?.[0])).not.toContain("secret");
  });
});

describe("a schema's options", () => {
  const schema = JSON.stringify({
    properties: { currency: { pattern: "^(?!XXX)[A-Z]{3}$", $ref: "https://example.com/short" } },
  });
  const resources = { "https://example.com/short": '{"maxLength": 3}' };

  it("are those of compileSchema", async () => {
    await put(GOOD);
    const error = await errorOf(ask({ schema }));
    expect(error).toMatchObject({
      code: "invalid_schema",
      errors: [{ in: "schema" }, { in: "schema" }],
    });
    store = new DocumentStore();
    const schemaOptions = { patterns: "budgeted", resources } as const;
    expect((await ask({ schema, schemaOptions })).value.currency).toBe("EUR");
    store = new DocumentStore();
    await put('{"currency": "XXX"}');
    expect(await ask({ schema, schemaOptions })).toMatchObject({
      value: { currency: "EUR" },
      errors: [{ keyword: "pattern" }],
    });
  });

  it("make another version of the same bytes", async () => {
    const pair = { document: new Uint8Array(1), schema: new Uint8Array(2), version: undefined };
    const keys = await Promise.all(
      [{}, { patterns: "budgeted" as const }, { dialect: "draft-07" }, { resources }].map(
        async (options) => (await identified({ ...pair, options })).key,
      ),
    );
    expect(new Set(keys).size).toBe(4);
  });
});

describe("who runs the gateway", () => {
  it("sees the documents: how many in health, which and why behind the token", async () => {
    const gateway = createGateway({ policy: policyOf([]) });
    const { counts } = isolateDocuments;
    await env.SLUICE_KV.put("schemas:shown", SCHEMA);
    await env.SLUICE_KV.put("documents:shown", GOOD, { metadata: { version: "1" } });
    const look = async (): Promise<void> => {
      const ctx = createExecutionContext();
      await getConfig(env, "shown", { ctx, refreshMs: 0 });
      await waitOnExecutionContext(ctx);
    };
    await look();
    await env.SLUICE_KV.put("documents:shown", BAD);
    await look();
    const health = await (await send(gateway, "/_sluice/health")).text();
    expect(JSON.parse(health)).toMatchObject({
      documents: counts.documents + 1,
      documentsRefused: counts.documentsRefused + 1,
    });
    expect(health).not.toContain("shown");
    const headers = { authorization: `Bearer ${TOKEN}` };
    const config = await send(gateway, "/_sluice/config", { headers });
    const { isolate } = await config.json<{ isolate: { documents: DocumentState[] } }>();
    expect(isolate.documents.find(({ name }) => name === "shown")).toMatchObject({
      version: "1",
      errors: [{ code: "invalid_document", pointer: "/rates/basic" }],
    });
  });
});

describe("how often KV is read", () => {
  it("without a ctx the request at hand holds the look", async () => {
    await put(GOOD);
    const look = (): Promise<ConfigDocument<Pricing>> =>
      getConfigFrom(store, env, "pricing", { refreshMs: 0 });
    expect((await look()).value.currency).toBe("EUR");
    await put(BETTER);
    await vi.waitFor(async () => {
      expect((await look()).value.currency).toBe("USD");
    });
  });

  it("is the caller's to say, else the environment's", async () => {
    const { kv, reads } = namespace(stored(GOOD));
    for (let i = 0; i < 4; i++) await ask({ refreshMs: 60_000 }, kv);
    expect(reads).toHaveLength(2);
    const ctx = createExecutionContext();
    for (let i = 0; i < 4; i++) {
      await getConfigFrom(store, { ...kv, SLUICE_REFRESH_MS: 0 }, "pricing", { ctx });
    }
    await waitOnExecutionContext(ctx);
    expect(reads).toHaveLength(2); // not due before the interval that the last read set is over
  });
});

describe("memory", () => {
  it("holds a number of documents, and lets go of those used longest ago", async () => {
    const { kv } = namespace((key) =>
      Promise.resolve(key.startsWith("schemas:") ? "true" : JSON.stringify(key)),
    );
    const get = async (name: string): Promise<void> => {
      const ctx = createExecutionContext();
      await getConfigFrom(store, kv, name, { ctx, refreshMs: 60_000 });
      await waitOnExecutionContext(ctx);
    };
    for (let i = 0; i < 256; i++) await get(`n${i}`);
    await get("n0");
    await get("one-more");
    const names = store.state.map(({ name }) => name);
    expect(names).toHaveLength(256);
    expect(names).toContain("n0");
    expect(names).not.toContain("n1");
  }, 30_000);

  it("lets go of names that KV lacks first", async () => {
    await put(GOOD);
    await ask();
    const { kv } = namespace(() => Promise.resolve(null));
    for (let i = 0; i < 300; i++) {
      const ctx = createExecutionContext();
      await errorOf(getConfigFrom(store, kv, `tenant${i}`, { ctx }));
      await waitOnExecutionContext(ctx);
    }
    expect(store.counts.documents).toBe(1);
    expect(store.state).toHaveLength(256);
  }, 30_000);

  it("holds a number of bytes", async () => {
    const large = JSON.stringify("x".repeat(4_000_000));
    const { kv } = namespace((key) => Promise.resolve(key.startsWith("schemas:") ? "true" : large));
    for (let i = 0; i < 6; i++) {
      const ctx = createExecutionContext();
      await getConfigFrom(store, kv, `n${i}`, { ctx, refreshMs: 60_000 });
      await waitOnExecutionContext(ctx);
    }
    expect(store.state.map(({ name }) => name)).toEqual(["n2", "n3", "n4", "n5"]);
  });

  it("keeps no trace of refused versions but their faults", async () => {
    await put(GOOD);
    await ask();
    for (let i = 0; i < 70; i++) {
      await put(`{"rates": ${i}}`);
      await ask();
    }
    expect((await ask()).value.currency).toBe("EUR");
    expect(store.state).toHaveLength(1);
  });
});
