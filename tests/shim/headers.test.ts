import { describe, expect, it } from "vitest";
import {
  forbidsTransform,
  keepOutOfSharedCaches,
  limitToShortest,
} from "../../worker-shim/gateway/cache-control.ts";
import { markEtag, unmarkIfNoneMatch } from "../../worker-shim/gateway/etag.ts";
import {
  acceptDecodable,
  bodyKind,
  declaredLength,
  DECODED,
} from "../../worker-shim/gateway/media.ts";
import { requestId } from "../../worker-shim/gateway/request-id.ts";
import { addVary } from "../../worker-shim/gateway/response.ts";

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
    const unmarked = (header: string): string | undefined =>
      unmarkIfNoneMatch(header, "m.0", false);
    expect(unmarked('W/"abc~m.0"')).toBe('"abc"');
    expect(unmarked('"abc~m.0"')).toBe('"abc"');
    expect(unmarked('W/"abc~m.0", "x", W/"d,e~m.0"')).toBe('"abc", "d,e"');
    expect(unmarked('W/"abc~m.1", "abc"')).toBeUndefined();
    expect(unmarked(" * ")).toBe("*");
    expect(unmarked("rubbish")).toBeUndefined();
  });

  it("goes up beside all others where the method writes: they are conditions too", () => {
    expect(unmarkIfNoneMatch('W/"abc~m.0", "x", W/"y"', "m.0", true)).toBe('"abc", "x", W/"y"');
    expect(unmarkIfNoneMatch("*", "m.0", true)).toBe("*");
  });
});

describe("the kind of a body", () => {
  const kindOf = (type: string | null, coding?: string): unknown =>
    bodyKind(
      new Headers({
        ...(type === null ? {} : { "content-type": type }),
        ...(coding === undefined ? {} : { "content-encoding": coding }),
      }),
      DECODED,
    );

  it.each([
    "application/json",
    "Application/JSON",
    "application/json;charset=utf-8",
    'application/json; charset="UTF-8"; version=1',
    "application/json ; CHARSET=utf8",
    "text/json",
    "application/problem+json",
    "application/vnd.example.order.v2+json; profile=x",
    "application/ld+json",
    'application/json; note="a, b, application/json"',
    'application/json; note="a; charset=utf-16"',
    "application/json; x-charset=utf-16",
    'application/json; note="a; charset=utf-16"; charset=utf-8',
  ])("%j is JSON", (type) => {
    expect(kindOf(type)).toBe("json");
  });

  it.each([
    null,
    "",
    "text/html",
    "application/jsonp",
    "application/json-seq",
    "application/jsonlines",
    "application/x-ndjson",
    "image/json",
    "json",
    "text/plain; note=application/json",
    "text/plain, text/html",
    'text/plain; note="a, b"',
  ])("%j is not", (type) => {
    expect(kindOf(type)).toBe("other");
  });

  it.each(["utf-16", "UTF-16LE", "iso-8859-1", '"windows-1252"', "us-ascii"])(
    "JSON in the charset %s can't be read",
    (charset) => {
      expect(kindOf(`application/json; charset=${charset}`)).toMatchObject({
        reason: expect.stringContaining(charset.replaceAll('"', "")) as string,
      });
    },
  );

  it.each([
    "application/json; charset=utf-8; charset=utf-16",
    "application/json; charset=utf-8; charset=utf-8",
    'application/json; charset="utf-8"; version=1; Charset=latin1',
    'application/json; note="a; charset=utf-8; charset=utf-8',
  ])("nor with several charsets: %s", (type) => {
    expect(kindOf(type)).toEqual({ reason: `it has several charsets: ${type}` });
  });

  it.each([
    "text/plain, application/json",
    "application/json, text/plain",
    "application/json,application/json",
    "text/html; charset=utf-8 , application/problem+json; charset=utf-8",
    'text/plain; x=", application/json; y="',
    'text/plain; x="a, application/json',
  ])("nor with several types, of which one is JSON: %s", (type) => {
    expect(kindOf(type)).toEqual({ reason: `it has several types: ${type}` });
  });

  it.each(["zstd", "x-odd", "gzip, gzip", "gzip, br"])("nor in the coding %s", (coding) => {
    expect(kindOf("application/json", coding)).toMatchObject({
      reason: expect.stringContaining(coding) as string,
    });
  });

  it.each(["gzip", "BR", "identity", ""])("but in the coding %j", (coding) => {
    expect(kindOf("application/json", coding)).toBe("json");
  });

  it.each([
    ["gzip, deflate, br, zstd", "gzip, br"],
    ["zstd, *", "identity"],
    ["gzip;q=0.5, identity;q=0.1, x-odd", "gzip;q=0.5, identity;q=0.1"],
    ["", "identity"],
  ])("%j asks the upstream for %j", (accepted, asked) => {
    expect(acceptDecodable(accepted)).toBe(asked);
  });
});

