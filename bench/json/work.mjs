// What the JSON part of the bench does with an order listing, as data: the Worker's cases, the native benchmarks
// and the report all read it here. Each job has contenders beside the core in contenders.ts.

import { orderListing, PICK_PATHS } from "../data/orders.mjs";

export const SIZES = [200, 2048, 20_480, 204_800, 2_097_152];
export const KINDS = ["ascii", "utf8"];

/** The documents by name. */
export function documents() {
  return Object.fromEntries(
    SIZES.flatMap((bytes) =>
      KINDS.map((kind) => [
        `${bytes}/${kind}`,
        orderListing({ bytes, seed: bytes, utf8: kind === "utf8" }),
      ]),
    ),
  );
}

export const REDACTED = "***";

export const MERGE_PATCH = {
  next: "/v2/orders?cursor=b3JkXzAwMDAwMDAwMQ",
  took: null,
  meta: { region: "eu-west", cache: { hit: false, age: null } },
};

/** Ten operations; what they need is in every listing, the smallest included. */
export const JSON_PATCH = [
  { op: "test", path: "/orders/0/currency", value: "EUR" },
  { op: "replace", path: "/orders/0/status", value: "held" },
  { op: "remove", path: "/orders/0/placedAt" },
  { op: "add", path: "/orders/0/tags", value: ["review", "manual"] },
  { op: "move", from: "/orders/0/customer/name", path: "/orders/0/buyer" },
  { op: "copy", from: "/orders/0/id", path: "/orders/0/reference" },
  { op: "replace", path: "/orders/0/total", value: 0 },
  { op: "add", path: "/meta", value: { region: "eu-west" } },
  { op: "add", path: "/orders/0/customer/tier", value: "gold" },
  { op: "add", path: "/orders/-", value: { id: "ord_sentinel", status: "closed" } },
];

export const FILTER = "$.orders[?@.total > 50000 && @.status == 'paid']";
export const RESHAPE =
  "orders[?status=='paid'].{id: id, city: shipping.address.city, skus: items[].sku}";

/**
 * @typedef {{
 *   id: string, title: string,
 *   steps?: unknown[], jsonpath?: string, jmespath?: string,
 *   libraries: string[],                     contenders beside hand-written JavaScript ("js")
 *   goals: { against: string, atLeast: number, from: number, to?: number }[],
 * }} Job  goals: times faster than a contender, or than "every" one, at sizes in bytes
 */

/** @type {Job[]} */
export const JOBS = [
  {
    id: "pick",
    title: "Pick six fields an order",
    steps: [{ pick: PICK_PATHS }],
    libraries: [],
    goals: [
      { against: "js", atLeast: 4, from: 20_480 },
      { against: "js", atLeast: 2.5, from: 2048, to: 2048 },
      { against: "js", atLeast: 1, from: 200, to: 200 },
    ],
  },
  {
    id: "redact",
    title: "Redact three fields an order",
    steps: [
      {
        redact: [
          "$.orders[*].customer.name",
          "$.orders[*].customer.email",
          "$.orders[*].shipping.address.street",
        ],
      },
    ],
    libraries: [],
    goals: [
      { against: "js", atLeast: 8, from: 20_480 },
      { against: "js", atLeast: 5, from: 2048, to: 2048 },
    ],
  },
  {
    id: "merge",
    title: "Merge patch (RFC 7396)",
    steps: [{ merge: MERGE_PATCH }],
    libraries: ["json-merge-patch"],
    goals: [
      { against: "every", atLeast: 6, from: 20_480 },
      { against: "every", atLeast: 4, from: 2048, to: 2048 },
    ],
  },
  {
    id: "patch",
    title: "JSON Patch of ten operations (RFC 6902)",
    steps: [{ patch: JSON_PATCH }],
    libraries: ["fast-json-patch"],
    goals: [
      { against: "every", atLeast: 6, from: 20_480 },
      { against: "every", atLeast: 4, from: 2048, to: 2048 },
    ],
  },
  {
    id: "filter",
    title: "Filter by JSONPath (RFC 9535)",
    jsonpath: FILTER,
    libraries: ["json-p3"],
    goals: [{ against: "json-p3", atLeast: 4, from: 20_480 }],
  },
  {
    id: "reshape",
    title: "Reshape by JMESPath",
    jmespath: RESHAPE,
    libraries: ["jmespath", "@jmespath-community/jmespath"],
    goals: [
      { against: "jmespath", atLeast: 4, from: 20_480 },
      { against: "jmespath", atLeast: 3, from: 2048, to: 2048 },
    ],
  },
];
