// What happens when the core traps: provoked by overwriting its memory, as a fault in it would.
import assert from "node:assert/strict";
import { test } from "node:test";
import { instantiateSync } from "sluice/core";
import { SEED, errorOf, module, text } from "./support.mjs";

function coreWithMemory() {
  const Original = WebAssembly.Instance;
  let made;
  WebAssembly.Instance = class extends Original {
    constructor(...args) {
      super(...args);
      made = this;
    }
  };
  try {
    return { core: instantiateSync(module, { seed: SEED }), memory: made.exports.memory };
  } finally {
    WebAssembly.Instance = Original;
  }
}

test("a trap poisons the core and everything made in it; a new one works", () => {
  const { core, memory } = coreWithMemory();
  const transform = core.compileTransform('[{"pick": ["$.a"]}]');
  const limiter = core.createLimiter(
    '{"a": {"algorithm": "gcra", "rate": {"units": 1, "per": "1s"}, "subject": []}}',
  );
  const query = core.compileQuery({ jsonpath: "$.a" });
  const result = query.run('{"a":1}');
  assert.equal(text(transform.apply('{"a":1}')), '{"a":1}');

  new Uint8Array(memory.buffer).fill(0xff);
  const first = errorOf(() => transform.apply('{"a": 1}'));
  assert.equal(first.code, "poisoned");
  assert.ok(first.cause instanceof WebAssembly.RuntimeError, String(first.cause));
  assert.equal(core.poisoned, true);
  assert.equal(transform.poisoned, true);

  for (const call of [
    () => transform.apply("{}"),
    () => limiter.charge([{ limit: "a", subject: "" }], 0),
    () => query.run("{}"),
    () => result.paths,
    () => core.compileQuery({ jmespath: "a" }),
    () => core.compileTransform("[]"),
    () => core.compilePolicy("{}"),
    () => core.createLimiter("{}"),
    () => core.hash("", "a", 1),
  ]) {
    assert.equal(errorOf(call).code, "poisoned");
  }
  assert.equal(text(result.values), "[1]", "what was copied out stays");
  transform.dispose();
  query.dispose();
  limiter.dispose();

  const { core: fresh } = coreWithMemory();
  assert.equal(fresh.hash("", "a", 1), 0.22);
});
