// signOverride: the same tokens as tests/core/experiment/override_token_test.cc verifies.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { signOverride } from "sluice/core";
import { bytes, text } from "./support.mjs";

const KEY = "0123456789abcdef0123456789abcdef";
const expires = new Date("2026-01-01T00:00:00Z");

const parts = (token) => {
  const [encoded, mac] = token.split(".");
  return { text: text(Buffer.from(encoded, "base64url")), encoded, mac };
};

test("the tokens that the core's test verifies", async () => {
  const experiments = { "pp-2026": 1, "café & co": 0 };
  const token = "cHAtMjAyNj0xJmNhZiVDMyVBOSUyMCUyNiUyMGNvPTA7MTc2NzIyNTYwMA.4-RhR8RCA6b2GoqVzrbawQ";
  assert.equal(await signOverride({ experiments, expires }, KEY), token);
  assert.equal(await signOverride({ experiments, expires }, bytes(KEY)), token);
  assert.equal(await signOverride({ experiments, expires: expires.getTime() }, KEY), token);
  assert.equal(
    await signOverride({ experiments: {}, expires }, KEY),
    "OzE3NjcyMjU2MDA.wLK3dJl0_N_mN1vfqU6kYQ",
  );
});

test("what is in them", async () => {
  const token = await signOverride(
    { experiments: { "=&;%": 255, ü: 0 }, expires: expires.getTime() + 999 },
    KEY,
  );
  const { text: inside, encoded, mac } = parts(token);
  assert.equal(inside, "%3D%26%3B%25=255&%C3%BC=0;1767225600");
  const digest = createHmac("sha256", KEY).update(`override\0\0${encoded}`).digest();
  assert.equal(mac, digest.subarray(0, 16).toString("base64url"));
});

test("what can't be signed", async () => {
  const many = Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`e${i}`, 0]));
  for (const [override, key] of [
    [{ experiments: { a: 1.5 }, expires }, KEY],
    [{ experiments: { a: -1 }, expires }, KEY],
    [{ experiments: { a: 256 }, expires }, KEY],
    [{ experiments: { a: NaN }, expires }, KEY],
    [{ experiments: { a: "1" }, expires }, KEY],
    [{ experiments: { "": 1 }, expires }, KEY],
    [{ experiments: { "\ud800": 1 }, expires }, KEY],
    [{ experiments: { ["k".repeat(2000)]: 1 }, expires }, KEY],
    [{ experiments: many, expires }, KEY],
    [{ experiments: {}, expires: NaN }, KEY],
    [{ experiments: {}, expires: -1 }, KEY],
    [{ experiments: {}, expires: 1e15 }, KEY],
    [{ experiments: {}, expires: new Date("never") }, KEY],
    [{ experiments: {}, expires }, ""],
    [{ experiments: {}, expires }, "fifteen bytes.."],
  ]) {
    await assert.rejects(signOverride(override, key), { code: "invalid_argument" });
  }
});
