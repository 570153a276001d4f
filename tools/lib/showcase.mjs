// The storefront's policy at work: each part prints the curl line of what it does and checks what came.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { signOverride } from "../../dist/core.js";
import { command, line, result, title } from "./show.mjs";
import { visit } from "./visit.mjs";

const ORDER = "/orders/ord_0007";
const PRODUCT = "/products/MUG-001";

export async function showcase({ url, token, cookieKey, root }) {
  const get = async (path, headers = {}) => {
    const response = await fetch(url + path, { headers });
    const text = await response.text();
    const problem = response.headers.get("content-type")?.startsWith("application/problem+json");
    return {
      status: response.status,
      headers: response.headers,
      text,
      problem: problem ? JSON.parse(text) : undefined,
    };
  };
  await shapes(get, url);
  await page(get, url);
  await draft(url);
  await faults(get, url);
  await customerLimit(get, url);
  await globalLimit(get, url);
  await experiment(url);
  await preview(url, cookieKey);
  await canary(get, url);
  await redirect(url);
  await exposures(get, url);
  await passThrough(url);
  await addressLimit(get, url);
  await badPolicy(get, { url, token, root });
}

function short(text, most = 88) {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

async function shapes(get, url) {
  title("One endpoint, two shapes: the web's drops and redacts, the phone's picks");
  const web = await get(ORDER, { "x-api-key": "demo-key-acme" });
  command(`curl -H 'x-api-key: demo-key-acme' ${url}${ORDER}`);
  const card = /"card":\{[^}]*\}/.exec(web.text)?.[0] ?? web.text;
  const redacted =
    web.status === 200 && /"number":"•••• [0-9]{4}"/.test(card) && !web.text.includes('"ledger"');
  result(redacted, `${web.status} ${web.text.length} B`, short(`…${card}…`));
  const mobile = await get(ORDER, { "x-api-key": "demo-key-acme", "x-client": "mobile" });
  command(`curl -H 'x-api-key: demo-key-acme' -H 'x-client: mobile' ${url}${ORDER}`);
  const picked =
    mobile.status === 200 &&
    Object.keys(JSON.parse(mobile.text)).join() === "id,status,items,total";
  result(picked, `${mobile.status} ${mobile.text.length} B`, short(mobile.text));
}

async function page(get, url) {
  title("One page of three upstream answers, fetched at once; a part that is missing is null");
  for (const [order, hasParcel] of [
    ["ord_0007", true],
    ["ord_0008", false],
  ]) {
    const path = `/pages/orders/${order}`;
    const answer = await get(path, { "x-api-key": "demo-key-acme" });
    command(`curl -H 'x-api-key: demo-key-acme' ${url}${path}`);
    const parts = answer.status === 200 ? JSON.parse(answer.text) : {};
    result(
      parts.id === order &&
        (parts.tracking !== null) === hasParcel &&
        parts.alsoLiked !== undefined,
      `${answer.status} ${answer.text.length} B`,
      short(`…${answer.text.slice(answer.text.indexOf('"tracking"'))}`),
    );
  }
}

async function draft(url) {
  title("A request's body is reshaped too: a client can't set the price");
  const body = '{"items":[{"sku":"MUG-001","unitPrice":0.01}],"total":0,"status":"paid"}';
  const headers = { "x-api-key": "demo-key-acme", "content-type": "application/json" };
  command(
    `curl -H 'x-api-key: demo-key-acme' -H 'content-type: application/json' -d '${body}' ${url}/orders`,
  );
  const response = await fetch(`${url}/orders`, { method: "POST", headers, body });
  const text = await response.text();
  const expected = '"draft":{"items":[{"sku":"MUG-001","quantity":1}],"channel":"web"}';
  result(response.status === 201 && text.includes(expected), `${response.status}`, short(text));
}

