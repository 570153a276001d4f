// docs/policy.schema.json and the core's reader of policies say the same.
//
// The reader is C++ that knows every rule; the schema is for editors and can't know those between
// distant values. What holds them together is this: whatever the core compiles is valid by the
// schema, and whatever it refuses for its form (FORM) isn't; for every policy that is written down in
// tests, examples and documentation, and for what comes of one change to one of them. The core's own
// engine decides what is valid, and Ajv has to agree.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import Ajv2020 from "ajv/dist/2020.js";
import { changed, isOfAnotherLanguage, writtenPolicies } from "./policies.mjs";
import { newCore } from "./support.mjs";

const text = readFileSync(new URL("../../docs/policy.schema.json", import.meta.url), "utf8");
const schema = JSON.parse(text);

// Ajv's strict mode finds what a typing error makes of a schema: unknown keywords, ignored ones.
// (Types and required members of a branch are said around it.)
const ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false });
const isValid = ajv.compile(schema);

const FORM = new Set([
  "unknown_key",
  "wrong_type",
  "missing_key",
  "unknown_value",
  "out_of_range",
  "unsupported_version",
]);

// Amounts that are out of range only beside other ones: a cost beyond what its limit ever admits, a
// lease longer than the period or of more units than the quota, a burst times a period.
const BESIDE_OTHERS =
  /this limit admits at most|"duration" must be from 50ms to|^expected an integer from 1 to (?!1000000000,)\d+, found|may be at most \d+ with a rate\.per|than the limit's algorithm can count/;
const isBesideOthers = ({ code, pointer, message }) =>
  code === "out_of_range" &&
  (/\/(cost|reserve|units|burst|rate)$|\/lease\/|\/limits\/\w+$/.test(pointer) ||
    /\/overrides\/\d+$/.test(pointer)) &&
  BESIDE_OTHERS.test(message);

/** Whether a place is within a schema that stands where a name could. */
function isInline(pointer, policy) {
  const [, section, route, key, ...rest] = pointer.split("/");
  if (section !== "routes") return false;
  if (key === "query" || key === "params") return rest.length > 0;
  if (rest.shift() !== "schema") return false;
  const use = policy.routes[route]?.[key]?.schema;
  const isLong = typeof use === "object" && use !== null && "schema" in use;
  return isLong ? rest[0] === "schema" && rest.length > 1 : rest.length > 0;
}

/** Whether the schema has to see it, too. */
function isOfForm(issue, policy) {
  return (
    FORM.has(issue.code) &&
    !isBesideOthers(issue) &&
    !isOfAnotherLanguage(issue.pointer.replace(/^(\/schemas\/[^/]+)$/, "")) &&
    !isInline(issue.pointer, policy)
  );
}

const core = newCore();

const compiled = core.compileSchema(text);

/** The issues that the core has with a policy; none if it compiles. */
function issuesOf(json) {
  try {
    core.compilePolicy(json).dispose();
    return [];
  } catch (error) {
    assert.equal(error.code, "invalid_policy", error);
    return error.issues;
  }
}

/** What the schema and the core disagree about, in words; nothing if they don't. */
function disagreement(policy) {
  const json = JSON.stringify(policy);
  const issues = issuesOf(json);
  const valid = compiled.isValid(json);
  if (valid !== isValid(policy)) return `Ajv says ${!valid}: ${ajv.errorsText(isValid.errors)}`;
  if (issues.length === 0) {
    return valid ? undefined : `compiles, but ${JSON.stringify(compiled.validate(json).errors)}`;
  }
  const { pointer, message } = issues.find((issue) => isOfForm(issue, policy)) ?? {};
  return valid && pointer !== undefined
    ? `valid by the schema, but ${pointer}: ${message}`
    : undefined;
}

const policies = writtenPolicies();

test("there are policies with and without faults", () => {
  const compiling = policies.filter(([, policy]) => issuesOf(JSON.stringify(policy)).length === 0);
  assert.ok(compiling.length >= 15, `${compiling.length} of ${policies.length}`);
  assert.ok(policies.length > compiling.length);
});

test("policies as they are written", () => {
  for (const [where, policy] of policies) {
    assert.equal(disagreement(policy), undefined, where);
  }
});

