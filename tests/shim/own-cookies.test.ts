import { describe, expect, it } from "vitest";
import { withholdOverride, withoutCookie } from "../../worker-shim/gateway/own-cookies.ts";

describe("a cookie of ours in what goes upstream", () => {
  it.each([
    ["a=1", "a=1"],
    ["q=t", undefined],
    [" q = t ;q=u", undefined],
    ["a=1; q=t; b=2", "a=1; b=2"],
    ["q=t; a=1", "a=1"],
    ["a=1; q=t", "a=1"],
    ["a=q; qq=1; bq=q=2; Q=3; q", "a=q; qq=1; bq=q=2; Q=3"],
    ['a="x y";  b=%20; q="t"', 'a="x y";  b=%20'],
  ])("%s becomes %s", (header, expected) => {
    expect(withoutCookie(header, "q")).toBe(expected);
  });

  it("is left alone where the policy has no overrides", () => {
    const headers = new Headers({ cookie: "q=t" });
    withholdOverride(headers, null);
    expect(headers.get("cookie")).toBe("q=t");
    withholdOverride(headers, "q");
    expect(headers.has("cookie")).toBe(false);
    withholdOverride(headers, "q");
    expect([...headers]).toEqual([]);
  });
});
