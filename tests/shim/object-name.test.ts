import { describe, expect, it } from "vitest";
import { objectName, rootOf } from "../../worker-shim/limiter/object-name.ts";

describe("an object's name", () => {
  it("tells limits, groups, subjects and shards apart", () => {
    const names = [
      objectName("api", "acme"),
      objectName("api", "acme", 1),
      objectName("api", "acme", 12),
      objectName("api", "1/acme"),
      objectName("api", "#1/acme"),
      objectName("api", ""),
      objectName("api", "", 1),
      objectName("+api", "acme"),
      objectName("+api", "acme", 1),
    ];
    expect(names[0]).toBe("api/acme");
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(["acme", "", "#7/x", "a/b#c/d", "+", "ü\n"])(
    "of a shard tells its root (%j)",
    (subject) => {
      for (const owner of ["api", "+group"]) {
        const root = objectName(owner, subject);
        expect(rootOf(root)).toBeUndefined();
        for (const shard of [1, 64]) expect(rootOf(objectName(owner, subject, shard))).toBe(root);
      }
    },
  );

  it("is the root's where a shard couldn't know its own", () => {
    for (const subject of ["x".repeat(1_020), "€".repeat(340)]) {
      expect(objectName("api", subject, 3)).toBe(`api/${subject}`);
    }
    expect(objectName("api", "x".repeat(330), 3)).toBe(`api#3/${"x".repeat(330)}`);
  });
});
