// workerd killed under load, again and again, on one storage: what limiter objects remember is what their durability promises.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { after, before, test } from "node:test";
import { instantiate } from "../../dist/core.js";
import { Kind, readReply, requestFrame } from "../support/limit-frames.ts";
import { ROOT } from "./harness.mjs";
import { Workerd } from "./workerd.mjs";

const KILLS = process.env.SLUICE_FULL === "1" ? 50 : 5;
const CONNECTIONS = 16;
const OBJECTS = 4;
const SMALL = 200;

let server;
/** Rules in hexadecimal. Their windows outlast the test: whatever is missing afterwards was forgotten. */
let rules;

before(async () => {
  const core = await instantiate(readFileSync(join(ROOT, "dist/core.wasm")));
  const year = { per: "365d", window: "firstUse" };
  const limits = {
    large: { algorithm: "fixed_window", rate: { units: 1_600_000, ...year } },
    small: { algorithm: "fixed_window", rate: { units: SMALL, ...year } },
    brief: { algorithm: "gcra", rate: { units: 100, per: "10s" } },
  };
  for (const limit of Object.values(limits)) limit.subject = ["ip"];
  const limiter = core.createLimiter(JSON.stringify(limits));
  rules = Object.fromEntries(limiter.limits.map(({ name, rule }) => [name, rule]));
  server = await Workerd.create({
    entry: join(ROOT, "tests/e2e/fixtures/limiter-worker.ts"),
    objects: { SLUICE_LIMITER: "LimiterObject" },
  });
  await server.start();
});

after(() => server?.dispose());

async function step(object, frame) {
  const response = await fetch(`${server.urls.http}/${object}`, { method: "POST", body: frame });
  const body = new Uint8Array(await response.arrayBuffer());
  assert.equal(response.status, 200, server.output());
  return readReply(body);
}

async function peek(object, durability, rule) {
  const { verdicts } = await step(
    object,
    requestFrame(durability, [{ kind: Kind.peek, rule, cost: 0 }]),
  );
  return verdicts[0];
}

/** What one object was asked for, as a client knows it. */
class Account {
  /** Units that it answered for, those of leases included. */
  confirmed = 0;
  denied = 0;
  /** Charges without an answer, by id. */
  doubtful = new Map();

  constructor(object) {
    this.object = object;
  }

  settle(id, { allowed, verdicts }, cost) {
    this.doubtful.delete(id);
    if (allowed) this.confirmed += cost;
    else this.denied += 1;
    this.confirmed += verdicts[0].leased;
  }
}

/** The high word tells isolates apart. */
let lastId = 7n << 32n;

/** Charges the objects in turn over CONNECTIONS until the process is killed, after `ms`. */
async function loadUntilKilled(accounts, ms, chargeOf) {
  let running = true;
  const loops = Array.from({ length: CONNECTIONS }, async (_, index) => {
    for (let turn = index; running; turn++) {
      const account = accounts[turn % accounts.length];
      const charge = { kind: Kind.charge, cost: 1, ...chargeOf(), id: ++lastId };
      account.doubtful.set(charge.id, charge);
      const reply = await step(account.object, requestFrame(charge.durability, [charge])).catch(
        (error) => {
          if (running) throw error;
        },
      );
      if (reply !== undefined) account.settle(charge.id, reply, charge.cost);
    }
  });
  await sleep(ms);
  running = false;
  await server.kill();
  await Promise.all(loops);
}

/** Sends again what got no answer, under the same ids. */
async function retryDoubtful(account) {
  for (const [id, charge] of account.doubtful)
    account.settle(
      id,
      await step(account.object, requestFrame(charge.durability, [charge])),
      charge.cost,
    );
}

async function chargeUntilDenied(account) {
  const { denied } = account;
  for (let count = 0; count <= SMALL && account.denied === denied; count++) {
    const charge = { kind: Kind.charge, rule: rules.small, id: ++lastId, cost: 1 };
    account.settle(charge.id, await step(account.object, requestFrame("strict", [charge])), 1);
  }
  assert.ok(account.denied > denied, "the limit was reached");
}

const accountsOf = (name) =>
  Array.from({ length: OBJECTS }, (_, index) => new Account(`${name}-${index}`));

const anyTime = () => 150 + Math.random() * 350;

const sum = (accounts, of) => accounts.reduce((total, account) => total + of(account), 0);

