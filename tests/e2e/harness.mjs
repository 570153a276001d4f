// What the end-to-end tests share: the gateway as its own wrangler.toml describes it, on workerd, spoken to over HTTP.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, afterEach, before } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createTestHarness } from "wrangler";
import { freePort, startDevServer } from "../../tools/lib/dev-server.mjs";
import { visit } from "../../tools/lib/visit.mjs";

export const ROOT = resolve(import.meta.dirname, "../..");
const CONFIG = join(ROOT, "wrangler.toml");
const STOREFRONT = join(ROOT, "examples/storefront/wrangler.toml");
const EXPOSURES = join(ROOT, "examples/exposures/wrangler.toml");
export const TOKEN = "e2e-token-0123456789";
/** What the storefront's cookies are signed with. */
export const COOKIE_KEY = "e2e cookie key 0123456789";
export const storefrontPolicy = readFileSync(join(ROOT, "examples/storefront/policy.json"), "utf8");

const SECRETS = { SLUICE_ADMIN_TOKEN: TOKEN, SLUICE_COOKIE_KEY: COOKIE_KEY };

/** How often the gateway under test looks for a new policy. */
const REFRESH_MS = 100;

/** A running gateway, spoken to over HTTP. */
export class Gateway {
  #harness;
  #devServer;
  #state;

  /**
   * In wrangler's test harness, from the root's wrangler.toml. `config` replaces that file, `secrets` its secrets. Starts within a
   * second, gives access to bindings; but what Workers fetch from the network goes through Node.
   */
  static async start({ config = CONFIG, secrets = SECRETS } = {}) {
    const gateway = new Gateway();
    const vars = { SLUICE_REFRESH_MS: String(REFRESH_MS) };
    gateway.#harness = createTestHarness({
      root: ROOT,
      workers: [
        { configPath: config, vars, secrets },
        { configPath: STOREFRONT },
        { configPath: EXPOSURES },
      ],
    });
    gateway.url = (await gateway.#harness.listen()).url.origin;
    return gateway;
  }

  /** Under `wrangler dev`: workerd itself fetches from the network. `upstream` is the wrangler.toml of the storefront's stand-in. */
  static async startDev({ upstream = STOREFRONT, state } = {}) {
    const gateway = new Gateway();
    if (state === undefined) gateway.#state = state = mkdtempSync(join(tmpdir(), "sluice-e2e-"));
    gateway.#devServer = await startDevServer({
      port: await freePort(),
      state,
      vars: { ...SECRETS, SLUICE_REFRESH_MS: String(REFRESH_MS) },
      configs: [CONFIG, upstream, EXPOSURES],
    });
    gateway.url = gateway.#devServer.url;
    return gateway;
  }

  async close() {
    await this.#harness?.close();
    await this.#devServer?.stop();
    if (this.#state !== undefined) rmSync(this.#state, { recursive: true, force: true });
  }

  /** Starts anew with empty storage. In the harness only. */
  async reset() {
    await this.#harness.reset();
    this.url = (await this.#harness.listen()).url.origin;
  }

  /** The gateway's bindings, to tamper with what it relies on. In the harness only. */
  env() {
    return this.#harness.getWorker().getEnv();
  }

  /** See `read`. */
  async get(path, init = {}) {
    return read(await fetch(this.url + path, { redirect: "manual", ...init }));
  }

  /** As a browser's navigation does it: see `visit`. */
  visit(path, init = {}) {
    return visit(this.url + path, init);
  }

  /** Posts a policy (text or object) to the admin endpoint. */
  publish(policy, { token = TOKEN, path = "/_sluice/config" } = {}) {
    const body = typeof policy === "string" ? policy : JSON.stringify(policy);
    const headers = {
      "content-type": "application/json",
      ...(token !== null && { authorization: `Bearer ${token}` }),
    };
    return this.get(path, { method: "POST", headers, body });
  }

  /** Publishes and waits until the isolate that answers us serves that revision. */
  async use(policy) {
    const answer = await this.publish(policy);
    assert.equal(answer.status < 300, true, `publish: ${answer.status} ${answer.text}`);
    await this.untilRevision(answer.json.revision);
    return answer.json;
  }

  async untilRevision(revision, timeoutMs = 10_000) {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      // A request that no route matches makes the isolate look for a newer policy.
      await this.get("/no-such-route");
      const { json } = await this.get("/_sluice/health");
      if (json?.revision === revision) return;
      assert.ok(
        Date.now() < deadline,
        `revision ${revision} is not served: ${JSON.stringify(json)}`,
      );
      await sleep(REFRESH_MS / 2);
    }
  }

  /** Still there and well? */
  async assertAlive() {
    const { status, json } = await this.get("/_sluice/health");
    assert.equal(status, 200, "the gateway is well afterwards");
    assert.equal(json.traps, 0, "no request made the core trap");
  }
}

/**
 * For a file whose tests look at what upstreams get and answer: an HTTP origin, where `answer(request, response)` answers,
 * and a gateway under `wrangler dev` with the policy that `policy()` makes. Both are there before the first test, which
 * `started(gateway, the origin's URL)` is told before the policy is made; after each test the gateway must be well.
 */
