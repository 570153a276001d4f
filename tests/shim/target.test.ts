import { describe, expect, it } from "vitest";
import { splitTarget } from "../../worker-shim/gateway/target.ts";

describe("a request's URL", () => {
  it.each<[url: string, origin: string, host: string, path: string, query: string | undefined]>([
    ["https://a.example/", "https://a.example", "a.example", "/", undefined],
    ["https://a.example", "https://a.example", "a.example", "/", undefined],
    ["https://A.Example:8443/x?y=1", "https://A.Example:8443", "a.example", "/x", "?y=1"],
    ["http://user:pa%40ss@a.example/x", "http://a.example", "a.example", "/x", undefined],
    ["http://[::1]:80/x", "http://[::1]:80", "[::1]", "/x", undefined],
    ["http://[2001:db8::1]/x", "http://[2001:db8::1]", "[2001:db8::1]", "/x", undefined],
    ["http://a.example?x=/y", "http://a.example", "a.example", "/", "?x=/y"],
    ["http://a.example/x?", "http://a.example", "a.example", "/x", "?"],
    ["http://a.example/x#f?y", "http://a.example", "a.example", "/x", undefined],
    ["http://a.example/x?y#f", "http://a.example", "a.example", "/x", "?y"],
    ["http://a.example#f/g", "http://a.example", "a.example", "/", undefined],
    ["http://a.example/x?y@z:1", "http://a.example", "a.example", "/x", "?y@z:1"],
    ["http://a.example/u@h/:x", "http://a.example", "a.example", "/u@h/:x", undefined],
    [
      "http://a.example/a/../b//%2e%2E/c",
      "http://a.example",
      "a.example",
      "/a/../b//%2e%2E/c",
      undefined,
    ],
    ["http://a.example/a?b?c", "http://a.example", "a.example", "/a", "?b?c"],
  ])("%s is cut where its parts end", (url, origin, host, path, query) => {
    expect(splitTarget(url)).toEqual({ origin, host, path, query });
  });

  it.each(["", "/x", "http:", "http://", "http:///x", "://a", "http://user@/x"])(
    "%j has no host",
    (url) => {
      expect(splitTarget(url)).toBeUndefined();
    },
  );

  // The WHATWG parser ends the host there, so the upstream would be sent to another path than the one
  // that was routed: "/admin/x" for "/x".
  it.each(["http://a\\admin/x", "http://a\\@a.example/x", "http://a\\b?y", "http://a:80\\b"])(
    "%j has a host with a backslash, which is none",
    (url) => {
      expect(splitTarget(url)).toBeUndefined();
    },
  );

  it("may have a backslash behind the host: that is the core's to refuse", () => {
    expect(splitTarget("http://a.example/x\\y")?.path).toBe("/x\\y");
  });

  it("agrees with the WHATWG parser where that changes nothing", () => {
    for (const url of [
      "https://shop.example.com/orders/1?x=%20&y=a+b",
      "http://127.0.0.1:8787/a;b=c/d,e?%3F=1",
      "https://a.b.c.example/%E2%82%AC/x.json",
    ]) {
      const parsed = new URL(url);
      expect(parsed.href).toBe(url);
      expect(splitTarget(url)).toEqual({
        origin: parsed.origin,
        host: parsed.hostname,
        path: parsed.pathname,
        query: parsed.search === "" ? undefined : parsed.search,
      });
    }
  });
});
