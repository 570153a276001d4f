// The built module, as any JavaScript host would call it. No help from worker-shim: this is the
// boundary that wasm/abi/sluice.h states.
//
//   node --test tests/abi                                          build/wasi/core.wasm
//   SLUICE_CORE_WASM=build/emscripten/core.wasm node --test tests/abi
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const WASM = process.env.SLUICE_CORE_WASM ?? `${ROOT}build/wasi/core.wasm`;
const IMPORTS_ALLOWED = process.env.SLUICE_CORE_IMPORTS
  ? JSON.parse(readFileSync(process.env.SLUICE_CORE_IMPORTS, "utf8")).imports
  : [];

const OK = 0;
const INVALID_JSON = 1;
const INVALID_POLICY = 2;
const INVALID_ARGUMENT = 3;
const STALE_HANDLE = 4;
const BUDGET_EXCEEDED = 5;
const POISONED = 6;
const INVALID_QUERY = 8;
const TRANSFORM_FAILED = 10;
const QUERY_FAILED = 11;
const MISSING_SECRET = 12;
const INVALID_SCHEMA = 13;
const ABSENT = 0xffffffff;
const MIB = 1024 * 1024;
const NOW = 1_764_000_000_000;

const module = new WebAssembly.Module(readFileSync(WASM));
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

function stubImports() {
  const imports = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    (imports[from] ??= {})[name] =
      name === "emscripten_notify_memory_growth"
        ? () => {}
        : () => {
            throw new Error(`the core called ${from}.${name}`);
          };
  }
  return imports;
}

class Core {
  constructor({ seed = true } = {}) {
    this.exports = new WebAssembly.Instance(module, stubImports()).exports;
    this.exports._initialize();
    this.result = this.exports.sluice_result_address() >>> 0;
    if (seed) assert.equal(this.exports.sluice_init(...this.write(new Uint8Array(16))), OK);
  }
  get memory() {
    return this.exports.memory.buffer;
  }
  /** [address, length] of input that was written. */
  write(input) {
    const bytes = typeof input === "string" ? encoder.encode(input) : input;
    const address = this.exports.sluice_input(bytes.length) >>> 0;
    assert.notEqual(address, 0);
    assert.equal(address % 8, 0);
    new Uint8Array(this.memory).set(bytes, address);
    return [address, bytes.length];
  }
  word(index) {
    return new DataView(this.memory).getUint32(this.result + 4 * index, true);
  }
  get handle() {
    return this.word(4);
  }
  get number() {
    return new DataView(this.memory).getFloat64(this.result + 24, true);
  }
  bytes(at = 0) {
    return new Uint8Array(this.memory).slice(this.word(at), this.word(at) + this.word(at + 1));
  }
  words() {
    const bytes = this.bytes();
    return new Uint32Array(bytes.buffer, 0, Math.floor(bytes.length / 4));
  }
  text(at = 0) {
    return decoder.decode(this.bytes(at));
  }
  json() {
    return JSON.parse(this.text());
  }
  compilePolicy(policy) {
    const text = typeof policy === "string" ? policy : JSON.stringify(policy);
    assert.equal(this.exports.sluice_policy_compile(...this.write(text)), OK, this.text());
    return this.handle;
  }
  describe(policy) {
    assert.equal(this.exports.sluice_policy_describe(policy), OK);
    return this.json();
  }
}

/** A facts frame from values by slot number; or, of the same form, an inputs frame. */
function facts(values) {
  const slots = Math.max(...Object.keys(values).map(Number)) + 1;
  const encoded = Array.from({ length: slots }, (_, slot) =>
    values[slot] === undefined
      ? undefined
      : typeof values[slot] === "string"
        ? encoder.encode(values[slot])
        : values[slot],
  );
  const start = 12 + 8 * slots;
  const length = start + encoded.reduce((sum, fact) => sum + (fact?.length ?? 0), 0);
  const frame = new Uint8Array(length);
  const view = new DataView(frame.buffer);
  view.setUint32(0, 1, true);
  view.setUint32(4, length, true);
  view.setUint32(8, slots, true);
  let at = start;
  encoded.forEach((fact, slot) => {
    view.setUint32(12 + 8 * slot, fact === undefined ? ABSENT : at, true);
    view.setUint32(16 + 8 * slot, fact?.length ?? 0, true);
    if (fact === undefined) return;
    frame.set(fact, at);
    at += fact.length;
  });
  return frame;
}

