// sluice/core as an installed package would have it: dist/, through package.json's exports.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { SluiceError, instantiate, instantiateSync, signOverride } from "sluice/core";
import { SEED, bytes, errorOf, module, newCore, text, wasm } from "./support.mjs";

test("loads from a module, bytes, a buffer or a view", async () => {
  const view = new Uint8Array(wasm.length + 8);
  view.set(wasm, 8);
  const sources = [module, wasm, new Uint8Array(wasm).buffer, view.subarray(8)];
  for (const source of sources) {
    const core = await instantiate(source);
    assert.equal(core.hash("", "a", 1), 0.22);
    assert.equal(core.poisoned, false);
  }
  assert.equal(instantiateSync(module).hash("", "a", 1), 0.22);
});

test("starts within 1 MiB", () => {
  const core = newCore();
  core.compileTransform('[{"pick": ["$.a"]}]');
  assert.ok(core.memoryBytes <= 1 << 20, `${core.memoryBytes} bytes`);
});

test("refuses what isn't its module", async () => {
  const empty = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
  await assert.rejects(instantiate(empty), {
    name: "SluiceError",
    code: "invalid_argument",
    message: /does not export/,
  });
  await assert.rejects(instantiate(new Uint8Array(4)), WebAssembly.CompileError);
});

test("refuses a module that imports something strange", () => {
  // (module (import "env" "steal" (func)))
  const strange = new WebAssembly.Module(
    new Uint8Array([
      0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 2, 13, 1, 3, 0x65, 0x6e, 0x76, 5, 0x73,
      0x74, 0x65, 0x61, 0x6c, 0, 0,
    ]),
  );
  assert.match(errorOf(() => instantiateSync(strange)).message, /imports env\.steal/);
});

test("wants a seed of sixteen bytes, or none", () => {
  assert.equal(
    errorOf(() => instantiateSync(module, { seed: new Uint8Array(15) })).code,
    "invalid_argument",
  );
});

test("hashes as GrowthBook does", () => {
  const core = newCore();
  assert.equal(core.hash("", "a", 1), 0.22);
  assert.equal(core.hash("foo", "ab", 2), 0.2575);
  assert.equal(core.hash("s", "é€😀", 2), 0.237);
  for (const version of [3, 0, -1, 1.5, NaN, 2 ** 32 + 1, "2", undefined]) {
    assert.equal(core.hash("s", "a", version), null, String(version));
  }
  assert.equal(core.hash("", "x".repeat(100_000), 2), core.hash("", "x".repeat(100_000), 2));
});

test("two cores share nothing", () => {
  const [left, right] = [newCore(), newCore()];
  const limits =
    '{"a": {"algorithm": "fixed_window", "rate": {"units": 1, "per": "1m"}, "subject": []}}';
  const charge = (limiter) => limiter.charge([{ limit: "a", subject: "" }], 0).allowed;
  const [one, two] = [left.createLimiter(limits), right.createLimiter(limits)];
  assert.deepEqual([charge(one), charge(one), charge(two)], [true, false, true]);
});

test("a transform reshapes text and bytes alike, and gives bytes of its caller's own", () => {
  using transform = newCore().compileTransform('[{"pick": ["$.id", "$.items[*].sku"]}]');
  const order = '{"id":12345678901234567890,"items":[{"sku":"é€😀","cost":1.0}],"x":[]}';
  const first = transform.apply(order);
  assert.equal(text(first), '{"id":12345678901234567890,"items":[{"sku":"é€😀"}]}');
  assert.deepEqual(transform.apply(bytes(order)), first);
  transform.apply('{"id": "something else"}');
  assert.equal(text(first), '{"id":12345678901234567890,"items":[{"sku":"é€😀"}]}');
  assert.equal(first.byteOffset, 0);
  assert.equal(first.buffer.byteLength, first.length);
});