async function faults(get, url) {
  title("What schemas refuse: each fault, its place, and what would be right");
  const body = '{"items":[{"sku":"MUG-001"},{"sku":"mug 1","quantity":0}]}';
  const headers = { "x-api-key": "demo-key-acme", "content-type": "application/json" };
  command(
    `curl -H 'x-api-key: demo-key-acme' -H 'content-type: application/json' -d '${body}' ${url}/orders`,
  );
  const response = await fetch(`${url}/orders`, { method: "POST", headers, body });
  const { type = "", errors = [] } = await response.json();
  const places = errors.map(({ instanceLocation }) => instanceLocation).join();
  const refused =
    response.status === 422 &&
    type.endsWith(":invalid-request") &&
    places === "/items/1/sku,/items/1/quantity";
  for (const [index, { instanceLocation, message }] of errors.entries()) {
    result(
      refused,
      index === 0 ? `${response.status}` : "",
      short(`${instanceLocation}: ${message}`),
    );
  }
  if (errors.length === 0) result(false, `${response.status}`, "no faults");
  const query = "/orders?limit=ten&page=2";
  command(`curl -H 'x-api-key: demo-key-acme' '${url}${query}'`);
  const answer = await get(query, { "x-api-key": "demo-key-acme" });
  result(
    answer.status === 422 && answer.problem?.errors?.length === 2,
    `${answer.status}`,
    short(answer.problem?.detail ?? answer.text),
  );
}

async function customerLimit(get, url) {
  title("Each customer's own limit: GCRA, so many at once and so many a minute");
  command(`for i in {1..41}; do curl -i -H 'x-api-key: demo-key-globex' ${url}${ORDER}; done`);
  for (let count = 1; count <= 100; count += 1) {
    // From an address of its own: the limit by address is another part's.
    const headers = { "x-api-key": "demo-key-globex", "cf-connecting-ip": "192.0.2.200" };
    const answer = await get(ORDER, headers);
    if (count === 1) {
      result(
        answer.status === 200,
        `${answer.status}`,
        `RateLimit-Policy: ${answer.headers.get("ratelimit-policy")}`,
      );
      result(answer.headers.has("ratelimit"), "", `RateLimit: ${answer.headers.get("ratelimit")}`);
    }
    if (answer.status !== 200) {
      // A later one, if it took so long that units came back.
      result(
        answer.status === 429 && count >= 11,
        `${answer.status} (no. ${count})`,
        denied(answer),
      );
      return;
    }
  }
  result(false, "200", "the limit never came");
}

function denied({ headers, problem }) {
  return `Retry-After: ${headers.get("retry-after")}, ${problem?.type.split(/[:/#]/).at(-1)}`;
}

async function globalLimit(get, url) {
  title("One limit over everybody: fixed window, 20 each 10 s");
  command(`for i in {1..21}; do curl -i ${url}/catalog; done`);
  // A window may end while we count; then the next one is full after 20 more.
  for (let count = 1; count <= 41; count += 1) {
    const answer = await get("/catalog", { "cf-connecting-ip": `192.0.2.${count}` });
    if (answer.status === 200) continue;
    result(answer.status === 429 && count >= 21, `${answer.status} (no. ${count})`, denied(answer));
    return;
  }
  result(false, "200", "the limit never came");
}

async function experiment(url) {
  title("An experiment: one URL, three upstream paths (50/30/20), assigned at the first visit");
  command(`curl -i -H 'accept: text/html' ${url}${PRODUCT}`);
  const variantOf = ({ text }) => /<body class="(\w+)">/.exec(text)?.[1];
  const first = await visit(url + PRODUCT);
  const variant = variantOf(first);
  const [cookie = ""] = first.setCookies;
  result(
    first.status === 200 && variant !== undefined && cookie !== "",
    variant ?? "none",
    short(`Set-Cookie: ${cookie}`),
  );
  command(
    `curl -i -H 'accept: text/html' -H 'cookie: ${short(cookie.split(";")[0], 48)}' ${url}${PRODUCT}`,
  );
  const { cookies } = first;
  const again = await Promise.all(
    Array.from({ length: 20 }, () => visit(url + PRODUCT, { cookies })),
  );
  const same = again.every((answer) => answer.text === first.text);
  result(same, variant ?? "none", "20 times the same with the cookie");
  const counts = { classic: 0, grid: 0, story: 0 };
  for (let round = 0; round < 10; round += 1) {
    const visitors = Array.from({ length: 20 }, () => visit(url + PRODUCT));
    for (const answer of await Promise.all(visitors)) counts[variantOf(answer)] += 1;
  }
  const all = Object.entries(counts).map(([name, count]) => `${name} ${count}`);
  result(
    Object.values(counts).every((count) => count > 10),
    "200 visitors",
    all.join(", "),
  );
}

