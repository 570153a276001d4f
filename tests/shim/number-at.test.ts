import { describe, expect, it } from "vitest";
import { NumberAt, pointerTokens } from "../../worker-shim/gateway/number-at.ts";
import { bytesOf } from "./support.ts";

const MAX = 1 << 20;

/** What JSON.parse and a walk along the pointer find; the reader must find the same. */
function reference(text: string, pointer: string): number | undefined {
  let value: unknown = JSON.parse(text);
  for (const token of pointerTokens(pointer)) {
    if (typeof value !== "object" || value === null) return undefined;
    if (Array.isArray(value) && !/^(?:0|[1-9]\d*)$/.test(token)) return undefined;
    if (!Object.hasOwn(value, token)) return undefined;
    value = (value as Record<string, unknown>)[token];
  }
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

function find(text: string, pointer: string, pieces: number, maxBytes = MAX): number | undefined {
  const reader = new NumberAt(pointerTokens(pointer), maxBytes);
  const bytes = bytesOf(text);
  for (let at = 0; at < bytes.length; at += pieces) reader.push(bytes.subarray(at, at + pieces));
  return reader.end();
}

const CASES: [text: string, pointer: string, found: number | undefined][] = [
  ['{"usage":{"total_tokens":42}}', "/usage/total_tokens", 42],
  ['{"a":1,"usage":{"x":[{"total_tokens":7}],"total_tokens":42},"z":3}', "/usage/total_tokens", 42],
  ['{"x":{"usage":{"total_tokens":1}},"usage":{"total_tokens":2}}', "/usage/total_tokens", 2],
  ['{"usage":null}', "/usage/total_tokens", undefined],
  ['{"usage":{"total_tokens":"42"}}', "/usage/total_tokens", undefined],
  ['{"usage":{"total_tokens":true}}', "/usage/total_tokens", undefined],
  ['{"usage":{"total_tokens":{"n":1}}}', "/usage/total_tokens", undefined],
  ['{"usage":{"total_tokens":[1]}}', "/usage/total_tokens", undefined],
  ['{"a":5,"a":{"b":1},"a":6}', "/a", 6],
  ['{"a":{"b":1},"a":2}', "/a/b", undefined],
  ['{"a":{"b":1,"b":"x"}}', "/a/b", undefined],
  ['{"a":{"b":1,"c":9}}', "/a/b", 1],
  ['{"a":"\\"b\\":3","b":4}', "/b", 4],
  ['{"a\\u0062":3}', "/ab", 3],
  ['{"\\u00e9é😀":3.5}', "/éé😀", 3.5],
  ['{"a/b":{"m~n":8}}', "/a~1b/m~0n", 8],
  ['{"":{"":1}}', "//", 1],
  ['{"":1}', "/", 1],
  ["17", "", 17],
  [" -1.5e2 ", "", -150],
  ["[10,[20,30],40]", "/1/1", 30],
  ["[10,[20,30],40]", "/2", 40],
  ["[10,[20,30],40]", "/3", undefined],
  ["[10]", "/00", undefined],
  ["[10]", "/-", undefined],
  ['{"0":{"1":5}}', "/0/1", 5],
  ['[{"a":1},{"a":2}]', "/1/a", 2],
  ['[[],{},"]",{"x":[1]},5]', "/4", 5],
  ['{"n":1e400}', "/n", undefined],
  ["{}", "/a", undefined],
  ["[]", "/0", undefined],
  ['{"a":{}}', "/a/a", undefined],
  ['{"__proto__":{"x":1}}', "/__proto__/x", 1],
  ['{"x":{"__proto__":{"y":1}}}', "/x/y", undefined],
];

describe("the number at a pointer", () => {
  it.each(CASES)("in %s at %j", (text, pointer, found) => {
    expect(reference(text, pointer)).toBe(found);
    for (const pieces of [1, 2, 3, 7, 1000]) expect(find(text, pointer, pieces)).toBe(found);
  });

  it.each(['{"a":1', '{"a":1}}', '{"a":1,"b":"', '{"a":1,"b":[}'])(
    "isn't there in a document that is none: %s",
    (text) => {
      expect(find(text, "/a", 5)).toBeUndefined();
    },
  );

  it("isn't looked for in a document that is too long", () => {
    const text = `{"fill":"${"x".repeat(100)}","a":1}`;
    expect(find(text, "/a", 10, text.length)).toBe(1);
    expect(find(text, "/a", 10, text.length - 1)).toBeUndefined();
  });

  it("is found in the next document as if there had been none before", () => {
    const reader = new NumberAt(["a"], MAX);
    for (const text of ['{"a":1}', '{"b', '{"a":', "]]]", '"a']) {
      reader.push(bytesOf(text));
      reader.end();
      reader.push(bytesOf('{"a":2}'));
      expect(reader.end()).toBe(2);
    }
  });

  it("has bounds for names and digits", () => {
    expect(find(`{"${"a".repeat(100_000)}":1,"b":2}`, "/b", 999)).toBe(2);
    expect(find(`{"b":${"1".repeat(100_000)}}`, "/b", 999)).toBeUndefined();
  });

  it("is what JSON.parse finds, in documents made at random", () => {
    let seed = 12345;
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return Math.floor((seed / 2 ** 32) * below);
    };
    const names = ["a", "b", "0", "1", "", 'q"', "\\", "é", "a/b"];
    const value = (depth: number): unknown => {
      const kind = random(depth > 4 ? 5 : 8);
      if (kind < 2) return random(1000) / 8;
      if (kind < 5) return [null, true, names[random(names.length)]][kind - 2];
      const children = Array.from({ length: random(4) }, () => value(depth + 1));
      if (kind === 5) return children;
      return Object.fromEntries(children.map((child) => [names[random(names.length)], child]));
    };
    let found = 0;
    for (let round = 0; round < 3000; round++) {
      const text = JSON.stringify(value(0), null, random(2));
      const pointer = Array.from({ length: random(4) }, () => names[random(names.length)] ?? "")
        .map((name) => `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`)
        .join("");
      const expected = reference(text, pointer);
      expect(find(text, pointer, 1 + random(9)), `${text} ${pointer}`).toBe(expected);
      if (expected !== undefined) found += 1;
    }
    expect(found).toBeGreaterThan(50);
  });
});