describe("the declared length", () => {
  it.each<[string | null, number | undefined]>([
    ["17", 17],
    ["0", 0],
    [null, undefined],
    ["", undefined],
    ["-0", undefined],
    ["1e3", undefined],
    ["0x10", undefined],
    ["1, 1", undefined],
    ["99999999999999999999", undefined],
  ])("%j is %j", (given, length) => {
    const headers = new Headers(given === null ? {} : { "content-length": given });
    expect(declaredLength(headers)).toBe(length);
  });
});

describe("no-transform", () => {
  it.each([
    ["no-transform", true],
    ["public, No-Transform ,max-age=3", true],
    ["x-no-transform", false],
    ['ext="no-transform, x"', false],
    ["max-age=3", false],
  ])("%j: %s", (given, forbidden) => {
    expect(forbidsTransform(new Headers({ "cache-control": given }))).toBe(forbidden);
  });
});

describe("Vary", () => {
  it.each([
    [null, ["x-client"], "x-client"],
    ["Accept", ["x-client", "x-b"], "Accept, x-client, x-b"],
    ["Accept, X-Client", ["x-client"], "Accept, X-Client"],
    ["*", ["x-client"], "*"],
    [null, [], null],
  ])("%j and %j make %j", (given, names, expected) => {
    const headers = new Headers(given === null ? {} : { vary: given });
    addVary(headers, names);
    expect(headers.get("vary")).toBe(expected);
  });
});

describe("Cache-Control of an answer made of several", () => {
  it.each<[string | null, (string | null | undefined)[], string]>([
    ["max-age=60", ["public, max-age=10"], "private, max-age=10"],
    ["public, s-maxage=600, max-age=60", ["max-age=90"], "private, max-age=60"],
    ["max-age=60", [null], "private, max-age=0"],
    ["max-age=60", [undefined], "private, max-age=0"],
    ["max-age=60", ["max-age=60, no-cache"], "private, max-age=0"],
    ["max-age=60", ["max-age=60", "private, no-store"], "no-store"],
    ["no-store", ["max-age=60"], "no-store"],
    [null, ["max-age=60"], "private, max-age=0"],
  ])("%j with %j is %j", (own, others, expected) => {
    const of = (value: string | null): Headers =>
      new Headers(value === null ? {} : { "cache-control": value });
    const headers = of(own);
    headers.set("cdn-cache-control", "max-age=99");
    headers.set("expires", "Sat, 21 Nov 2026 08:00:00 GMT");
    limitToShortest(
      headers,
      others.map((other) => (other === undefined ? undefined : of(other))),
    );
    expect(headers.get("cache-control")).toBe(expected);
    expect(headers.has("cdn-cache-control")).toBe(false);
    expect(headers.has("expires")).toBe(false);
  });
});

describe("Cache-Control of an answer whose parts have been in a cache", () => {
  const part = (cacheControl: string, age: string): Headers =>
    new Headers({ "cache-control": cacheControl, age });

  it.each<[own: Headers, other: Headers, expected: string]>([
    [part("max-age=60", "0"), part("max-age=50", "45"), "private, max-age=5"],
    [part("max-age=60", "58"), part("max-age=50", "45"), "private, max-age=2"],
    [part("max-age=60", "90"), part("max-age=50", "0"), "private, max-age=0"],
    [part("max-age=60", "20, 50"), part("max-age=50", "-7"), "private, max-age=40"],
    [part("max-age=60", "0"), part("no-store", "9"), "no-store"],
  ])("%# has what they have left", (own, other, expected) => {
    limitToShortest(own, [other]);
    expect(own.get("cache-control")).toBe(expected);
    expect(own.has("age")).toBe(false);
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
