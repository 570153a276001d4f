// sluice/core as an installed package would have it: dist/, through package.json's exports.
import assert from "node:assert/strict";
import { test } from "node:test";
import { SluiceError, instantiate, instantiateSync } from "sluice/core";
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
  assert.equal(core.hash("s", "a", 3), null);
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
