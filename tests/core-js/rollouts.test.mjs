// A rollout that grows or shrinks, and weights that change, move exactly the users in between.
import assert from "node:assert/strict";
import { test } from "node:test";
import { rollouts } from "../../bench/assignment/rollouts.mjs";
import { newCore } from "./support.mjs";

const USERS = 5_000;

for (const { name, moved, between, wrong } of rollouts(newCore(), USERS)) {
  test(name, () => {
    assert.equal(wrong, 0);
    assert.equal(moved, between);
    assert.ok(moved > USERS / 20 && moved < USERS, String(moved));
  });
}
