// Policies that the tests, the examples and the documentation have, and small changes to them.
import { readFileSync, readdirSync } from "node:fs";

const root = new URL("../../", import.meta.url);
const read = (path) => readFileSync(new URL(path, root), "utf8");
const filesIn = (folder, ending) =>
  readdirSync(new URL(folder, root))
    .filter((name) => name.endsWith(ending))
    .map((name) => `${folder}/${name}`);

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // as the seeds of a fuzzer may be
  }
}

/** A policy, with or without faults. */
const isPolicy = (value) =>
  typeof value === "object" && value !== null && "version" in value && "routes" in value;

/** Every way to say which schema. */
const SCHEMAS = {
  $schema: "./policy.schema.json",
  version: 1,
  upstreams: { u: { type: "service", binding: "U" } },
  schemas: {
    order: {
      type: "object",
      properties: { to: { $ref: "address" }, n: { type: "integer" } },
      required: ["to"],
    },
    address: {
      $defs: { zip: { pattern: "^(?=.*1)[0-9]+$" } },
      properties: { zip: { $ref: "#/$defs/zip" } },
    },
    anything: true,
  },
  schemaOptions: { dialect: "2019-09", assertFormat: false, patterns: "budgeted" },
  routes: [
    {
      id: "short",
      match: { path: "/a/{id}" },
      upstream: "u",
      query: "order",
      params: { properties: { id: { type: "integer" } }, required: ["id"] },
      request: { schema: "order", maxBodyBytes: 1000 },
      response: { schema: { type: "array" }, maxBodyBytes: 1000 },
    },
    {
      id: "long",
      match: { path: "/b", methods: ["POST", "GET"] },
      upstream: "u",
      request: {
        schema: {
          schema: { $ref: "order" },
          contentTypes: ["application/json", "application/merge-patch+json"],
          required: false,
          onInvalid: "report",
        },
      },
      response: {
        schema: { schema: "address", status: [200, 404], onInvalid: "enforce", detail: true },
      },
    },
    {
      id: "report",
      match: { path: "/c", methods: ["GET"] },
      upstream: "u",
      response: { schema: { schema: true, onInvalid: "report" } },
    },
  ],
};

function* texts() {
  yield ["SCHEMAS", JSON.stringify(SCHEMAS)];
  for (const file of filesIn("tests/fuzz/corpus/policy_compile_fuzz", ".json")) {
    yield [file, read(file)];
  }
  for (const file of [
    "storefront/policy.json",
    "storefront/bad-policy.json",
    "openapi/policy.json",
  ]) {
    yield [file, read(`examples/${file}`)];
  }
  for (const file of filesIn("docs", ".md")) {
    for (const [, body] of read(file).matchAll(/^```jsonc?(?: .*)?\n([^]*?)^```$/gm)) {
      yield [file, body];
    }
  }
  for (const file of filesIn("tests/core/policy", ".cc").concat(
    filesIn("tests/core/policy", ".h"),
  )) {
    for (const [, body] of read(file).matchAll(/R"\(([^]*?)\)"/g)) yield [file, body];
  }
}

/** Every policy that is written down somewhere as JSON: `[where, value]`. */
export function writtenPolicies() {
  return Array.from(texts(), ([where, text]) => [where, parsed(text)]).filter(([, value]) =>
    isPolicy(value),
  );
}

/** What a value is replaced by. */
const STRANGERS = [
  null,
  true,
  false,
  0,
  1,
  7,
  -1,
  1.5,
  1e12,
  "",
  "x",
  "*",
  "1s",
  "0s",
  "500d",
  "/a b",
  "$.a",
  [],
  ["x"],
  {},
  { x: 1 },
];

/**
 * Copies of `policy` with one change each: a value replaced, a member left out, renamed or added,
 * an element left out. `[where it was changed, value]`.
 */
export function* changed(policy) {
  const copy = structuredClone(policy);
  yield* changesBelow(copy, "", () => copy);
}

/**
 * Whether a place is in a document of its own kind: a feature payload, which has warnings and not
 * faults, or a schema. One change of it is as good as all.
 */
export function isOfAnotherLanguage(pointer) {
  return /^\/(?:features\/payload|schemas\/[^/]+)(?:\/|$)/.test(pointer);
}

function* changesBelow(node, pointer, whole) {
  if (typeof node !== "object" || node === null) return;
  for (const key of Object.keys(node)) {
    const own = node[key];
    const at = `${pointer}/${key}`;
    for (const stranger of STRANGERS) {
      node[key] = stranger;
      yield [at, whole()];
    }
    node[key] = own;
    if (!isOfAnotherLanguage(at)) yield* changesBelow(own, at, whole);
  }
  if (Array.isArray(node)) {
    if (node.length === 0) return;
    const last = node.pop();
    yield [pointer, whole()];
    node.push(last);
    return;
  }
  const members = { ...node };
  const replace = (entries) => {
    for (const key of Object.keys(node)) delete node[key];
    Object.assign(node, entries);
  };
  for (const key of Object.keys(members)) {
    const { [key]: own, ...rest } = members;
    replace(rest);
    yield [`${pointer}/${key}`, whole()];
    replace({ ...rest, [`${key}x`]: own });
    yield [`${pointer}/${key}x`, whole()];
  }
  replace({ ...members, stranger: 1 });
  yield [`${pointer}/stranger`, whole()];
  replace(members);
}