async function preview(url, cookieKey) {
  title("A signed link shows any variant to who tests it, and doesn't count");
  const expires = Date.now() + 3_600_000;
  const token = await signOverride({ experiments: { "product-page-2026": 2 }, expires }, cookieKey);
  const path = `${PRODUCT}?preview=${token}`;
  command(`curl -i -H 'accept: text/html' '${url}${short(path, 64)}'`);
  const seen = await visit(url + path);
  const [kept = ""] = seen.setCookies.filter((cookie) => cookie.includes("-preview="));
  result(seen.text.includes('<body class="story">'), "story", short(`Set-Cookie: ${kept}`));
  const forged = await visit(`${url}${path.slice(0, -4)}AAAA`, { cookies: seen.cookies });
  result(
    forged.status === 200,
    `${forged.status}`,
    "with the cookie of before; a forged link is ignored",
  );
}

async function canary(get, url) {
  title(
    "A canary for 10% of all, a feature for 25% and one by country: decided once, told upstream",
  );
  const versions = { stable: 0, next: 0 };
  const flags = {};
  const path = "/checkout";
  for (let device = 1; device <= 40; device += 1) {
    const headers = { "x-device-id": `device-${device}`, "cf-ipcountry": device % 2 ? "NL" : "US" };
    const answer = await get(path, headers);
    const seen = answer.status === 200 ? JSON.parse(answer.text) : { flags: {} };
    versions[seen.checkout] += 1;
    for (const [name, value] of Object.entries(seen.flags)) {
      flags[name] = (flags[name] ?? 0) + (value === true ? 1 : 0);
    }
    if (device > 1) continue;
    command(`curl -H 'x-device-id: device-1' -H 'cf-ipcountry: NL' ${url}${path}`);
    result(answer.status === 200, `${answer.status}`, short(answer.text));
  }
  const isSplit = versions.stable > versions.next && versions.stable + versions.next === 40;
  result(isSplit, "40 devices", `stable ${versions.stable}, next ${versions.next}`);
  result(
    flags["free-shipping"] === 20 && flags["new-catalogue"] < 25,
    "",
    `free-shipping for ${flags["free-shipping"]}, new-catalogue for ${flags["new-catalogue"]}`,
  );
}

async function redirect(url) {
  title("A variant may be a redirect; who was sent away is counted before");
  command(`curl -i -H 'accept: text/html' '${url}/sale?from=mail'`);
  const answers = await Promise.all(
    Array.from({ length: 24 }, () => visit(`${url}/sale?from=mail`)),
  );
  const sent = answers.filter(({ status }) => status === 302);
  const right = sent.every(({ headers }) => headers.location === "/summer?from=mail");
  const stayed = answers.length - sent.length;
  result(
    right && sent.length > 0 && stayed > 0,
    `${sent.length} × 302`,
    `Location: ${sent[0]?.headers.location}; ${stayed} others stayed`,
  );
}

async function exposures(get, url) {
  title("Who saw what: through a queue, each user once, tested against the weights");
  command(`curl ${url}/exposures/experiments.json`);
  // What the visits above, in all, have shown to somebody: it takes a second or two to arrive.
  const deadline = Date.now() + 15_000;
  let page;
  let sale;
  do {
    await new Promise((done) => setTimeout(done, 200));
    const { text, status } = await get("/exposures/experiments.json");
    const list = status === 200 ? JSON.parse(text) : [];
    page = list.find((one) => one.experiment === "product-page-2026");
    sale = list.find((one) => one.experiment === "summer-sale-2026");
  } while (Date.now() < deadline && (usersOf(page) < 201 || usersOf(sale) < 24));
  for (const [name, found, users] of [
    ["product-page", page, 201],
    ["summer-sale", sale, 24],
  ]) {
    const rows = found?.rows.map((row) => `${row.name} ${row.users}`) ?? [];
    const p =
      found?.p == null ? found?.verdict : `split ${found.verdict} (p = ${found.p.toFixed(2)})`;
    result(usersOf(found) === users, name, `${rows.join(", ")}: ${p}`);
  }
  line(`    See it: ${url}/exposures/`);
}

