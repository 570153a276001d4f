import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { bytes, errorOf, newCore } from "./support.mjs";

const CASES = `${process.env.CONFORMANCE_DIR ?? "../shared/conformance"}/growthbook/cases.json`;
const cases = existsSync(CASES) ? JSON.parse(readFileSync(CASES, "utf8")) : undefined;
const skip = cases === undefined && process.env.CI !== "true" ? `no ${CASES}` : false;
const core = newCore();

/** What can be compared with a parsed case: no undefined members. */
const plain = (value) => JSON.parse(JSON.stringify(value));

const payloadOf = ({ features = {}, savedGroups, contextualBandits }, experiments) =>
  JSON.stringify({ features, savedGroups, contextualBandits, experiments });

const optionsOf = ({ forcedVariations, url, qaMode, enabled }) => ({
  forcedVariations,
  url,
  qaMode,
  enabled,
});

function evaluate(context, experiments, more = {}) {
  using features = core.compileFeatures(payloadOf(context, experiments));
  const attributes = context.attributes ?? {};
  const options = { ...optionsOf(context), ...more };
  const results = features.evaluate(JSON.stringify(attributes), options);
  assert.deepEqual(all(features.evaluate(attributes, options)), all(results));
  return results;
}

/** Everything that results say. */
const all = (results) =>
  plain({
    features: results.toJSON(),
    keys: results.keys(),
    exposures: results.exposures,
    experiments: results.experiments(),
    stickyBuckets: results.stickyBuckets(),
  });

const UNKNOWN = { value: null, on: false, off: true, source: "unknownFeature", ruleId: "" };

/** Runs all cases of a section; `run` throws on the first difference. */
function section(name, count, run) {
  test(`GrowthBook's cases: ${name}`, { skip }, async () => {
    assert.equal(cases[name].length, count);
    for (const row of cases[name]) {
      try {
        await run(...row);
      } catch (error) {
        error.message = `${JSON.stringify(row)}\n${error.message}`;
        throw error;
      }
    }
  });
}

section("evalCondition", 248, (_, condition, attributes, expected, savedGroups) => {
  const results = evaluate({
    attributes,
    savedGroups,
    features: { f: { defaultValue: false, rules: [{ condition, force: true }] } },
  });
  assert.equal(results.get("f").value, expected);
});

section("hash", 15, (seed, value, version, expected) => {
  assert.equal(core.hash(seed, String(value), version), expected);
});

section("feature", 55, (_, context, key, expected) => {
  assert.deepEqual(plain(evaluate(context).get(key) ?? UNKNOWN), expected);
});

section("contextualBandit", 35, (_, context, key, expected) => {
  assert.deepEqual(plain(evaluate(context).get(key) ?? UNKNOWN), expected);
});

section("run", 73, (_, context, experiment, value, inExperiment, hashUsed) => {
  const [{ result }] = evaluate(context, [experiment]).experiments();
  assert.deepEqual(
    [result.value, result.inExperiment, result.hashUsed],
    [value, inExperiment, hashUsed],
  );
});

section("stickyBucket", 13, (_, context, documents, key, expected, expectedDocuments) => {
  const given = context.stickyBucketAssignmentDocs ?? {};
  for (const document of documents) {
    given[`${document.attributeName}||${document.attributeValue}`] = document;
  }
  // The SDK reads only the documents of the user's own attributes.
  const own = Object.fromEntries(
    Object.entries(given).filter(([, { attributeName, attributeValue }]) =>
      Object.is(String(context.attributes[attributeName]), attributeValue),
    ),
  );
  const results = evaluate(context, undefined, { stickyBuckets: own });
  const result = results.get(key).experimentResult ?? null;
  assert.deepEqual(plain(result), expected);
  assert.deepEqual(
    plain({
      ...own,
      ...evaluate(context, undefined, { stickyBuckets: own, keys: [key] }).stickyBuckets(),
    }),
    expectedDocuments,
  );
});

section("getQueryStringOverride", 16, (_, key, url, variations, expected) => {
  const experiment = { key, variations: Array.from({ length: variations }, (_v, i) => i) };
  const [{ result }] = evaluate({ url, attributes: {} }, [experiment]).experiments();
  assert.equal(result.inExperiment ? result.variationId : null, expected);
});