const STOREFRONT = readFileSync(`${ROOT}examples/storefront/policy.json`, "utf8");
const SMALL = {
  version: 1,
  upstreams: { u: { type: "service", binding: "U" } },
  transforms: { slim: [{ pick: ["$.id", "$.items[*].sku"] }] },
  routes: [
    {
      id: "order",
      match: { path: "/orders/{id}" },
      upstream: "u",
      path: "/v2/{id}",
      response: { transform: "slim" },
    },
  ],
};

test("imports nothing, or only what is allowed to be stubbed", () => {
  const imports = WebAssembly.Module.imports(module).map((i) => `${i.module}.${i.name}`);
  if (process.env.SLUICE_CORE_WASM === undefined) assert.deepEqual(imports, []);
  else if (IMPORTS_ALLOWED.length > 0) {
    for (const name of imports) assert.ok(IMPORTS_ALLOWED.includes(name), name);
  }
});

test("exports what the header declares, and takes and returns only numbers", () => {
  const header = readFileSync(`${ROOT}wasm/abi/sluice.h`, "utf8");
  const declared = [...header.matchAll(/^SLUICE_EXPORT [^;(]*?(\w+)\(/gm)].map((m) => m[1]);
  assert.ok(declared.length >= 17);
  const exported = WebAssembly.Module.exports(module);
  for (const name of declared) {
    assert.ok(
      exported.some((e) => e.name === name && e.kind === "function"),
      name,
    );
  }
  const core = new Core();
  for (const name of declared) {
    const value = core.exports[name](0, 0, 0, 0, 0);
    assert.equal(typeof value, "number", name);
  }
});

test("speaks version 7 of the ABI", () => {
  assert.equal(new Core({ seed: false }).exports.sluice_abi_version(), 7);
});

test("starts with at most 1 MiB of memory, with a policy too", () => {
  const core = new Core();
  assert.ok(core.memory.byteLength <= MIB, `${core.memory.byteLength} bytes`);
  core.compilePolicy(STOREFRONT);
  assert.ok(core.memory.byteLength <= MIB, `${core.memory.byteLength} bytes with the storefront`);
});

test("wants its seed first, and once", () => {
  const core = new Core({ seed: false });
  assert.equal(core.exports.sluice_policy_compile(...core.write("{}")), INVALID_ARGUMENT);
  assert.match(core.json().message, /sluice_init/);
  assert.equal(core.exports.sluice_init(...core.write(new Uint8Array(15))), INVALID_ARGUMENT);
  assert.equal(core.exports.sluice_init(...core.write(new Uint8Array(16))), OK);
  assert.equal(core.exports.sluice_init(...core.write(new Uint8Array(16))), INVALID_ARGUMENT);
});

test("compile, describe, match, decide, transform", () => {
  const core = new Core();
  const policy = core.compilePolicy(SMALL);
  const description = core.describe(policy);
  assert.equal(description.formatVersion, 5);
  assert.deepEqual(description.matchSlots, [0, 2]);
  assert.deepEqual(description.routes[0].needs, [2, 3]);

  const frame = facts({ 0: "GET", 2: "//orders/%41%2e7", 3: "?q=é" });
  assert.equal(core.exports.sluice_policy_match(policy, ...core.write(frame), NOW), OK);
  const match = core.words();
  assert.deepEqual([...match.slice(0, 4)], [2, 32, 0, 0]);

  assert.equal(core.exports.sluice_policy_decide(policy, 0, ...core.write(frame), NOW), OK);
  const plan = core.words();
  const text = core.bytes();
  assert.equal(plan[2], 0);
  assert.equal(plan[3], 0, "upstream");
  assert.equal(plan[4], 0, "transform");
  assert.equal(decoder.decode(text.subarray(plan[5], plan[5] + plan[6])), "/v2/A.7?q=é");
  assert.equal(plan[7], ABSENT, "identity");

  const body = '{"id":12345678901234567890,"items":[{"sku":"é\\u00e9","n":1}],"total":1.0}';
  assert.equal(core.exports.sluice_policy_transform(policy, 0, ...core.write(body)), OK);
  assert.equal(core.text(), '{"id":12345678901234567890,"items":[{"sku":"é\\u00e9"}]}');
});

test("the storefront's policy compiles, and its routes are found", () => {
  const core = new Core();
  const policy = core.compilePolicy(STOREFRONT);
  const description = core.describe(policy);
  const mobile = description.slots.indexOf("header:x-client");
  const route = (values) => {
    assert.equal(core.exports.sluice_policy_match(policy, ...core.write(facts(values)), NOW), OK);
    return description.routes[core.words()[3]]?.id ?? core.words()[2];
  };
  assert.equal(route({ 0: "GET", 2: "/orders/7" }), "order");
  assert.equal(route({ 0: "GET", 2: "/orders/7", [mobile]: "mobile" }), "order-mobile");
  assert.equal(route({ 0: "GET", 2: "/orders" }), "orders");
  assert.equal(route({ 0: "GET", 2: "/live/a/b" }), "live");
  assert.equal(route({ 0: "DELETE", 2: "/orders" }), 2, "method not allowed");
  assert.equal(route({ 0: "GET", 2: "/nowhere" }), 1, "not found");
  assert.equal(route({ 0: "GET", 2: "/orders/%2F" }), 3, "bad target");
});

test("schemas: options, results, and what is no argument", () => {
  const core = new Core();
  const { exports } = core;
  /** Writes the schema with its options behind it, and compiles. */
  const compile = (schema, options, flags = 0) => {
    const text = encoder.encode(schema);
    const frame = options === undefined ? new Uint8Array(0) : facts(options);
    const both = new Uint8Array(text.length + frame.length);
    both.set(text);
    both.set(frame, text.length);
    const [address] = core.write(both);
    const behind = address + text.length;
    return exports.sluice_schema_compile(address, text.length, behind, frame.length, flags);
  };
  const uri = "https://example.com/n";
  assert.equal(compile(`{"$ref":"${uri}"}`, { 1: uri, 2: '{"type":"integer"}' }), OK);
  assert.deepEqual(core.json(), { notes: [] });
  const schema = core.handle;
  assert.equal(exports.sluice_schema_is_valid(schema, ...core.write("1")), OK);
  assert.equal(core.word(5), 1);
  assert.equal(exports.sluice_schema_is_valid(schema, ...core.write('"1"')), OK);
  assert.equal(core.word(5), 0);
  assert.equal(exports.sluice_schema_validate(schema, 3, 16, ...core.write("1")), OK);
  assert.equal(core.text(), "");
  for (const output of [1, 2, 3]) {
    assert.equal(exports.sluice_schema_validate(schema, output, 0, ...core.write('"1"')), OK);
    assert.deepEqual([core.word(5), core.json().valid], [0, false]);
  }
  assert.equal(exports.sluice_schema_validate(schema, 4, 1, ...core.write('"1"')), OK);
  const frame = Buffer.from(core.text());
  assert.deepEqual([core.word(5), frame.readUInt32LE(0), frame.readUInt32LE(4)], [0, 1, 1]);
  assert.equal(exports.sluice_schema_validate(schema, 4, 1, ...core.write("1")), OK);
  assert.deepEqual([core.word(5), core.text()], [1, ""]);
  assert.equal(exports.sluice_schema_validate(schema, 5, 1, ...core.write("1")), INVALID_ARGUMENT);
  assert.equal(exports.sluice_schema_is_valid(schema, ...core.write("1,")), INVALID_JSON);

  assert.equal(compile('{"type":7}'), INVALID_SCHEMA);
  assert.equal(core.json().issues[0].pointer, "/type");
  assert.equal(compile("{}", { 0: "draft-03" }), INVALID_ARGUMENT);
  assert.equal(compile("{}", { 1: uri }), INVALID_ARGUMENT, "a URI without its JSON");
  const [address, length] = core.write("{}");
  assert.equal(
    exports.sluice_schema_compile(address, length, address, length, 0),
    INVALID_ARGUMENT,
    "options that are no frame",
  );
});

test("a policy's schemas check bodies, before a transform or behind it", () => {
  const core = new Core();
  const { exports } = core;
  const policy = core.compilePolicy({
    version: 1,
    transforms: { bare: [{ drop: ["$.x"] }] },
    schemas: { bare: { additionalProperties: false, properties: { id: { type: "integer" } } } },
    routes: [],
  });
  const check = (flags, body) => {
    const [address, length] = core.write(body);
    const status = exports.sluice_policy_checked_transform(policy, 0, 0, flags, address, length);
    return [status, core.word(5), core.text(), core.text(2) === "" ? 0 : 1];
  };
  const RESULT = 1;
  const REPORT = 2;
  const body = '{"id":1,"x":2}';
  assert.deepEqual(check(0, '{"id":1}'), [OK, 1, '{"id":1}', 0]);
  assert.deepEqual(check(0, body), [OK, 0, "", 1]);
  assert.deepEqual(check(REPORT, body), [OK, 0, '{"id":1}', 1]);
  assert.deepEqual(check(RESULT, body), [OK, 1, '{"id":1}', 0]);
  assert.deepEqual(check(RESULT | REPORT, '{"id":"1","x":2}'), [OK, 0, '{"id":"1"}', 1]);
  assert.equal(check(0, "{")[0], INVALID_JSON);
  assert.equal(exports.sluice_policy_validate(policy, 0, ...core.write(body)), OK);
  assert.equal(core.word(5), 0);
  assert.equal(core.json().errors[0].instanceLocation, "/x");
  assert.equal(exports.sluice_policy_validate(policy, 1, ...core.write(body)), INVALID_ARGUMENT);
});

test("faults come as JSON, all of them", () => {
  const core = new Core();
  const text = '{"version":1,"limits":{"a":{"algorithm":"gcra"}},"routes":[{"id":"é"}]}';
  assert.equal(core.exports.sluice_policy_compile(...core.write(text)), INVALID_POLICY);
  const failure = core.json();
  assert.equal(failure.code, "invalid_policy");
  assert.equal(failure.issueCount, failure.issues.length);
  assert.ok(failure.issues.length >= 4);
  for (const issue of failure.issues) {
    assert.ok(issue.code && issue.message);
    assert.ok(issue.byteOffset < encoder.encode(text).length);
  }
  assert.equal(core.exports.sluice_policy_compile(...core.write('{"version":1,}')), INVALID_JSON);
  assert.equal(core.json().byteOffset, 13);
});

test("a stale handle is an error on every function that takes one", () => {
  const core = new Core();
  const policy = core.compilePolicy(SMALL);
  assert.equal(core.exports.sluice_dispose(policy), OK);
  const again = core.compilePolicy(SMALL);
  assert.notEqual(again, policy);
  const [address, length] = core.write(facts({ 0: "GET", 2: "/orders/7" }));
  for (const handle of [policy, 0, -1, 0x7fffffff]) {
    const { exports } = core;
    assert.equal(exports.sluice_policy_match(handle, address, length, NOW), STALE_HANDLE);
    assert.equal(exports.sluice_policy_decide(handle, 0, address, length, NOW), STALE_HANDLE);
    assert.equal(exports.sluice_policy_transform(handle, 0, address, length), STALE_HANDLE);
    assert.equal(
      exports.sluice_policy_checked_transform(handle, 0, 0, 0, address, length),
      STALE_HANDLE,
    );
    assert.equal(exports.sluice_policy_validate(handle, 0, address, length), STALE_HANDLE);
    assert.equal(exports.sluice_schema_is_valid(handle, address, length), STALE_HANDLE);
    assert.equal(exports.sluice_schema_validate(handle, 3, 16, address, length), STALE_HANDLE);
    assert.equal(exports.sluice_policy_describe(handle), STALE_HANDLE);
    assert.equal(exports.sluice_transform_apply(handle, address, length), STALE_HANDLE);
    assert.equal(exports.sluice_query_run(handle, address, length), STALE_HANDLE);
    assert.equal(exports.sluice_query_paths(handle, address, length), STALE_HANDLE);
    assert.equal(exports.sluice_policy_set_secret(handle, 0, address, 1), STALE_HANDLE);
    assert.equal(exports.sluice_policy_set_url_patterns(handle, address, 1), STALE_HANDLE);
    assert.equal(exports.sluice_transform_set_secret(handle, 0, address, 1), STALE_HANDLE);
    assert.equal(exports.sluice_counters_charge(handle, 0, address, length, 0), STALE_HANDLE);
    assert.equal(exports.sluice_dispose(handle), STALE_HANDLE);
    assert.equal(core.json().code, "stale_handle");
  }
  assert.equal(core.exports.sluice_policy_match(again, address, length, NOW), OK);
});

test("pointers out of the input, or out of memory, are errors", () => {
  const core = new Core();
  const policy = core.compilePolicy(SMALL);
  const [address, length] = core.write(facts({ 0: "GET", 2: "/orders/7" }));
  const end = core.memory.byteLength;
  for (const [from, count] of [
    [end, 1],
    [end - 1, 2],
    [end + 65536, 4],
    [-1, 1],
    [-8, 8],
    [0, 16],
    [8, 16],
    [address, -1],
    [address, end],
    [address - 8, length],
    [core.result, 32],
    [0x7fffffff, 0x7fffffff],
  ]) {
    assert.equal(
      core.exports.sluice_policy_match(policy, from, count, NOW),
      INVALID_ARGUMENT,
      `${from} ${count}`,
    );
    assert.equal(core.exports.sluice_policy_compile(from, count), INVALID_ARGUMENT);
    assert.equal(core.exports.sluice_query_compile(0, from, count), INVALID_ARGUMENT);
    assert.equal(
      core.exports.sluice_policy_transform(policy, 0, address, 0, from, count),
      INVALID_ARGUMENT,
    );
    assert.equal(core.exports.sluice_hash(from, count, from, count, 2), INVALID_ARGUMENT);
    assert.equal(core.exports.sluice_limit_step(address, 0, from, count, 0, 1), INVALID_ARGUMENT);
  }
  assert.equal(core.exports.sluice_policy_match(policy, address, length, NOW), OK);
});

test("input over the budget gets no memory", () => {
  const core = new Core();
  assert.equal(core.exports.sluice_input(64 * MIB), 0);
  assert.equal(core.exports.sluice_input(-1), 0);
  assert.notEqual(core.exports.sluice_input(100), 0);
});

test("memory grows for a document of 4 MB, and the result survives it", () => {
  const core = new Core();
  const policy = core.compilePolicy(SMALL);
  const before = core.memory;
  const items = Array.from({ length: 40_000 }, (_, i) => ({
    sku: `sku-${i}`,
    name: "x".repeat(60),
    price: i,
  }));
  const text = JSON.stringify({ id: 1, items, more: "y".repeat(100) });
  assert.ok(text.length > 3.5 * MIB, String(text.length));
  assert.equal(core.exports.sluice_policy_transform(policy, 0, ...core.write(text)), OK);
  assert.notEqual(core.memory, before, "grown");
  assert.equal(before.byteLength, 0, "and detached");
  assert.deepEqual(core.json(), { id: 1, items: items.map(({ sku }) => ({ sku })) });
  const grown = core.memory.byteLength;
  for (let i = 0; i < 5; i++) {
    assert.equal(core.exports.sluice_policy_transform(policy, 0, ...core.write(text)), OK);
  }
  assert.equal(core.memory.byteLength, grown, "and then no more");
  assert.equal(
    core.exports.sluice_policy_match(
      policy,
      ...core.write(facts({ 0: "GET", 2: "/orders/7" })),
      NOW,
    ),
    OK,
  );
});

test("a document over the budget is an error, and the instance goes on", () => {
  const core = new Core();
  const policy = core.compilePolicy(SMALL);
  const text = JSON.stringify({ id: "x".repeat(17 * MIB) });
  assert.equal(
    core.exports.sluice_policy_transform(policy, 0, ...core.write(text)),
    BUDGET_EXCEEDED,
  );
  const deep = "[".repeat(100_000);
  assert.equal(
    core.exports.sluice_policy_transform(policy, 0, ...core.write(deep)),
    BUDGET_EXCEEDED,
  );
  assert.equal(core.exports.sluice_policy_transform(policy, 0, ...core.write('{"id":1}')), OK);
  assert.equal(core.text(), '{"id":1}');
});

test("compiling and disposing leaks nothing", () => {
  const core = new Core();
  const round = () => {
    for (let i = 0; i < 200; i++) {
      assert.equal(core.exports.sluice_dispose(core.compilePolicy(STOREFRONT)), OK);
      assert.equal(
        core.exports.sluice_policy_compile(...core.write('{"routes":[{}]}')),
        INVALID_POLICY,
      );
    }
  };
  round();
  const before = core.memory.byteLength;
  round();
  assert.equal(core.memory.byteLength, before);
});

test("a transform takes inputs behind its document, and secrets by number", () => {
  const core = new Core();
  const { exports } = core;
  const steps = [
    { compose: { user: {}, stock: { missing: "null" } } },
    { redact: { paths: ["$.user"], hash: { secret: "KEY" } } },
  ];
  assert.equal(exports.sluice_transform_compile(...core.write(JSON.stringify(steps))), OK);
  const transform = core.handle;
  assert.deepEqual(core.json(), { inputs: ["user", "stock"], secrets: ["KEY"] });
  const apply = (inputs) => {
    const document = encoder.encode('{"a":1.0}');
    const frame = inputs === undefined ? new Uint8Array(0) : facts(inputs);
    const both = new Uint8Array(document.length + frame.length);
    both.set(document);
    both.set(frame, document.length);
    const [at] = core.write(both);
    const status = exports.sluice_transform_apply(
      transform,
      at,
      document.length,
      at + document.length,
      frame.length,
    );
    return [status, core.text()];
  };
  assert.equal(apply({ 0: '"x"' })[0], MISSING_SECRET);
  assert.equal(core.json().code, "missing_secret");
  assert.equal(
    exports.sluice_transform_set_secret(transform, 1, ...core.write("k")),
    INVALID_ARGUMENT,
  );
  assert.equal(exports.sluice_transform_set_secret(transform, 0, ...core.write("k")), OK);

  const hash = createHmac("sha256", "k").update("é").digest("hex").slice(0, 32);
  assert.deepEqual(apply({ 0: '"é"', 1: "[1e400]" }), [
    OK,
    `{"a":1.0,"user":"${hash}","stock":[1e400]}`,
  ]);
  assert.deepEqual(apply({ 0: '"é"' }), [OK, `{"a":1.0,"user":"${hash}","stock":null}`]);
  for (const missing of [undefined, { 1: "1" }]) {
    assert.equal(apply(missing)[0], TRANSFORM_FAILED);
    assert.match(core.json().location, /^\/0/);
  }
  assert.equal(apply({ 0: "1", 2: "1" })[0], INVALID_ARGUMENT);
  assert.equal(apply({ 0: '"é"' })[0], OK);
});

test("a policy takes the keys of its cookies by number, and none that is too short", () => {
  const core = new Core();
  const { exports } = core;
  const policy = core.compilePolicy({
    version: 1,
    upstreams: SMALL.upstreams,
    features: {
      attributes: { id: "visitor" },
      keys: { current: "KEY" },
      payload: { features: { f: { defaultValue: 0, rules: [{ variations: [0, 1] }] } } },
    },
    routes: [
      {
        id: "r",
        match: { path: "/" },
        upstream: "u",
        mint: "always",
        flags: { features: "*", header: "x-flags" },
      },
    ],
  });
  const [{ binding, minBytes }] = core.describe(policy).secrets;
  assert.equal(binding, "KEY");
  assert.ok(minBytes > 1, String(minBytes));
  const request = facts({ 0: "GET", 2: "/", 5: new Uint8Array(16) });
  const decide = () => exports.sluice_policy_decide(policy, 0, ...core.write(request), NOW);
  const setSecret = (number, length) =>
    exports.sluice_policy_set_secret(policy, number, ...core.write("k".repeat(length)));

  assert.equal(decide(), MISSING_SECRET);
  assert.equal(setSecret(0, minBytes - 1), INVALID_ARGUMENT);
  assert.equal(core.json().code, "invalid_argument");
  assert.match(core.json().message, new RegExp(`KEY must have at least ${minBytes} bytes`));
  assert.equal(decide(), MISSING_SECRET, "one that was refused is none");
  assert.equal(setSecret(1, minBytes), INVALID_ARGUMENT);
  assert.equal(setSecret(0, minBytes), OK);
  assert.equal(decide(), OK);
  // A plan with the visitor's cookie, which is signed: an id of 22 characters and a MAC of 22.
  const plan = new TextDecoder("latin1").decode(core.bytes());
  assert.match(plan, /__Host-sluice-visitor=A{22}\.[\w-]{22}; Max-Age=/);
});

test("a policy takes the URL patterns of its payload, parsed by the host", () => {
  const core = new Core();
  const set = (policy, json) =>
    core.exports.sluice_policy_set_url_patterns(policy, ...core.write(json));
  const pattern = "https://shop.example.com/a/*";
  const policy = core.compilePolicy({
    ...SMALL,
    features: {
      attributes: { id: "header:x-id" },
      payload: {
        features: {},
        experiments: [
          {
            key: "e",
            variations: [0, 1],
            urlPatterns: [{ type: "simple", include: true, pattern }],
          },
        ],
      },
    },
  });
  assert.deepEqual(core.describe(policy).urlPatterns, [pattern]);
  const parsed = { host: "shop.example.com", pathname: "/a/*", hash: "", query: [["x", "1"]] };
  assert.equal(set(policy, JSON.stringify([parsed])), OK);
  assert.equal(set(policy, "[null]"), OK);
  assert.equal(set(policy, "[]"), OK);
  assert.equal(set(policy, "{}"), INVALID_ARGUMENT);
  assert.equal(core.json().code, "invalid_argument");
  for (const broken of ["", "[", "[{]"]) assert.equal(set(policy, broken), INVALID_JSON, broken);
  assert.equal(set(core.compilePolicy(SMALL), "[]"), INVALID_ARGUMENT);
  assert.match(core.json().message, /no features/);
});

test("queries in both languages", () => {
  const core = new Core();
  const { exports } = core;
  const compile = (language, text) => {
    assert.equal(exports.sluice_query_compile(language, ...core.write(text)), OK, core.text());
    return core.handle;
  };
  const json = '{"a":[{"b":1.0},{"b":"é"},{}]}';
  const path = compile(0, "$.a[?@.b].b");
  assert.equal(exports.sluice_query_run(path, ...core.write(json)), OK);
  assert.equal(core.text(), '[1.0,"é"]');
  assert.equal(exports.sluice_query_paths(path, ...core.write(json)), OK);
  assert.deepEqual(core.json(), ["$['a'][0]['b']", "$['a'][1]['b']"]);
  const expression = compile(1, "a[].b | [0]");
  assert.equal(exports.sluice_query_run(expression, ...core.write(json)), OK);
  assert.equal(core.text(), "1.0");
  assert.equal(exports.sluice_query_paths(expression, ...core.write(json)), INVALID_ARGUMENT);
  assert.equal(exports.sluice_query_run(compile(1, "abs(@)"), ...core.write('"x"')), QUERY_FAILED);
  assert.equal(exports.sluice_query_compile(0, ...core.write("$[")), INVALID_QUERY);
  assert.equal(exports.sluice_query_compile(7, ...core.write("$")), INVALID_ARGUMENT);
  assert.equal(exports.sluice_transform_apply(path, ...core.write(json)), INVALID_ARGUMENT);
});

test("GrowthBook's hash", () => {
  const core = new Core();
  const hash = (seed, value, version) => {
    const bytes = encoder.encode(seed + value);
    const [address] = core.write(bytes);
    const split = encoder.encode(seed).length;
    const status = core.exports.sluice_hash(
      address,
      split,
      address + split,
      bytes.length - split,
      version,
    );
    assert.equal(status, OK);
    return core.number;
  };
  assert.equal(hash("", "a", 1), 0.22);
  assert.equal(hash("foo", "ab", 2), 0.2575);
  assert.equal(hash("s", "é€😀", 2), 0.237);
  assert.ok(Number.isNaN(hash("s", "a", 3)));
});

test("a limiter object's step keeps its state outside", () => {
  const core = new Core();
  const limits = { l: { algorithm: "gcra", rate: { units: 2, per: "1s" }, subject: [] } };
  assert.equal(core.exports.sluice_limits_compile(...core.write(JSON.stringify(limits))), OK);
  const rule = Uint8Array.from(core.json()[0].rule.match(/../g), (hex) => parseInt(hex, 16));
  const request = new Uint8Array(88); // a header, and a charge of one unit
  const view = new DataView(request.buffer);
  for (const at of [4, 8, 24, 28]) view.setUint32(at, 1, true);
  view.setUint32(0, 2, true);
  request.set(rule, 56);
  let state = new Uint8Array(0);
  const allowed = [];
  for (let i = 0; i < 3; i++) {
    const [address] = core.write(new Uint8Array([...request, ...state]));
    const status = core.exports.sluice_limit_step(
      address,
      request.length,
      address + request.length,
      state.length,
      0,
      1.7e12,
    );
    assert.equal(status, OK);
    allowed.push(core.words()[2]);
    state = core.bytes(2);
  }
  assert.deepEqual(allowed, [1, 1, 0]);
});

test("a corrupted instance does nothing worse than trap", () => {
  // Each byte pattern over all of memory but the stack, then calls. Whatever one makes of it, it ends,
  // as a status or a trap; that nothing outside is harmed is WebAssembly's promise.
  let traps = 0;
  for (const pattern of [0xff, 0x00, 0x7f, 0x01, 0xa5]) {
    const core = new Core();
    const policy = core.compilePolicy(STOREFRONT);
    const [address, length] = core.write(facts({ 0: "GET", 2: "/orders/7" }));
    const memory = new Uint8Array(core.memory);
    memory.fill(pattern, 262_144);
    memory.set(facts({ 0: "GET", 2: "/orders/7" }), address);
    const calls = [
      () => core.exports.sluice_policy_match(policy, address, length, NOW),
      () => core.exports.sluice_policy_decide(policy, 0, address, length, NOW),
      () => core.exports.sluice_policy_compile(address, length),
      () => core.exports.sluice_dispose(policy),
    ];
    for (const call of calls) {
      try {
        const status = call();
        assert.ok(status >= OK && status <= 7, String(status));
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error;
        assert.ok(
          error instanceof WebAssembly.RuntimeError || error instanceof RangeError,
          String(error),
        );
        traps++;
      }
    }
  }
  assert.ok(traps > 0, "at least one of them trapped");
});

test("after a trap every call says so", () => {
  const core = new Core();
  const policy = core.compilePolicy(SMALL);
  const [address, length] = core.write(facts({ 0: "GET", 2: "/orders/7" }));
  // Damage is tried block by block until one makes the call trap; what lies near the result stays
  // whole, so that the instance can still say what happened.
  const memory = new Uint8Array(core.memory);
  const whole = memory.slice();
  const BLOCK = 64;
  let trapped = false;
  for (let from = 262_144; from < whole.length && !trapped; from += BLOCK) {
    if (Math.abs(from - core.result) < 4096 || Math.abs(from - address) < 1024) continue;
    memory.fill(0xff, from, from + BLOCK);
    try {
      core.exports.sluice_policy_match(policy, address, length, NOW);
      memory.set(whole);
    } catch {
      trapped = true;
    }
  }
  assert.ok(trapped, "no damage made match trap");
  assert.equal(core.exports.sluice_policy_match(policy, address, length, NOW), POISONED);
  assert.equal(core.json().code, "poisoned");
  assert.equal(core.exports.sluice_dispose(policy), POISONED);
  assert.equal(core.exports.sluice_input(8), 0);
});

test("features: an attributes frame is checked word by word", () => {
  const core = new Core();
  const payload = { features: { f: { rules: [{ condition: { a: "x" }, force: 1 }] } } };
  assert.equal(core.exports.sluice_features_compile(...core.write(JSON.stringify(payload))), OK);
  const handle = core.handle;
  const decide = (words, text = "") => {
    const frame = Buffer.concat([Buffer.from(Uint32Array.from(words).buffer), Buffer.from(text)]);
    return core.exports.sluice_features_decide(handle, ...core.write(frame), 0);
  };
  const attribute = [0, 1, 0];
  assert.equal(decide([1, 1, 1, 0, ...attribute], "x"), OK);
  assert.equal(decide([1, ABSENT, 0]), OK);
  assert.equal(decide([1, 0, 0]), OK);
  for (const [words, text] of [
    [[], ""],
    [[2, 0, 0], ""],
    [[1, 1, 0], ""],
    [[1, 1, 0, 1], ""],
    [[1, 0, 1], ""],
    [[1, 0, 0xffffffff], ""],
    [[1, 0xfffffffe, 0], ""],
    [[1, 0, 1, ...attribute], ""],
    [[1, 0, 2, ...attribute, ...attribute], "x"],
  ]) {
    assert.equal(decide(words, text), INVALID_ARGUMENT, String(words));
  }
  assert.equal(decide([1, 0, 1, 4 << 24, 1, 0], "{"), INVALID_JSON);
  // An attribute that nothing looks at, and a type that there isn't, are passed over.
  assert.equal(decide([1, 0, 1, 7, 1, 0], "x"), OK);
  assert.equal(decide([1, 0, 1, 9 << 24, 0, 0]), OK);
});
