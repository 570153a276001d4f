// Starts gateway and storefront, publishes the policy as production would, shows each feature. Called by tools/dev,
// which has built everything.
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { startDevServer } from "./lib/dev-server.mjs";
import { dim, fail, line, seconds, unexpectedCount } from "./lib/show.mjs";
import { showcase } from "./lib/showcase.mjs";

const ROOT = resolve(import.meta.dirname, "..");
const { values: options } = parseArgs({
  options: { port: { type: "string", default: "8787" }, once: { type: "boolean", default: false } },
});

const state = mkdtempSync(join(tmpdir(), "sluice-dev-"));
process.once("exit", () => rmSync(state, { recursive: true, force: true }));
const token = randomBytes(16).toString("hex");
const cookieKey = randomBytes(32).toString("base64url");

let server;
let ending = false;
async function end(code) {
  if (ending) return;
  ending = true;
  await server?.stop();
  process.exit(code);
}
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    if (server === undefined) process.exit(130);
    void end(signal === "SIGINT" ? 0 : 130);
  });
}

async function publish(url) {
  const response = await fetch(`${url}/_sluice/config`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: readFileSync(resolve(ROOT, "examples/storefront/policy.json")),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`the policy was refused: ${JSON.stringify(answer, null, 2)}`);
  return answer;
}

/** Waits until the isolate that answers us has read the policy from KV. */
async function untilServing(url) {
  const deadline = Date.now() + 15_000;
  for (;;) {
    const response = await fetch(`${url}/orders/ord_0000`);
    await response.arrayBuffer();
    if (response.status === 401) return;
    if (Date.now() > deadline)
      throw new Error(`the gateway does not serve the policy (${response.status})`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

let quiet = true;
let begun = performance.now();
try {
  server = await startDevServer({
    port: Number(options.port),
    state,
    vars: { SLUICE_ADMIN_TOKEN: token, SLUICE_COOKIE_KEY: cookieKey, SLUICE_REFRESH_MS: "500" },
    configs: [
      "wrangler.toml",
      "examples/storefront/wrangler.toml",
      "examples/exposures/wrangler.toml",
    ],
    onOutput: (text) => {
      if (!quiet) process.stdout.write(dim(text));
    },
  });
  line(seconds("start", begun), `gateway ${server.url} on workerd, the storefront behind it`);
  begun = performance.now();
  const { revision, sha256 } = await publish(server.url);
  await untilServing(server.url);
  line(seconds("publish", begun), `policy revision ${revision}, sha256 ${sha256.slice(0, 12)}…`);

  begun = performance.now();
  await showcase({ url: server.url, token, cookieKey, root: ROOT });
  line("");
  line(seconds("showcase", begun), unexpectedCount() === 0 ? "everything as the policy says" : "");
} catch (error) {
  if (!ending) {
    fail(error.message);
    await end(1);
  }
}

if (unexpectedCount() > 0) {
  fail(`${unexpectedCount()} answers were not what the policy says; what wrangler printed:`);
  process.stderr.write(server.output());
}
if (options.once) await end(unexpectedCount() === 0 ? 0 : 1);
line("");
line(`Running until Ctrl-C. To publish your own policy:`);
line(
  `  curl -X POST -H 'authorization: Bearer ${token}' --data-binary @policy.json ${server.url}/_sluice/config`,
);
quiet = false;
const how = await server.exited;
if (!ending) {
  fail(`wrangler dev ${how}`);
  await end(1);
}