section("inNamespace", 16, (_, id, namespace, expected) => {
  const experiment = { key: "e", variations: [0, 1], namespace };
  const [{ result }] = evaluate({ attributes: { id } }, [experiment]).experiments();
  assert.equal(result.inExperiment, expected);
});

section("chooseVariation", 13, (_, n, ranges, expected) => {
  // A user whose bucket is n, so that what is asked is the range alone.
  const id = idInBucket(n);
  const variations = ranges.map((_r, i) => i);
  if (variations.length < 2) variations.push(-1);
  const experiment = { key: "e", hashVersion: 2, variations, ranges };
  const [{ result }] = evaluate({ attributes: { id } }, [experiment]).experiments();
  assert.equal(result.inExperiment ? result.variationId : -1, expected);
});

function idInBucket(n) {
  for (let i = 0; i < 1_000_000; i++) if (core.hash("e", `u${i}`, 2) === n) return `u${i}`;
  throw new Error(`no user in bucket ${n}`);
}

section("getBucketRange", 13, (_, [count, coverage, weights], expected) => {
  const variations = Array.from({ length: count }, (_v, i) => i);
  const experiment = { key: "e", variations, hashVersion: 2 };
  if (coverage !== null) experiment.coverage = coverage;
  if (weights !== null) experiment.weights = weights;
  using features = core.compileFeatures(payloadOf({}, [experiment]));
  for (const n of [0, 0.05, 0.1999, 0.2, 0.25, 0.3999, 0.4, 0.4999, 0.5, 0.75, 0.9, 0.9999]) {
    const attributes = JSON.stringify({ id: idInBucket(n) });
    const [{ result }] = features.evaluate(attributes).experiments();
    const inRange = expected.findIndex(([start, end]) => n >= start && n < end);
    assert.equal(result.inExperiment ? result.variationId : -1, inRange, `bucket ${n}`);
  }
});

section("getEqualWeights", 6, (count, expected) => {
  // Without weights the ranges are those of equal ones.
  const variations = Array.from({ length: Math.max(count, 0) }, (_v, i) => i);
  using features = core.compileFeatures(
    payloadOf({}, [
      { key: "e", variations, hashVersion: 2 },
      { key: "e", variations, hashVersion: 2, weights: expected },
    ]),
  );
  for (let i = 0; i < 100; i++) {
    const [a, b] = features.evaluate(JSON.stringify({ id: `u${i}` })).experiments();
    assert.deepEqual(a.result, b.result);
  }
});

