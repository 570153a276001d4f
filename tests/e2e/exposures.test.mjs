// Exposures from the queue on: the example consumer counts each once, whatever comes how often.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Gateway, storefrontPolicy } from "./harness.mjs";

let gateway;
before(async () => {
  gateway = await Gateway.start();
});
after(() => gateway?.close());

let last = 0;
function exposure(variationIndex, rest = {}) {
  last += 1;
  return {
    id: `id-${last}`.padEnd(22, "_"),
    feature: "page",
    experiment: "product-page-2026",
    variation: ["classic", "grid", "story"][variationIndex],
    variationIndex,
    attribute: "id",
    value: `user-${last}`,
    sticky: false,
    ...rest,
  };
}

const messageOf = (...exposures) => ({
  version: 1,
  request: `request-${last}`,
  route: "product",
  revision: 1,
  time: Date.now(),
  exposures,
});

describe("the example consumer", { concurrency: false }, () => {
  const experiments = async () => {
    const { EXPOSURES } = await gateway.env();
    return (await EXPOSURES.fetch("https://exposures/experiments.json")).json();
  };
  const usersOf = (list, name = "product-page-2026") =>
    list.find(({ experiment }) => experiment === name)?.rows.map(({ users }) => users);

  /** Sends, and waits until so many users were counted in all. */
  async function count(messages, users) {
    const { SLUICE_EXPOSURES } = await gateway.env();
    for (const message of messages) await SLUICE_EXPOSURES.send(message);
    const deadline = Date.now() + 20_000;
    for (;;) {
      const list = await experiments();
      const total = (usersOf(list) ?? []).reduce((left, right) => left + right, 0);
      if (total >= users) return list;
      assert.ok(Date.now() < deadline, `still ${total} users: ${JSON.stringify(list)}`);
      await sleep(100);
    }
  }

  test("counts a user once, however often an exposure comes", async () => {
    const first = exposure(0);
    const nextDay = { ...first, id: "another-day".padEnd(22, "_") };
    const messages = [first, first, nextDay].map((one) => messageOf(one));
    const list = await count([...messages, ...messages, messageOf(exposure(1), exposure(2))], 3);
    assert.deepEqual(usersOf(list), [1, 1, 1]);
    assert.equal(list[0].verdict, "too few users");
    assert.equal(list[0].crossed, 0);
  });

  test("says who was seen in two variations", async () => {
    const user = exposure(0);
    const moved = { ...exposure(1), value: user.value };
    const list = await count([messageOf(user), messageOf(moved)], 5);
    assert.deepEqual(usersOf(list), [2, 2, 1]);
    assert.equal(list[0].crossed, 1);
  });

  test("counts those whom a sticky bucket kept beside the others", async () => {
    const kept = exposure(1, { sticky: true });
    const again = { ...kept, id: "as-hashed".padEnd(22, "_"), sticky: false };
    const total = usersOf(await experiments()).reduce((left, right) => left + right, 0);
    const list = await count(
      [messageOf(kept), messageOf(again), messageOf(exposure(2))],
      total + 1,
    );
    assert.deepEqual(usersOf(list), [2, 2, 2]);
    assert.deepEqual(
      list[0].rows.map(({ sticky }) => sticky),
      [0, 1, 0],
    );
  });

  test("tests the split against the weights, and shows a page", async () => {
    const many = (index, users) => Array.from({ length: users }, () => exposure(index));
    const planned = await count([messageOf(...many(0, 98), ...many(1, 58), ...many(2, 38))], 200);
    assert.deepEqual(usersOf(planned), [100, 60, 40]);
    assert.equal(planned[0].verdict, "as planned");
    assert.ok(planned[0].p > 0.99, String(planned[0].p));

    const lost = await count([messageOf(...many(2, 60))], 260);
    assert.equal(lost[0].verdict, "mismatch");
    assert.ok(lost[0].p < 1e-6, String(lost[0].p));

    const { EXPOSURES } = await gateway.env();
    const answer = await EXPOSURES.fetch("https://exposures/");
    const page = await answer.text();
    assert.match(answer.headers.get("content-type"), /^text\/html/);
    assert.match(page, /Sample ratio mismatch/);
    assert.match(page, /100 · 38\.5 %/);
  });

  test("shows what clients sent as text", async () => {
    const hostile = exposure(0, {
      experiment: "<script>alert(1)</script>",
      value: '"><img src=x>',
    });
    const total = usersOf(await experiments()).reduce((left, right) => left + right, 0);
    await count([messageOf(hostile), messageOf(exposure(0))], total + 1);
    const { EXPOSURES } = await gateway.env();
    const page = await (await EXPOSURES.fetch("https://exposures/")).text();
    assert.ok(!page.includes("<script>alert") && !page.includes("<img"), page);
    assert.match(page, /&#60;script&#62;alert\(1\)/);
  });
});

describe("from a visit to its count", { concurrency: false }, () => {
  const PRODUCT = "/products/MUG-001";

  before(async () => {
    await gateway.reset();
    await gateway.use(storefrontPolicy);
  });

  const countsOf = async (experiment) => {
    const { json } = await gateway.get("/exposures/experiments.json");
    const rows = json?.find((one) => one.experiment === experiment)?.rows ?? [];
    return Object.fromEntries(rows.map(({ name, users }) => [name, users]));
  };
  const sum = (counts) => Object.values(counts).reduce((left, right) => left + right, 0);

  async function untilCounted(experiment, users) {
    const deadline = Date.now() + 20_000;
    for (;;) {
      const counts = await countsOf(experiment);
      if (sum(counts) >= users) return counts;
      assert.ok(Date.now() < deadline, `${experiment}: ${JSON.stringify(counts)} of ${users}`);
      await sleep(100);
    }
  }

  test("every visitor is counted once, in the variation that was shown", async () => {
    const shown = { classic: 0, grid: 0, story: 0 };
    for (let visitor = 0; visitor < 30; visitor += 1) {
      const first = await gateway.visit(PRODUCT);
      shown[/<body class="(\w+)">/.exec(first.text)[1]] += 1;
      const { cookies } = first;
      const rest = [gateway.visit(PRODUCT, { cookies }), gateway.get(PRODUCT)];
      await Promise.all(rest);
    }
    assert.deepEqual(await untilCounted("product-page-2026", 30), shown);
    const { json } = await gateway.get("/_sluice/health");
    const { attempted, sent, deduplicated, failed } = json.exposures;
    assert.deepEqual([attempted, sent, deduplicated, failed], [60, 30, 30, 0]);
  });

  test("whom a redirect sent away is counted too", async () => {
    const answers = [];
    for (let visitor = 0; visitor < 20; visitor += 1)
      answers.push(await gateway.visit("/sale?x=1"));
    const away = answers.filter(({ status }) => status === 302);
    for (const { headers } of away) {
      assert.equal(headers.location, "/summer?x=1");
      assert.equal(headers["cache-control"], "private, no-store");
    }
    const counts = await untilCounted("summer-sale-2026", 20);
    assert.equal(counts.on, away.length);
    assert.equal(counts.off, 20 - away.length);
  });
});
