// `wrangler dev`, ended and started again on the same storage.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Gateway, storefrontPolicy } from "./harness.mjs";

test("policy, revision and visitors survive a restart; strict counters too", async (context) => {
  const state = mkdtempSync(join(tmpdir(), "sluice-e2e-"));
  let gateway;
  context.after(async () => {
    await gateway?.close();
    rmSync(state, { recursive: true, force: true });
  });
  // An hour's window: the restart doesn't end it.
  const policy = JSON.parse(storefrontPolicy);
  policy.limits.catalogTotal.rate = { units: 3, per: "1h" };

  gateway = await Gateway.startDev({ state });
  const first = await gateway.use(storefrontPolicy);
  const { revision } = await gateway.use(policy);
  assert.equal(revision, first.revision + 1);
  const page = await gateway.visit("/products/MUG-001");
  const statuses = [];
  while (statuses.at(-1) !== 429 && statuses.length < 30)
    statuses.push((await gateway.get("/catalog")).status);
  assert.deepEqual(statuses, [200, 200, 200, 429]);
  await gateway.close();

  gateway = await Gateway.startDev({ state });
  // Health has looked for a policy already, but in whatever isolate: this one must serve it.
  const again = await gateway.visit("/products/MUG-001", { cookies: page.cookies });
  assert.equal(again.status, 200);
  assert.equal(again.text, page.text, "the visitor keeps the variant");
  assert.equal((await gateway.get("/_sluice/health")).json.revision, revision);
  assert.equal((await gateway.get("/catalog")).status, 429, "what was charged stays charged");
  const back = await gateway.publish(
    { revision: first.revision },
    { path: "/_sluice/config/rollback" },
  );
  assert.equal(back.json.revision, revision + 1, "revisions go on where they were");
  await gateway.untilRevision(revision + 1);
  assert.equal((await gateway.get("/catalog")).status, 200, "another period is another counter");
});