function isJson(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

section("decrypt", 10, async (_, encrypted, key, expected) => {
  const payload = JSON.stringify({ encryptedFeatures: encrypted });
  if (expected === null) {
    await assert.rejects(core.decryptFeatures(payload, key), { code: "invalid_argument" });
  } else if (!isJson(expected)) {
    // The SDK's function yields the text; the payload that it should be part of can't be made.
    await assert.rejects(core.decryptFeatures(payload, key), { code: "invalid_json" });
  } else {
    const clear = JSON.parse(await core.decryptFeatures(payload, key));
    assert.deepEqual(clear, { features: JSON.parse(expected) });
  }
});

section("urlRedirect", 4, (_, context, expected) => {
  using features = core.compileFeatures(payloadOf(context, context.experiments));
  const attributes = JSON.stringify(context.attributes);
  const redirect = features.redirect(attributes, { url: context.url });
  const runs = redirect.results.experiments();
  const { inExperiment, value } = runs[redirect.experiment].result;
  assert.deepEqual(
    [{ inExperiment, urlRedirect: value.urlRedirect, urlWithParams: redirect.url }],
    expected,
  );
});

test("issues don't stop the rest of the payload", () => {
  const features = core.compileFeatures(
    bytes(
      JSON.stringify({
        features: {
          a: { defaultValue: 1, rules: [{ condition: { x: { $regx: "" } }, force: 2 }] },
          b: { defaultValue: 1, rules: [{ condition: { x: { $regex: "(?=" } }, force: 2 }] },
          c: { defaultValue: 1, rules: [{ force: 2 }] },
        },
      }),
    ),
  );
  assert.deepEqual(
    features.issues.map(({ code, pointer }) => [code, pointer]),
    [
      ["unknown_operator", "/features/a/rules/0/condition/x/$regx"],
      ["invalid_regex", "/features/b/rules/0/condition/x/$regex"],
    ],
  );
  const results = features.evaluate("{}");
  assert.deepEqual(
    results.keys().map((key) => results.value(key)),
    [1, 1, 2],
  );
  assert.equal(results.get("d"), undefined);
  assert.deepEqual(results.toJSON().c, {
    value: 2,
    on: true,
    off: false,
    source: "force",
    ruleId: "",
  });
  features.dispose();
  assert.equal(results.get("c").value, 2);
});

test("each exposure once, prerequisites' too", () => {
  const rule = (key) => ({ key, variations: [0, 1], hashVersion: 2 });
  using features = core.compileFeatures(
    JSON.stringify({
      features: {
        a: { rules: [rule("e1")] },
        b: { rules: [rule("e1")] },
        c: {
          rules: [{ parentConditions: [{ id: "d", condition: { value: { $gte: 0 } } }], force: 1 }],
        },
        d: { rules: [rule("e2")] },
        tracked: {
          rules: [{ force: 1, tracks: [{ experiment: { key: "t" }, result: { key: "0" } }] }],
        },
      },
    }),
  );
  const user = JSON.stringify({ id: "u" });
  const exposed = (options) =>
    features
      .evaluate(user, options)
      .exposures.map(({ experiment }) => experiment.key)
      .sort();
  assert.deepEqual(exposed(), ["e1", "e2", "t"]);
  assert.deepEqual(exposed({ keys: ["c"] }), ["e2"]);
  assert.deepEqual(exposed({ keys: ["b", "nowhere", "b"] }), ["e1"]);
  assert.deepEqual(exposed({ forcedVariations: { e1: 1, e2: 0 } }), ["t"]);
  const results = features.evaluate(user);
  assert.equal(results.exposures.length, 3);
  assert.equal(results.exposures, results.exposures);
});

test("who is held out sees the default value, and is in no experiment but the holdout", () => {
  const held = (value) => ({ id: "$holdout:q3", condition: { value } });
  using features = core.compileFeatures(
    JSON.stringify({
      features: {
        "$holdout:q3": {
          defaultValue: "everybody",
          rules: [
            {
              key: "q3-holdout",
              hashVersion: 2,
              coverage: 0.2,
              variations: ["held", "measured"],
              weights: [0.5, 0.5],
            },
          ],
        },
        page: {
          defaultValue: "old",
          rules: [
            { parentConditions: [held("held")], force: "old" },
            { key: "page", hashVersion: 2, variations: ["a", "b"] },
          ],
        },
      },
    }),
  );
  assert.deepEqual(features.issues, []);
  const counts = { held: 0, measured: 0, everybody: 0 };
  for (let i = 0; i < 2000; i++) {
    const results = features.evaluate({ id: `u${i}` }, { keys: ["page"] });
    const holdout = features.evaluate({ id: `u${i}` }).value("$holdout:q3");
    counts[holdout]++;
    const exposed = results.exposures.map(({ experiment }) => experiment.key).sort();
    if (holdout === "held") {
      assert.equal(results.value("page"), "old");
      assert.deepEqual(exposed, ["q3-holdout"]);
    } else {
      assert.match(results.value("page"), /^[ab]$/);
      assert.deepEqual(exposed, holdout === "measured" ? ["page", "q3-holdout"] : ["page"]);
    }
  }
  assert.ok(counts.held > 150 && counts.held < 250, JSON.stringify(counts));
  assert.ok(counts.measured > 150 && counts.measured < 250, JSON.stringify(counts));
});

test("what is no payload or no attributes is an error with its place", () => {
  assert.equal(errorOf(() => core.compileFeatures("{")).code, "invalid_json");
  assert.equal(errorOf(() => core.compileFeatures("[]")).code, "invalid_argument");
  using features = core.compileFeatures("{}");
  assert.deepEqual(features.evaluate("{}").toJSON(), {});
  const error = errorOf(() => features.evaluate('{"a": nul}'));
  assert.equal(error.code, "invalid_json");
  assert.equal(error.byteOffset, 9);
  assert.match(error.message, /^attributes: /);
  assert.equal(errorOf(() => features.evaluate("[]")).code, "invalid_argument");
});

test("an object's attributes are those of its JSON", () => {
  const conditions = [
    { text: 'é"\\\n😀' },
    { number: -0.5 },
    { flag: { $eq: true } },
    { off: false },
    { "list.1": "b" },
    { "deep.er.est": 7 },
    { none: null },
    { missing: { $exists: false } },
    { infinite: { $exists: false } },
    { call: { $exists: false } },
    { constructor: { $exists: false } },
    { toString: { $exists: false } },
    { long: "x".repeat(500) },
    { when: "2026-11-21T00:00:00.000Z" },
  ];
  const rules = (condition) => ({ defaultValue: false, rules: [{ condition, force: true }] });
  const experiment = { rules: [{ key: "e", hashAttribute: "text", variations: [0, { a: 1 }] }] };
  using features = core.compileFeatures(
    JSON.stringify({
      features: {
        ...Object.fromEntries(conditions.map((c, i) => [`f${i}`, rules(c)])),
        experiment,
      },
    }),
  );
  const user = {
    text: 'é"\\\n😀',
    number: -0.5,
    flag: true,
    off: false,
    list: ["a", "b"],
    deep: { er: { est: 7 } },
    none: null,
    missing: undefined,
    infinite: Infinity,
    call: () => 1,
    long: "x".repeat(500),
    when: new Date("2026-11-21T00:00:00Z"),
  };
  const results = features.evaluate(user);
  conditions.forEach((condition, i) => {
    assert.equal(results.value(`f${i}`), true, JSON.stringify(condition));
  });
  assert.deepEqual(all(results), all(features.evaluate(JSON.stringify(user))));
  assert.equal(results.exposures[0].result.hashValue, user.text);
  for (const key of features.keys()) {
    const options = { keys: [key, "nowhere", key] };
    const one = features.evaluate(user, options);
    assert.deepEqual(one.keys(), [key]);
    assert.deepEqual(plain(one.get(key)), plain(results.get(key)));
    assert.equal(one.get("nowhere"), undefined);
    assert.deepEqual(all(one), all(features.evaluate(JSON.stringify(user), options)));
  }
  assert.match(errorOf(() => features.evaluate({ text: 1n })).message, /text is a BigInt/);
});

test("without a URL its targets say the same, whatever attributes come as", () => {
  const experiment = {
    key: "e",
    variations: [0, 1],
    urlPatterns: [
      { type: "regex", pattern: "/$" },
      { type: "simple", include: false, pattern: "//" },
    ],
  };
  using features = core.compileFeatures(
    JSON.stringify({ features: {}, experiments: [experiment] }),
  );
  assert.deepEqual(all(features.evaluate({ id: "u" })), all(features.evaluate('{"id": "u"}')));
});

test("results keep what they said after others, and after the payload is gone", () => {
  const experiment = { rules: [{ key: "e", variations: ["a", { b: 1 }], hashVersion: 2 }] };
  const payload = bytes(JSON.stringify({ features: { f: experiment } }));
  const features = core.compileFeatures(payload);
  const results = features.evaluate({ id: "ü" });
  const before = all(results);
  payload.fill(0);
  features.evaluate({ id: "another" });
  features.dispose();
  assert.deepEqual(all(results), before);
  assert.equal(errorOf(() => features.evaluate({})).code, "stale_handle");
});

test("toLowerCase is the host's for every character", () => {
  const characters = [];
  for (let point = 0x80; point < 0x110000; point++) {
    if (point < 0xd800 || point > 0xdfff) characters.push(String.fromCodePoint(point));
  }
  const chunk = 512;
  for (let at = 0; at < characters.length; at += chunk) {
    const part = characters.slice(at, at + chunk);
    const rules = part.map((c, i) => [
      `f${i}`,
      { defaultValue: false, rules: [{ force: true, condition: { [`a.${i}`]: { $ini: [c] } } }] },
    ]);
    using features = core.compileFeatures(JSON.stringify({ features: Object.fromEntries(rules) }));
    const results = features.evaluate(JSON.stringify({ a: part.map((c) => c.toLowerCase()) }));
    part.forEach((c, i) => {
      assert.equal(results.value(`f${i}`), true, `U+${c.codePointAt(0).toString(16)}`);
    });
  }
});