test("memory grows under large inputs, and earlier results stay", () => {
  const core = newCore();
  using transform = core.compileTransform('[{"drop": ["$.gone"]}]');
  const small = transform.apply('{"a":1,"gone":2}');
  const before = core.memoryBytes;
  for (const size of [1e4, 1e5, 1e6, 3e6]) {
    const filler = "é".repeat(size / 2);
    for (const json of [`{"a":"${filler}","gone":1}`, bytes(`{"a":"${filler}","gone":1}`)]) {
      assert.equal(text(transform.apply(json)), `{"a":"${filler}"}`);
    }
  }
  assert.ok(core.memoryBytes > before);
  assert.equal(text(small), '{"a":1}');
});

test("a large input's memory is there for other things afterwards", () => {
  const steps = JSON.stringify([{ set: { "$.a": "x".repeat(1 << 20) } }]);
  const held = [];
  const compiledBytes = (core) => {
    const before = core.memoryBytes;
    for (let i = 0; i < 8; i++) held.push(core.compileTransform(steps));
    return core.memoryBytes - before;
  };
  assert.ok(compiledBytes(newCore()) > 8 << 20, "else this shows nothing");
  const core = newCore();
  using transform = core.compileTransform('[{"pick": ["$.a"]}]');
  const input = bytes(`{"a":1,"b":"${"x".repeat(24 << 20)}"}`);
  assert.equal(errorOf(() => transform.apply(input)).code, "budget_exceeded");
  assert.equal(compiledBytes(core), 0);
  assert.equal(text(transform.apply('{"a":1,"b":2}')), '{"a":1}');
  for (const other of held) other.dispose();
});

test("an input beyond the budget is refused, and the core goes on", () => {
  const core = newCore();
  using transform = core.compileTransform('[{"drop": ["$.x"]}]');
  const large = errorOf(() => transform.apply(new Uint8Array(64 << 20)));
  assert.deepEqual([large.code, large.budget], ["budget_exceeded", "input_bytes"]);
  assert.equal(text(transform.apply("{}")), "{}");
  const deep = errorOf(() => transform.apply("[".repeat(100_000)));
  assert.deepEqual([deep.code, deep.budget], ["budget_exceeded", "depth"]);
  assert.equal(text(transform.apply("{}")), "{}");
});

test("text that isn't JSON throws invalid_json with the byte, counted in UTF-8", () => {
  using transform = newCore().compileTransform('[{"drop": ["$.x"]}]');
  for (const [json, byteOffset] of [
    ["{", 1],
    ["", 0],
    ['{"é": tru}', 10],
    ['["a",]', 5],
  ]) {
    const error = errorOf(() => transform.apply(json));
    assert.ok(error instanceof SluiceError);
    assert.equal(error.code, "invalid_json");
    assert.equal(error.byteOffset, byteOffset, json);
    assert.ok(error.message.length > 5);
  }
});

test("a fault in a transform is placed", () => {
  const error = errorOf(() => newCore().compileTransform('[{"pick": ["$.a"]}, {"pikc": ["$.b"]}]'));
  assert.ok(error instanceof SluiceError);
  assert.equal(error.code, "invalid_transform");
  const [issue] = error.issues ?? [];
  assert.match(issue?.pointer ?? error.location ?? "", /^\/1/);
  assert.match(issue?.message ?? error.message, /pick/);
});

test("what was disposed of is stale, and disposing again is nothing", () => {
  const core = newCore();
  const transform = core.compileTransform('[{"pick": ["$.a"]}]');
  transform.dispose();
  transform.dispose();
  assert.equal(errorOf(() => transform.apply("{}")).code, "stale_handle");
  const others = Array.from({ length: 100 }, () => core.compileTransform('[{"pick": ["$.b"]}]'));
  assert.equal(errorOf(() => transform.apply("{}")).code, "stale_handle");
  for (const other of others) other[Symbol.dispose]();
});

