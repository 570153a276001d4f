import { expect, it } from "vitest";
import { objectName } from "../../worker-shim/limiter/object-name.ts";

it("names an object by its limit or group, subject and shard, no two alike", () => {
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