// Places of the same meaning, of all policies together, of which three are as good as all.
const kinds = new Map();
function isEnough(where, pointer) {
  const kind = pointer
    .replace(/\/\d+(?=\/|$)/g, "/#")
    .replace(/^(\/[a-z]+)\/[^/#]+/, (whole, section) =>
      section === "/features" ? whole : `${section}/*`,
    )
    .replace(/\/(variants|inputs|setHeaders|headers|claims|attributes)\/[^/]+/g, "/$1/*");
  const places = kinds.get(kind) ?? new Set();
  kinds.set(kind, places);
  if (places.size < 3) places.add(where + pointer);
  return !places.has(where + pointer);
}

test("policies with one change", () => {
  let changes = 0;
  for (const [where, policy] of policies) {
    if (issuesOf(JSON.stringify(policy)).length > 0) continue;
    for (const [at, value] of changed(policy)) {
      if (isEnough(where, at)) continue;
      changes += 1;
      const found = disagreement(value);
      if (found !== undefined) assert.fail(`${where}, ${at}: ${found}\n${JSON.stringify(value)}`);
    }
  }
  assert.ok(changes > 5_000, `${changes}`);
});

test("the schema may be named in the policy", () => {
  const policy = { $schema: "./policy.schema.json", version: 1, routes: [] };
  assert.deepEqual(issuesOf(JSON.stringify(policy)), []);
  assert.ok(compiled.isValid(JSON.stringify(policy)));
});

// One by one what is written as a regular expression: all units, and both sides of both ends.
const MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const DURATIONS = {
  "upstream timeout": (d) => ({ upstreams: { u: { type: "service", binding: "U", timeout: d } } }),
  "rate.per": (d) => ({ limits: { l: limit({ rate: { units: 1, per: d } }) } }),
  slotTimeout: (d) => ({
    limits: { l: { algorithm: "concurrency", slots: 1, slotTimeout: d, subject: [] } },
  }),
  penalty: (d) => ({ limits: { l: limit({ penalty: d }) } }),
  denyCacheMax: (d) => ({ limits: { l: limit({ denyCacheMax: d }) } }),
  "limit timeout": (d) => ({ limits: { l: limit({ timeout: d }) } }),
  retryJitter: (d) => ({ limits: { l: limit({ retryJitter: d }) } }),
  lease: (d) => ({ limits: { l: limit({ lease: { duration: d } }) } }),
  visitorCookie: (d) => ({ features: { payload: {}, visitorCookie: { maxAge: d } } }),
  ttl: (d) => ({
    upstreams: { u: { type: "service", binding: "U" } },
    routes: [
      {
        id: "r",
        match: { path: "/", methods: ["GET"] },
        upstream: "u",
        cache: { ttl: d },
      },
    ],
  }),
};
const limit = (rest) => ({
  algorithm: "gcra",
  rate: { units: 1, per: "30d" },
  subject: ["ip"],
  ...rest,
});

for (const [name, policyWith] of Object.entries(DURATIONS)) {
  test(`durations: ${name}`, () => {
    const compiles = (d) =>
      issuesOf(JSON.stringify({ version: 1, routes: [], ...policyWith(d) })).length === 0;
    const check = (d) => {
      const policy = { version: 1, routes: [], ...policyWith(d) };
      assert.equal(compiled.isValid(JSON.stringify(policy)), compiles(d), JSON.stringify(d));
    };
    for (const odd of ["0s", "0ms", "0", "1", "01s", "1 s", "1S", "-1s", "1.5s", "day", "s", ""]) {
      check(odd);
    }
    for (const unit of Object.keys(MS)) {
      // Where what compiles begins and ends, to be looked at from both sides.
      for (const digits of ["1", "9", "10", "19", "49", "50", "59", "60", "99", "100"]) {
        check(`${digits}${unit}`);
      }
      const most = Math.floor((400 * MS.d) / MS[unit]);
      const first = edge(0, most, (n) => compiles(`${n}${unit}`));
      for (const n of first) {
        for (const around of [n - 1, n, n + 1]) check(`${around}${unit}`);
      }
    }
  });
}

/** Where a predicate that holds in one range of 1 to `most` at most changes its mind. */
function edge(least, most, holds) {
  const some = [];
  for (let n = 1; n <= most; n = Math.ceil(n * 1.5)) if (holds(n)) some.push(n);
  if (some.length === 0) return [];
  return [border(least, some[0], holds), border(most + 1, some.at(-1), holds)];
}

/** The number next to `outside`, from `inside`, at which it still holds. */
function border(outside, inside, holds) {
  while (Math.abs(outside - inside) > 1) {
    const middle = Math.floor((outside + inside) / 2);
    if (holds(middle)) inside = middle;
    else outside = middle;
  }
  return inside;
}

test("every definition is used, and titles and descriptions are there for editors", () => {
  for (const name of Object.keys(schema.$defs)) {
    assert.ok(text.includes(`"#/$defs/${name}"`), name);
  }
  for (const [name, { title, description }] of Object.entries(schema.properties)) {
    assert.ok(title ?? description ?? schema.$defs[name]?.title, name);
  }
});

test("examples and defaults are valid where they stand", () => {
  const walk = (node, at) => {
    if (typeof node !== "object" || node === null) return;
    for (const example of [
      ...(node.examples ?? []),
      ...("default" in node ? [node.default] : []),
    ]) {
      if (typeof node.default === "object" && "$ref" in node.default) continue; // the step
      const check = ajv.getSchema(`${schema.$id}#${at}`);
      assert.ok(check(example), `${at}: ${JSON.stringify(example)}`);
    }
    for (const [key, child] of Object.entries(node)) {
      if (key === "examples" || key === "enum") continue;
      walk(child, `${at}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`);
    }
  };
  walk(schema, "");
});