test("compiling and disposing over and over takes no more memory", () => {
  const core = newCore();
  const round = () => {
    for (let count = 0; count < 200; count++)
      core.compileTransform('[{"pick": ["$.a", "$.b[*].c"]}]').dispose();
  };
  round();
  const before = core.memoryBytes;
  for (let count = 0; count < 10; count++) round();
  assert.equal(core.memoryBytes, before);
});

test("what no call can take is an invalid argument", async () => {
  const core = newCore();
  const transform = core.compileTransform('[{"pick": ["$.a"]}, {"compose": {"b": {}}}]');
  const query = core.compileQuery({ jsonpath: "$.a" });
  const schema = core.compileSchema("true");
  const features = core.compileFeatures('{"features": {"f": {"rules": [{"variations": [1, 2]}]}}}');
  const limiter = core.createLimiter(
    '{"a": {"algorithm": "gcra", "rate": {"units": 1, "per": "1m"}, "subject": []}}',
  );
  const key = "0123456789abcdef";
  const cyclic = {};
  cyclic.cyclic = cyclic;

  const notText = [
    undefined,
    null,
    1,
    true,
    {},
    [],
    1n,
    new DataView(new ArrayBuffer(8)),
    Symbol(),
  ];
  for (const value of notText) {
    for (const call of [
      () => core.compilePolicy(value),
      () => core.compileTransform(value),
      () => core.compileSchema(value),
      () => core.compileSchema("true", { resources: { "a:b": value ?? 1 } }),
      () => core.compileQuery(value),
      () => core.compileQuery({ jsonpath: value }),
      () => core.compileQuery({ jmespath: value }),
      () => core.compileFeatures(value),
      () => core.decryptFeatures(value, key),
      () => core.createLimiter(value),
      () => limiter.setRules(value),
      () => limiter.charge([{ limit: "a", subject: value }], 0),
      () => limiter.charge(Array(2).fill({ limit: "a", subject: value }), 0),
      () => limiter.block({ limit: "a", subject: value }, 0),
      () => transform.apply(value),
      () => transform.apply("{}", { inputs: { b: value ?? 1 } }),
      () => query.run(value),
      () => schema.isValid(value),
      () => schema.validate(value),
      () => core.hash(value, "a", 1),
      () => core.hash("a", value, 2),
      () => signOverride({ experiments: {}, expires: 0 }, value),
    ]) {
      await assert.rejects(async () => call(), { name: "SluiceError", code: "invalid_argument" });
    }
  }
  for (const call of [
    ...[undefined, null, 1, [], 1n].map((value) => () => features.evaluate(value)),
    ...[5n, cyclic].flatMap((value) => [
      () => features.evaluate({ id: value }),
      () => features.evaluate({ id: value }, { url: "https://x.example/" }),
      () => features.evaluate({ id: "u" }, { forcedVariations: { f: value } }),
      () => features.evaluate({ id: "u" }, { stickyBuckets: { "id||u": value } }),
    ]),
    () => features.evaluate({ id: "u" }, { url: 5 }),
    () => features.evaluate({ id: "u" }, { keys: "f" }),
    () => core.sampleRatio(undefined, [1, 1]),
    () => core.sampleRatio([1, 2], [1n, 1n]),
    () => core.decryptFeatures('{"encryptedFeatures": "a.b"}', undefined),
    () => signOverride({ expires: 0 }, key),
  ]) {
    await assert.rejects(async () => call(), { name: "SluiceError", code: "invalid_argument" });
  }
  for (const value of ["null", "[]", "1", '"a"']) {
    const error = { name: "SluiceError", code: "invalid_argument" };
    assert.throws(() => core.compileFeatures(value), error);
    await assert.rejects(core.decryptFeatures(value, key), error);
  }
  assert.equal(core.poisoned, false);
  assert.equal(core.hash("", "a", 1), 0.22);
});

test("bytes may be another realm's", () => {
  const foreign = runInNewContext("new Uint8Array([91, 93])");
  assert.ok(!(foreign instanceof Uint8Array));
  assert.equal(newCore().compileSchema("true").isValid(foreign), true);
});