function usersOf(experiment) {
  return experiment?.rows.reduce((sum, { users }) => sum + users, 0) ?? 0;
}

async function passThrough(url) {
  title("Untouched routes stream: events, large bodies, WebSockets");
  command(`curl -N '${url}/live/orders?count=3&every=300'`);
  const begun = performance.now();
  const times = [];
  for await (const _ of (await fetch(`${url}/live/orders?count=3&every=300`)).body) {
    times.push(Math.round(performance.now() - begun));
  }
  result(times.length >= 3, `${times.length} events`, `after ${times.join(", ")} ms`);

  command(`curl -o /dev/null '${url}/bulk/orders.ndjson?mb=50'`);
  const started = performance.now();
  let bytes = 0;
  for await (const chunk of (await fetch(`${url}/bulk/orders.ndjson?mb=50`)).body)
    bytes += chunk.length;
  const rate = bytes / 1e3 / (performance.now() - started);
  result(bytes === 50_000_000, `${bytes / 1e6} MB`, `${rate.toFixed(0)} MB/s`);

  command(`new WebSocket("${url.replace("http", "ws")}/live/echo").send("héllo 🔌")`);
  const echo = await new Promise((done) => {
    const socket = new WebSocket(`${url.replace("http", "ws")}/live/echo`);
    socket.onopen = () => socket.send("héllo 🔌");
    socket.onmessage = ({ data }) => {
      socket.close();
      done(data);
    };
    socket.onerror = () => done("failed");
  });
  result(echo === "héllo 🔌", "echo", echo);
}

async function addressLimit(get, url) {
  title("A limit by address comes before authentication: wrong keys burn out");
  command(`for i in {1..80}; do curl -H 'x-api-key: guess-'$i ${url}${ORDER}; done`);
  // Together, so that a slow machine doesn't earn units back as fast as it spends them.
  const guess = (_, count) =>
    get(ORDER, { "x-api-key": `guess-${count}`, "cf-connecting-ip": "203.0.113.9" });
  const answers = [];
  while (answers.length < 400 && !answers.some(({ status }) => status === 429)) {
    answers.push(...(await Promise.all(Array.from({ length: 80 }, guess))));
  }
  const denied429 = answers.filter(({ status }) => status === 429);
  const unauthorized = answers.filter(({ status }) => status === 401);
  const right =
    denied429.length > 0 &&
    unauthorized.length >= 60 &&
    unauthorized.length + denied429.length === answers.length;
  result(right, `${unauthorized.length} × 401`, `no such key`);
  result(
    right,
    `${denied429.length} × 429`,
    denied429.length > 0 ? denied(denied429[0]) : "the limit never came",
  );
}

async function badPolicy(get, { url, token, root }) {
  title("A policy with faults is refused with the place of each; the old one keeps serving");
  command(
    `curl -X POST -H 'authorization: Bearer …' --data-binary @examples/storefront/bad-policy.json ${url}/_sluice/config`,
  );
  const response = await fetch(`${url}/_sluice/config`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: readFileSync(join(root, "examples/storefront/bad-policy.json")),
  });
  const problem = await response.json();
  const issues = problem.issues ?? [];
  result(
    response.status >= 400 && issues.length === 4,
    `${response.status}`,
    short(problem.detail ?? problem.title ?? ""),
  );
  for (const { pointer, byteOffset, message } of issues) {
    line(`        ${pointer} (byte ${byteOffset})`);
    line(`          ${short(message)}`);
  }
  const still = await get(PRODUCT);
  result(still.status === 200, `${still.status}`, `${PRODUCT} is served as before`);
}
