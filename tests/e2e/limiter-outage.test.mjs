// Limiter objects that can't be reached for ten seconds, under load.
import assert from "node:assert/strict";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { after, before, test } from "node:test";
import { ROOT } from "./harness.mjs";
import { Workerd } from "./workerd.mjs";

const OUTAGE_MS = 10_000;
/** What the policy says of its limits (fixtures/outage-worker.ts). */
const TIMEOUT_MS = 100;
const UNITS = 400;
const LOCAL_UNITS = 10;
/** For all but the wait: the request's way through workerd on a machine that does other things. */
const SLACK_MS = 500;
const EVERY_MS = 25;
/** The longest pause of a circuit, and what is added to it at random. */
const RECOVERY_MS = 12_500;

let server;

before(async () => {
  server = await Workerd.create({
    entry: join(ROOT, "tests/e2e/fixtures/outage-worker.ts"),
    objects: { SLUICE_LIMITER: "LimiterObject" },
    sockets: { http: null, control: "Control" },
    services: { STOREFRONT: 'export default { fetch: () => new Response("from the shop") };' },
  });
  await server.start();
});

after(() => server?.dispose());

async function get(path) {
  const sentAt = performance.now();
  const response = await fetch(server.urls.http + path);
  await response.arrayBuffer();
  return {
    sentAt,
    ms: performance.now() - sentAt,
    status: response.status,
    claims: response.headers.has("ratelimit"),
  };
}

/** One request to `path` every EVERY_MS, answered or not, until `stop`; yields all answers. */
function load(path) {
  const answers = [];
  const timer = setInterval(() => answers.push(get(path)), EVERY_MS);
  return {
    async stop() {
      clearInterval(timer);
      return Promise.all(answers);
    },
  };
}

const control = async (query = "", method = "GET") =>
  (await fetch(`${server.urls.control}/${query}`, { method })).json();

const statuses = (answers) => [...new Set(answers.map(({ status }) => status))].sort();

test("objects out of reach: each limit does what onOutage says, and nobody waits longer than its timeout", async (context) => {
  const names = ["closed", "open", "local"];
  for (const name of names) assert.equal((await get(`/${name}`)).status, 200);

  const loads = names.map((name) => load(`/${name}`));
  await sleep(1_000);
  const { calls: callsBefore } = await control(`?ms=${OUTAGE_MS}`, "POST");
  const from = performance.now();
  await sleep(OUTAGE_MS - 50);
  const until = performance.now();
  const callsDuring = (await control()).calls - callsBefore;
  await sleep(RECOVERY_MS);
  const answers = Object.fromEntries(
    await Promise.all(loads.map(async (one, index) => [names[index], await one.stop()])),
  );

  // Those under way when it began may have been answered either way.
  const during = ({ sentAt, ms }) => sentAt > from + 50 && sentAt + ms < until;
  const then = Object.fromEntries(names.map((name) => [name, answers[name].filter(during)]));
  const longest = Math.max(...names.flatMap((name) => then[name].map(({ ms }) => ms)));
  context.diagnostic(
    `${names.map((name) => then[name].length).join(" + ")} requests during the outage, the longest ${longest.toFixed(0)} ms, ${callsDuring} calls to objects`,
  );
  assert.ok(longest <= TIMEOUT_MS + SLACK_MS, `${longest} ms`);
  assert.deepEqual(statuses(then.closed), [503]);
  assert.deepEqual(statuses(then.open), [200]);
  assert.ok(!then.open.some(({ claims }) => claims), "open claims nothing");
  assert.deepEqual(statuses(then.local), [200, 429]);
  // The first of them may lie before what is looked at here.
  const locally = then.local.filter(({ status }) => status === 200).length;
  assert.ok(locally > 0 && locally <= LOCAL_UNITS, `${locally} of ${LOCAL_UNITS} admitted locally`);

  // Three to open a circuit and those on their way meanwhile, then one a pause.
  const inFlight = Math.ceil((TIMEOUT_MS + SLACK_MS) / EVERY_MS);
  assert.ok(callsDuring <= names.length * (3 + inFlight + 5), `${callsDuring} calls`);

  const last = Object.fromEntries(names.map((name) => [name, answers[name].at(-1)]));
  assert.ok(last.open.claims, "objects answer again");
  const admitted = answers.closed.filter(({ status }) => status === 200).length + 1;
  assert.ok(admitted <= UNITS, `${admitted} of ${UNITS} admitted`);
  assert.notEqual(last.closed.status, 503);
});
