import { describe, expect, it } from "vitest";
import { markEtag, unmarkIfNoneMatch } from "../../worker-shim/gateway/etag.ts";
import { requestId } from "../../worker-shim/gateway/request-id.ts";
import { keepOutOfSharedCaches } from "../../worker-shim/gateway/response.ts";

describe("the ETag of a reshaped body", () => {
  it("is weak and marked", () => {
    expect(markEtag('"abc"', "1f2e.0")).toBe('W/"abc~1f2e.0"');
    expect(markEtag('W/"abc"', "1f2e.0")).toBe('W/"abc~1f2e.0"');
    expect(markEtag('""', "1f2e.0")).toBe('W/"~1f2e.0"');
  });

  it("is none where the upstream's is none", () => {
    expect(markEtag("abc", "m")).toBeUndefined();
    expect(markEtag('w/"abc"', "m")).toBeUndefined();
    expect(markEtag('"a"b"', "m")).toBeUndefined();
  });

  it("goes up without its mark, and only with that mark", () => {
    expect(unmarkIfNoneMatch('W/"abc~m.0"', "m.0")).toBe('"abc"');
    expect(unmarkIfNoneMatch('W/"abc~m.0", "x", W/"d,e~m.0"', "m.0")).toBe('"abc", "d,e"');
    expect(unmarkIfNoneMatch('W/"abc~m.1", "abc"', "m.0")).toBeUndefined();
    expect(unmarkIfNoneMatch("*", "m.0")).toBe("*");
    expect(unmarkIfNoneMatch("rubbish", "m.0")).toBeUndefined();
  });
});

describe("Cache-Control of an answer that depends on who asks", () => {
  it.each<[given: string | null, expected: string]>([
    [null, "private"],
    ["public, max-age=60", "private, max-age=60"],
    ["max-age=60, s-maxage=600", "private, max-age=60"],
    ["no-cache", "private, no-cache"],
    ["private, max-age=5", "private, max-age=5"],
    ["no-store", "no-store"],
    ['private="set-cookie", max-age=60', 'private, private="set-cookie", max-age=60'],
    ['no-cache="a, private, b"', 'private, no-cache="a, private, b"'],
    ['max-age=60, no-cache="a, public"', 'private, max-age=60, no-cache="a, public"'],
  ])("%j becomes %j", (given, expected) => {
    const headers = new Headers(given === null ? {} : { "cache-control": given });
    keepOutOfSharedCaches(headers);
    expect(headers.get("cache-control")).toBe(expected);
  });
});

describe("the request id", () => {
  it("is the platform's, else the client's, else a new one", () => {
    expect(
      requestId(new Headers({ "cf-ray": "8f1c2d3e4f5a6b7c-FRA", "x-request-id": "client-id-1" })),
    ).toBe("8f1c2d3e4f5a6b7c-FRA");
    expect(requestId(new Headers({ "x-request-id": "client-id-1" }))).toBe("client-id-1");
    expect(requestId(new Headers())).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each(["short", "x".repeat(65), "with space here", 'quote"quote"', "semi;colon;"])(
    "is not %j",
    (given) => {
      expect(requestId(new Headers({ "x-request-id": given }))).not.toBe(given);
    },
  );
});