test("strict: no confirmed charge is forgotten, and none that is repeated counts twice", async (context) => {
  const accounts = accountsOf("strict");
  for (let kill = 1; kill <= KILLS; kill++) {
    await loadUntilKilled(accounts, anyTime(), () => ({ durability: "strict", rule: rules.large }));
    await server.start();
    for (const account of accounts) {
      const used = 1_600_000 - (await peek(account.object, "strict", rules.large)).remaining;
      const most = account.confirmed + account.doubtful.size;
      assert.ok(
        used >= account.confirmed && used <= most,
        `kill ${kill}: ${used} used, between ${account.confirmed} and ${most} expected`,
      );
      await retryDoubtful(account);
      const again = 1_600_000 - (await peek(account.object, "strict", rules.large)).remaining;
      assert.equal(again, account.confirmed, `kill ${kill}: after those in doubt were repeated`);
    }
  }
  context.diagnostic(`${sum(accounts, ({ confirmed }) => confirmed)} charges, ${KILLS} kills`);
});

test("strict: with leases, all that was ever granted stays within the limit", async (context) => {
  const accounts = accountsOf("leases");
  let doubtful = 0;
  for (let kill = 1; kill <= KILLS; kill++) {
    await loadUntilKilled(accounts, anyTime(), () => ({
      durability: "strict",
      rule: rules.small,
      want: 1 + Math.floor(Math.random() * 20),
      durationMs: 30_000,
    }));
    await server.start();
    for (const account of accounts) {
      assert.ok(
        account.confirmed <= SMALL,
        `kill ${kill}: ${account.confirmed} granted of ${SMALL}`,
      );
      doubtful += account.doubtful.size;
      account.doubtful.clear();
    }
  }
  for (const account of accounts) await chargeUntilDenied(account);
  const granted = sum(accounts, ({ confirmed }) => confirmed);
  for (const { confirmed } of accounts) assert.ok(confirmed <= SMALL, `${confirmed} granted`);
  // A charge that got no answer may hold itself and its lease.
  assert.ok(granted >= OBJECTS * SMALL - doubtful * 21, `${granted} granted, ${doubtful} in doubt`);
  context.diagnostic(`${granted} of ${OBJECTS * SMALL} granted, ${doubtful} in doubt`);
});

test("checkpoint: never over, under by at most a block a crash", async (context) => {
  const accounts = accountsOf("checkpoint");
  const block = 1_600_000 / 16;
  let lost = 0;
  for (let kill = 1; kill <= KILLS; kill++) {
    const before = new Map();
    for (const { object } of accounts)
      before.set(object, (await peek(object, "checkpoint", rules.large)).remaining);
    const confirmedBefore = new Map(accounts.map(({ object, confirmed }) => [object, confirmed]));
    await loadUntilKilled(accounts, anyTime(), () => ({
      durability: "checkpoint",
      rule: rules.large,
    }));
    await server.start();
    for (const account of accounts) {
      const { object, confirmed, doubtful } = account;
      const { remaining } = await peek(object, "checkpoint", rules.large);
      const spent = before.get(object) - remaining;
      const admitted = confirmed - confirmedBefore.get(object);
      assert.ok(spent >= admitted, `kill ${kill}: ${admitted} admitted, ${spent} remembered`);
      assert.ok(
        spent <= admitted + doubtful.size + block,
        `kill ${kill}: ${spent} spent for ${admitted} admitted and ${doubtful.size} in doubt`,
      );
      lost = Math.max(lost, spent - admitted);
      doubtful.clear();
    }
  }
  context.diagnostic(
    `${sum(accounts, ({ confirmed }) => confirmed)} charges, ${KILLS} kills, at most ${lost} units lost in one (block ≤ ${block})`,
  );
});

test("memory: after a crash nothing is admitted until leases have ended, then all is forgotten", async () => {
  const charge = (want) => ({
    kind: Kind.charge,
    rule: rules.brief,
    cost: 1,
    id: ++lastId,
    want,
    durationMs: 1_000,
  });
  const ask = (object, want) => step(object, requestFrame("memory", [charge(want)]));
  assert.equal((await ask("leased", 0)).allowed, true);
  const { verdicts } = await ask("leased", 10);
  assert.ok(verdicts[0].leased > 0, "a lease was granted");
  assert.equal((await ask("unleased", 0)).allowed, true);
  const leasedAt = Date.now();
  await server.kill();
  await server.start();

  assert.equal((await ask("unleased", 0)).allowed, true, "no leases, nothing to wait for");
  const denied = await ask("leased", 0);
  assert.equal(denied.allowed, false);
  const waitMs = denied.verdicts[0].retryAfterMs;
  assert.ok(waitMs > 0 && waitMs <= 2_100, `retry after ${waitMs}`);
  assert.ok(Date.now() + waitMs >= leasedAt + verdicts[0].leaseMs, "outlasts the lease");
  await sleep(waitMs + 5);
  assert.equal((await ask("leased", 0)).allowed, true);
});