export function aroundOrigin(answer, policy, started) {
  const origin = createServer(answer);
  let gateway;
  before(async () => {
    await new Promise((done) => origin.listen(0, "127.0.0.1", done));
    gateway = await Gateway.startDev();
    started(gateway, `http://127.0.0.1:${origin.address().port}`);
    await gateway.use(policy());
  });
  after(async () => {
    await gateway?.close();
    origin.closeAllConnections();
    origin.close();
  });
  afterEach(() => gateway.assertAlive());
}

/** Sends bytes as they are and reads the answer; undefined if the connection was closed without one. */
export function sendRaw(port, head, { timeoutMs = 5_000 } = {}) {
  return new Promise((done, fail) => {
    const chunks = [];
    const socket = connect(port, "127.0.0.1", () => socket.write(head, "latin1"));
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error("no answer in time")));
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.once("error", (error) => (error.code === "ECONNRESET" ? done(undefined) : fail(error)));
    socket.once("end", () => {
      socket.end();
      done(parseAnswer(Buffer.concat(chunks)));
    });
  });
}

/** A response with its body read: { status, headers, text, json, problem }. */
export async function read(response) {
  const text = await response.text();
  const type = response.headers.get("content-type") ?? "";
  const json = /^application\/(problem\+)?json\b/.test(type) ? parseOrUndefined(text) : undefined;
  return {
    status: response.status,
    headers: response.headers,
    text,
    json,
    problem: type.startsWith("application/problem+json") ? json : undefined,
  };
}

function parseOrUndefined(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function parseAnswer(bytes) {
  if (bytes.length === 0) return undefined;
  const text = bytes.toString("utf8");
  const [head, ...rest] = text.split("\r\n\r\n");
  const [statusLine, ...lines] = head.split("\r\n");
  const headers = new Headers(
    lines.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)]),
  );
  return { status: Number(statusLine.split(" ")[1]), headers, text: rest.join("\r\n\r\n") };
}

/** An RFC 9457 problem with this status, and everything that each of ours has. */
export function assertProblem(answer, status) {
  assert.equal(answer.status, status, `${answer.status} ${answer.text}`);
  assert.match(
    answer.headers.get("content-type") ?? "",
    /^application\/problem\+json/,
    answer.text,
  );
  assert.ok(answer.problem, "the body is JSON");
  assert.equal(answer.problem.status, status);
  assert.equal(typeof answer.problem.title, "string");
  assert.equal(typeof answer.problem.type, "string");
  assert.ok(answer.problem.requestId, "names the request");
}

/** The policy of one route `/r…` to one upstream. */
export function onePolicy(upstream, route = {}) {
  const { path = "/r/{rest...}", ...rest } = route;
  return {
    version: 1,
    upstreams: { it: upstream },
    ...(rest.response?.transform && { transforms: { t: [{ pick: ["$.id", "$.orders[*].id"] }] } }),
    routes: [{ id: "r", match: { path }, upstream: "it", ...rest }],
  };
}

/** The root's wrangler.toml with `edit` applied to its text, as a file of its own. */
export function editedConfig(name, edit) {
  const directory = join(ROOT, "build/e2e", name);
  mkdirSync(directory, { recursive: true });
  const before = readFileSync(CONFIG, "utf8");
  const after = edit(before);
  assert.notEqual(after, before, "the edit found what it was to change");
  const file = join(directory, "wrangler.toml");
  writeFileSync(
    file,
    after.replace(/^main = "(.*)"$/m, (_, main) => `main = ${JSON.stringify(resolve(ROOT, main))}`),
  );
  return file;
}

/** A wrangler.toml without the binding `name`: its table, or its line in a table of several. */
export function withoutBinding(text, name) {
  return text
    .split(/^(?=\[\[?\w)/m)
    .filter((table) => !(table.startsWith("[[") && table.includes(`binding = "${name}"`)))
    .join("")
    .replace(new RegExp(`^.*\\{ name = "${name}".*\n`, "m"), "");
}

/** Resident megabytes of all workerd processes below this one. */
export function workerdMegabytes() {
  const parents = new Map();
  const resident = new Map();
  for (const pid of readdirSync("/proc").filter((name) => /^[0-9]+$/.test(name))) {
    try {
      const status = readFileSync(`/proc/${pid}/status`, "utf8");
      parents.set(pid, /^PPid:\s*([0-9]+)/m.exec(status)?.[1]);
      if (/^Name:\s*workerd/m.test(status))
        resident.set(pid, Number(/^VmRSS:\s*([0-9]+)/m.exec(status)?.[1]) / 1024);
    } catch {
      // It has ended meanwhile.
    }
  }
  let sum = 0;
  for (const [pid, megabytes] of resident) {
    let ancestor = pid;
    while (ancestor !== undefined && ancestor !== String(process.pid))
      ancestor = parents.get(ancestor);
    if (ancestor !== undefined) sum += megabytes;
  }
  return sum;
}
