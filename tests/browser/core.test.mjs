// `sluice/core` in a browser: dist/ is served as it is, a page imports it, headless Chromium runs the page.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { orderListing } from "../../examples/storefront/src/data.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const CHROMIUM = [
  process.env.CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
].find((path) => path !== undefined && existsSync(path));
if (CHROMIUM === undefined) {
  console.error(
    "\nSKIPPED, NOT PASSED: no Chromium on this machine (apt-get install chromium, or set CHROMIUM)\n",
  );
}

const PAGE = `<!doctype html><meta charset="utf-8"><script type="module">
  const report = (outcome) => fetch("/outcome", { method: "POST", body: JSON.stringify(outcome) });
  try {
    const { instantiate, SluiceError } = await import("/dist/core.js");
    const wasm = await (await fetch("/dist/core.wasm")).arrayBuffer();
    const core = await instantiate(wasm);
    const transform = core.compileTransform('[{"pick": ["$.orders[*].ledger", "$.page"]}]');
    const orders = new TextDecoder().decode(transform.apply(await (await fetch("/orders")).text()));
    const limiter = core.createLimiter(JSON.stringify({ api: {
      algorithm: "gcra", rate: { units: 2, per: "10s" }, subject: ["identity"], durability: "strict" } }));
    const charge = () => limiter.charge([{ limit: "api", subject: "me" }], 1e12).allowed;
    let fault;
    try { core.compilePolicy('{"version": 1, "routes": [{}]}'); } catch (error) {
      fault = { ours: error instanceof SluiceError, code: error.code, issues: error.issues?.length };
    }
    await report({ orders, hash: core.hash("foo", "ab", 2), allowed: [charge(), charge(), charge()], fault });
  } catch (error) {
    await report({ failed: String(error?.stack ?? error) });
  }
</script>`;

test(
  "the core in headless Chromium",
  { skip: CHROMIUM === undefined && "no Chromium", timeout: 60_000 },
  async (context) => {
    const types = { ".js": "text/javascript", ".wasm": "application/wasm" };
    let arrived;
    const outcome = new Promise((done) => {
      arrived = done;
    });
    const server = createServer(async (request, response) => {
      const { pathname } = new URL(request.url, "http://x");
      if (pathname === "/") return response.setHeader("content-type", "text/html").end(PAGE);
      if (pathname === "/orders") return response.end(orderListing(2));
      if (pathname === "/outcome") {
        let body = "";
        for await (const chunk of request.setEncoding("utf8")) body += chunk;
        arrived(JSON.parse(body));
        return response.end();
      }
      const file = join(ROOT, pathname);
      if (!/^\/dist\/[\w.-]+$/.test(pathname) || !existsSync(file))
        return response.writeHead(404).end();
      return response
        .setHeader("content-type", types[/\.\w+$/.exec(file)[0]] ?? "text/plain")
        .end(readFileSync(file));
    });
    await new Promise((done) => server.listen(0, "127.0.0.1", done));
    const profile = mkdtempSync(join(tmpdir(), "sluice-chromium-"));
    const browser = spawn(
      CHROMIUM,
      [
        ...[
          "--headless",
          "--no-sandbox",
          "--disable-gpu",
          "--disable-dev-shm-usage",
          "--no-first-run",
        ],
        ...[
          "--disable-background-networking",
          "--disable-component-update",
          `--user-data-dir=${profile}`,
        ],
        `http://127.0.0.1:${server.address().port}/`,
      ],
      { stdio: ["ignore", "ignore", "pipe"], detached: true },
    );
    let stderr = "";
    browser.stderr.setEncoding("utf8").on("data", (text) => {
      stderr += text;
    });
    const exited = new Promise((done) => browser.once("exit", done));
    context.after(async () => {
      process.kill(-browser.pid, "SIGKILL");
      await exited;
      server.closeAllConnections();
      server.close();
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    });

    const ended = exited.then((code) => ({
      failed: `Chromium exited with ${code}: ${stderr.slice(-2000)}`,
    }));
    const { orders, hash, allowed, fault, failed } = await Promise.race([outcome, ended]);
    assert.equal(failed, undefined);
    assert.match(
      orders,
      /^\{"orders":\[\{"ledger":9007199254740993\},\{"ledger":9007199254740995\}\],/,
    );
    assert.match(orders, /"ceiling":1e400\}\}$/);
    assert.equal(hash, 0.2575);
    assert.deepEqual(allowed, [true, true, false]);
    assert.equal(fault.ours, true);
    assert.equal(fault.code, "invalid_policy");
    assert.ok(fault.issues > 0);
  },
);
