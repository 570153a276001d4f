// core.sampleRatio: the test for sample ratio mismatch, over the boundary.
import assert from "node:assert/strict";
import { test } from "node:test";
import { errorOf, newCore } from "./support.mjs";

const core = newCore();

test("a mismatch and its probability", () => {
  const { chiSquare, p, degreesOfFreedom } = core.sampleRatio([821588, 815482], [0.5, 0.5]);
  assert.equal(degreesOfFreedom, 1);
  assert.ok(Math.abs(chiSquare - 22.774) < 1e-3);
  assert.ok(Math.abs(p - 1.8e-6) < 1e-7);
});

test("a split as it should be", () => {
  assert.deepEqual(core.sampleRatio([50, 30, 20], [0.5, 0.3, 0.2]), {
    chiSquare: 0,
    p: 1,
    degreesOfFreedom: 2,
  });
  assert.deepEqual(core.sampleRatio([0, 0], [1, 1]), { chiSquare: 0, p: 1, degreesOfFreedom: 1 });
});

test("users of a variation that should have none", () => {
  const { chiSquare, p } = core.sampleRatio([100, 100, 1], [1, 1, 0]);
  assert.equal(chiSquare, Infinity);
  assert.equal(p, 0);
});

test("what is no sample", () => {
  for (const [counts, weights] of [
    [[], []],
    [[1], [1]],
    [[1, 2], [1]],
    [
      [1, 2, 3],
      [1, 1],
    ],
    [
      [1.5, 2],
      [1, 1],
    ],
    [
      [-1, 2],
      [1, 1],
    ],
    [
      [1, NaN],
      [1, 1],
    ],
    [
      [1, 2],
      [1, Infinity],
    ],
    [Array(257).fill(1), Array(257).fill(1)],
    [Array(100_000).fill(1), [1, 1]],
  ]) {
    const error = errorOf(() => core.sampleRatio(counts, weights));
    assert.equal(error.code, "invalid_argument");
    assert.notEqual(error.message, "");
  }
  assert.equal(core.poisoned, false);
});
