// Before anything is measured: every contender has to do the work, and the same work.

import assert from "node:assert/strict";
import { request as httpRequest } from "node:http";
import { headersOf, targetOf } from "./requests.mjs";
import { EXPERIMENT, LIMITS, listings, users, VISITOR_COOKIE } from "./scenario.mjs";

const CONCURRENCY = 16;

function get(port, path, headers) {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { port, host: "127.0.0.1", path, headers: { host: "shop.example.com", ...headers } },
      (response) => {
        const chunks = [];
        response.on("data", (chunk) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () =>
          resolve({
            status: response.statusCode,
            headers: response.headers,
            body: Buffer.concat(chunks).toString("utf8"),
          }),
        );
      },
    );
    request.on("error", reject);
    request.end();
  });
}

// The reference: written apart from all contenders.
function fnv1a(text) {
  let hash = 2166136261n;
  for (let i = 0; i < text.length; i++) {
    hash = ((hash ^ BigInt(text.charCodeAt(i))) * 16777619n) & 0xffffffffn;
  }
  return hash;
}

function variationOf(visitor) {
  const bucket = Number(fnv1a(String(fnv1a(EXPERIMENT.seed + visitor))) % 10_000n) / 10_000;
  let end = 0;
  for (const [index, weight] of EXPERIMENT.weights.entries()) {
    end += weight;
    if (bucket < end) return EXPERIMENT.variations[index];
  }
  return "classic";
}

function picked(text) {
  const orders = JSON.parse(text).orders.map(
    ({ id, status, placedAt, currency, total, customer }) => ({
      id,
      status,
      placedAt,
      currency,
      total,
      customer: { name: customer.name },
    }),
  );
  return JSON.stringify({ orders });
}

async function forAll(items, check) {
  const queue = items.entries();
  await Promise.all(
    Array.from({ length: CONCURRENCY }, async () => {
      for (const [, item] of queue) await check(item);
    }),
  );
}

/**
 * Throws if the contender's answers aren't those of the scenario.
 * @param {import("./contenders.mjs").Contender} contender
 */
export async function check(contender, port) {
  const upstream = listings();
  const counts = {};
  await forAll(users(), async (user) => {
    const answer = await get(port, targetOf(user), headersOf(user));
    const where = `${contender.id}, ${user.identity}: ${answer.body.slice(0, 300)}`;
    assert.equal(answer.status, 200, where);
    assert.match(answer.headers["content-type"] ?? "", /^application\/json/, where);
    if (contender.does === "pass") {
      assert.equal(answer.body, upstream.classic[user.page], where);
      return;
    }
    const variation = variationOf(user.visitor);
    counts[variation] = (counts[variation] ?? 0) + 1;
    assert.equal(answer.body, picked(upstream[variation][user.page]), where);
    assert.match(answer.headers["ratelimit-policy"] ?? "", /w=60\b/, where);
    assert.match(answer.headers.ratelimit ?? "", /(?:r|remaining)=\d+/, where);
    assert.ok(answer.headers["x-request-id"], `${where}: no x-request-id`);
    assert.equal(answer.headers["set-cookie"], undefined, `${where}: a known visitor got a cookie`);
  });
  if (contender.does === "pass") return;
  assert.deepEqual(
    Object.keys(counts).sort(),
    [...EXPERIMENT.variations].sort(),
    "all variations occur",
  );
  await checkRefusals(contender, port);
  if (contender.guarded) await checkGuards(contender, port);
}

/** An upstream that misbehaves, and headers that must not cross a proxy. */
async function checkGuards({ id }, port) {
  const user = users()[2];
  const ask = (page, headers = {}) =>
    get(port, `/orders?page=${page}`, { ...headersOf(user), ...headers });
  const [slow, huge, leaks] = await Promise.all([
    ask("slow"),
    ask("huge"),
    ask("leaks", {
      connection: "keep-alive, x-hop",
      "keep-alive": "timeout=5",
      te: "trailers",
      "proxy-authorization": "Basic eA==",
      "x-hop": "1",
    }),
  ]);
  assert.equal(slow.status, 504, `${id}: an upstream that is slow`);
  assert.equal(huge.status, 502, `${id}: an upstream that sends too much`);
  assert.equal(leaks.status, 200, `${id}: hop-by-hop headers`);
  assert.equal(JSON.parse(leaks.body).orders[0].id, "none", `${id}: headers leak`);
}

async function checkRefusals(contender, port) {
  const [user, other] = users();
  const { cookie: _, ...others } = headersOf(user);
  // A page that is opened: nothing else is given an id.
  const firstVisit = { ...others, "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
  const minted = await get(port, targetOf(user), firstVisit);
  const cookie = String(minted.headers["set-cookie"]);
  assert.match(
    cookie,
    new RegExp(`^${VISITOR_COOKIE}=[^;]+;.*Secure`),
    `${contender.id}: first visit`,
  );
  const visitor = cookie.slice(VISITOR_COOKIE.length + 1, cookie.indexOf(";"));
  assert.equal(
    minted.body,
    picked(listings()[variationOf(visitor)][user.page]),
    `${contender.id}: first visit`,
  );

  for (const key of [undefined, "sk_live_nobody"]) {
    const headers = { ...headersOf(user) };
    if (key === undefined) delete headers["x-api-key"];
    else headers["x-api-key"] = key;
    const refused = await get(port, targetOf(user), headers);
    assert.equal(refused.status, 401, `${contender.id}: key ${key}`);
  }

  const tight = (who) => get(port, `/tight/orders?page=${who.page}`, headersOf(who));
  for (let i = 0; i < LIMITS.tight.units; i++)
    assert.equal((await tight(user)).status, 200, `${contender.id}: tight ${i}`);
  const over = await tight(user);
  assert.equal(over.status, 429, `${contender.id}: the limit isn't kept`);
  assert.match(String(over.headers["retry-after"]), /^[1-9]\d*$/, `${contender.id}: retry-after`);
  assert.equal((await tight(other)).status, 200, `${contender.id}: the limit isn't per customer`);
}
