// Malformed request targets, by raw sockets into plain workerd: neither a client library nor a development proxy repairs
// or refuses them on the way.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { bundleWorker } from "../../bench/harness/bundle.mjs";
import { startWorkerd } from "../../bench/harness/workerd.mjs";
import { sendRaw } from "./harness.mjs";

const policy = {
  version: 1,
  upstreams: { it: { type: "service", binding: "STOREFRONT" } },
  routes: [
    { id: "open", match: { path: "/open/{rest...}" }, upstream: "it" },
    { id: "item", match: { path: "/items/{id}" }, upstream: "it", path: "/v2/items/{id}" },
    { id: "secret", match: { path: "/open/secret" }, upstream: "it", path: "/guarded" },
  ],
};

let workerd;
before(async () => {
  const fixture = (name) => join(import.meta.dirname, "fixtures", name);
  const gateway = await bundleWorker({
    name: "e2e-targets",
    entry: fixture("baked-gateway.ts"),
    data: { "bench:policy": JSON.stringify(policy) },
  });
  const upstream = await bundleWorker({ name: "e2e-echo", entry: fixture("echo-worker.mjs") });
  workerd = await startWorkerd(
    "e2e-targets",
    { gateway: { bundle: gateway, services: { STOREFRONT: "echo" } }, echo: { bundle: upstream } },
    { http: { service: "gateway" } },
  );
});
after(() => workerd?.stop());

const send = (head) => sendRaw(workerd.ports.http, head);

afterEach(async () => {
  const response = await fetch(`http://127.0.0.1:${workerd.ports.http}/_sluice/health`);
  const health = await response.json();
  assert.equal(response.status, 200, "the gateway is well afterwards");
  assert.equal(health.traps, 0, "no request made the core trap");
});

const request = (target, { method = "GET", host = "shop.example.com" } = {}) =>
  `${method} ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;

for (const [name, target] of [
  ["percent without digits", "/open/%zz"],
  ["percent at the end", "/open/%"],
  ["half an escape", "/open/%4"],
  ["an encoded NUL", "/open/a%00b"],
  ["an encoded slash", "/open/a%2Fb"],
  ["an encoded slash, lower case", "/items/a%2fb"],
  ["an encoded backslash", "/open/a%5Cb"],
  ["a raw backslash", "/open\\secret"],
]) {
  test(`400 with the reason: ${name} (${target})`, async () => {
    const answer = await send(request(target));
    assert.equal(answer?.status, 400, answer?.text);
    assert.match(answer.headers.get("content-type"), /application\/problem\+json/);
    const body = answer.text.slice(answer.text.indexOf("{"), answer.text.lastIndexOf("}") + 1);
    const problem = JSON.parse(body);
    assert.equal(problem.status, 400);
    assert.ok(problem.detail.length > 10, "says what is wrong");
  });
}

for (const [target, reached] of [
  ["/open//a///b", "/open/a/b"],
  ["/open/./a/../b", "/open/b"],
  ["/open/%61%2D%7e", "/open/a-~"],
  ["/x/../open/secret", "/guarded"],
  ["/open/%73ecret", "/guarded"],
  ["/open/x/%2e%2e/secret", "/guarded"],
  ["//open//secret", "/guarded"],
  ["/items/%C3%A9?a=%zz&b=1", "/v2/items/%C3%A9?a=%zz&b=1"],
  ["/open/a?x=/../y", "/open/a?x=/../y"],
]) {
  test(`${target} reaches the upstream as ${reached}`, async () => {
    const answer = await send(request(target));
    assert.equal(answer?.status, 200, answer?.text);
    assert.ok(answer.text.includes(`<${reached}>`), answer.text);
  });
}

test("400 for a host that is none", async () => {
  const answer = await send(request("/open/a", { host: "a b<>" }));
  assert.equal(answer?.status, 400, answer?.text);
  assert.match(answer.text, /"detail":"the Host header isn't a host"/);
});

test("400 for a host with a backslash, behind which the upstream would see a path", async () => {
  const answer = await send(request("/open/a", { host: "a\\admin" }));
  assert.equal(answer?.status, 400, answer?.text);
  assert.match(answer.text, /malformed-target/);
});

test("CONNECT is refused by the HTTP server itself", async () => {
  const answer = await send(
    request("shop.example.com:443", { method: "CONNECT", host: "shop.example.com:443" }),
  );
  assert.ok(answer === undefined || answer.status >= 400, answer?.text);
  assert.doesNotMatch(answer?.text ?? "", /urn:sluice/);
});

for (const [name, head] of [
  ["an absolute target of another host", request("http://evil.example/open/a")],
  ["an absolute target without a path", request("http://evil.example")],
  ["OPTIONS *", request("*", { method: "OPTIONS" })],
  ["no slash", request("open/a")],
  ["an empty target", "GET  HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"],
  ["no target at all", "GET\r\n\r\n"],
  ["control characters", request("/open/\x01\x7f")],
  ["bytes that are no UTF-8", request("/open/\xff\xfe")],
  ["a fragment", request("/open/a#b")],
  ["a strange method", request("/open/a", { method: "BREW" })],
  ["no host", "GET /open/a HTTP/1.1\r\nConnection: close\r\n\r\n"],
  ["a target of 20 KB", request(`/open/${"a".repeat(20_000)}`)],
  ["a target of 100 KB", request(`/open/${"a/".repeat(50_000)}`)],
  ["a target of 10,000 dots", request(`/open${"/..".repeat(10_000)}`)],
  ["20 KB of query", request(`/open/a?${"b".repeat(20_000)}`)],
  ["60 KB of path and query", request(`/open/${"a".repeat(30_000)}?${"b".repeat(30_000)}`)],
  ["a host with a path in it", request("/open/a", { host: "a/b?c" })],
  ["an empty host", request("/open/a", { host: "" })],
]) {
  test(`answers, or closes, and lives on: ${name}`, async () => {
    const answer = await send(head);
    // What isn't HTTP, the HTTP server in front refuses; what is, gets an answer that is nobody's crash.
    if (answer === undefined) return;
    assert.ok(
      (answer.status >= 200 && answer.status < 500) || answer.status === 501,
      `${answer.status} ${answer.text}`,
    );
  });
}
