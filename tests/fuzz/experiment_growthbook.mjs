// Random payloads and users, evaluated by this engine and by GrowthBook's own SDK: any difference of
// values, exposures or sticky buckets is printed and fails. Where the SDK throws nothing is compared,
// and nothing counts.
//
//   node tests/fuzz/experiment_growthbook.mjs [evaluations] [seed]
//
// Not asked for, because this engine differs there on purpose (docs/experiments.md): operands on
// which the SDK throws, names of Object.prototype, regular expressions that aren't linear, objects
// with duplicate names.
import assert from "node:assert/strict";
import { GrowthBookClient } from "@growthbook/growthbook";
import { newCore } from "../core-js/support.mjs";
import { generator } from "./random.mjs";

const EVALUATIONS = Number(process.argv[2] ?? 100_000);
const SEED = Number(process.argv[3] ?? 1);
const FEATURES = 10;
const USERS = 20;

const random = generator(SEED);
const below = (n) => Math.floor(random() * n);
const pick = (list) => list[below(list.length)];
const chance = (p) => random() < p;
const many = (max, make) => Array.from({ length: below(max + 1) }, make);
/** The members that come up, each with its probability. */
const some = (members) =>
  Object.fromEntries(
    Object.entries(members).flatMap(([name, [p, make]]) => (chance(p) ? [[name, make()]] : [])),
  );

const NAMES = ["id", "company", "age", "tags", "user.name", "user.list", "v", "flag", "none"];
const TEXTS = [
  "a", "B", "b", "Äß", "äß", "", "1", "10", "9", " 7 ", "0x1f", "1e3", "true", "null", "é€😀",
  "1.2.3", "v1.2.3-rc.1", "1.10.0", "2.0.0+build", "a,b", "[object Object]", "ΣΑΣ", "ſ", "\u212a",
]; // prettier-ignore
const NUMBERS = [0, 1, -1, 2, 10, 0.5, 1e21, 1e-7, 123456789012, -0.25, 3];
const PATTERNS = [
  "^a", "[A-Z]+$", "\\d+", "^.$", "b|B", "(x", "\\w{2,}", "\\s", "[^a-z]", "é", "^(?:1|v)", "a{,2}",
  "\\u0061", "[\\d.]+", "$^", "", "\\bB\\b", "/", "ä",
]; // prettier-ignore

const scalar = () =>
  pick([() => pick(TEXTS), () => pick(NUMBERS), () => chance(0.5), () => null])();
const value = (depth = 2) => {
  if (depth === 0 || chance(0.7)) return scalar();
  if (chance(0.6)) return many(3, () => value(depth - 1));
  return some({ name: [0.6, () => value(depth - 1)], n: [0.5, () => value(depth - 1)] });
};

const attributes = () => ({
  ...some({
    id: [0.9, () => pick([`u${below(1000)}`, below(1000), pick(TEXTS), value()])],
    company: [0.6, () => pick(["acme", "b", `c${below(50)}`, scalar()])],
    age: [0.7, () => pick([below(100), String(below(100)), scalar()])],
    tags: [0.7, () => pick([many(4, () => pick(TEXTS)), many(4, () => value(2)), scalar()])],
    user: [0.6, () => some({ name: [0.7, scalar], list: [0.7, () => many(3, () => value(2))] })],
    v: [0.7, () => pick(TEXTS)],
    flag: [0.5, () => value(1)],
  }),
});

const operator = (depth) => {
  const nested = () => test(depth - 1);
  const all = {
    $eq: scalar, $ne: scalar, $lt: () => value(1), $lte: scalar, $gt: scalar, $gte: () => value(1),
    $in: () => many(4, scalar), $nin: () => many(4, scalar), $ini: () => many(4, scalar),
    $nini: () => many(4, scalar), $inGroup: () => pick(["g1", "g2", "list", "cond", "gone"]),
    $notInGroup: () => pick(["g1", "g2", "list", "cond", "gone"]), $exists: () => chance(0.5),
    $regex: () => pick(PATTERNS), $regexi: () => pick(PATTERNS), $veq: () => pick(TEXTS),
    $vne: () => pick(TEXTS), $vlt: scalar, $vlte: () => pick(TEXTS), $vgt: () => pick(TEXTS),
    $vgte: scalar, $type: () => pick(["string", "number", "boolean", "array", "object", "null",
      "undefined", "date"]), $groups: () => ["x"],
  }; // prettier-ignore
  const deep = {
    $not: nested,
    $size: () => pick([below(4), { $gt: below(3) }, nested()]),
    $all: () => many(3, nested),
    $alli: () => many(3, nested),
    $elemMatch: () => (chance(0.5) ? operators(depth - 1) : condition(depth - 1)),
  };
  const from = depth > 0 && chance(0.35) ? deep : all;
  const name = pick(Object.keys(from));
  return [name, from[name]()];
};
const operators = (depth) =>
  Object.fromEntries([operator(depth), ...many(1, () => operator(depth))]);
const test = (depth) => (chance(0.35) ? value(1) : operators(Math.max(depth, 0)));
const path = () =>
  pick([...NAMES, "tags.0", "tags.length", "user", "user.list.1.name", "name", "n"]);

function condition(depth = 3) {
  const members = many(2, () => [path(), test(depth)]);
  if (depth > 0 && chance(0.4)) {
    members.push(
      pick([
        () => ["$or", many(3, () => condition(depth - 1))],
        () => ["$nor", many(2, () => condition(depth - 1))],
        () => ["$and", many(2, () => condition(depth - 1))],
        () => ["$not", condition(depth - 1)],
        () => [
          "$savedGroup",
          {
            id: pick(["list", "cond", "loop", "g1", "gone"]),
            ...some({ attributeKey: [0.3, path] }),
          },
        ],
      ])(),
    );
  }
  return Object.fromEntries(members);
}

const savedGroups = () => ({
  g1: many(5, () => pick([scalar, () => `u${below(20)}`])()),
  g2: many(5, scalar),
  list: { type: "list", attributeKey: path(), values: many(5, scalar) },
  cond: { type: "condition", condition: condition(2) },
  loop: {
    type: "condition",
    condition: { $or: [condition(1), { $savedGroup: { id: pick(["loop", "cond"]) } }] },
  },
});

const attribute = () => pick(["id", "company", "v", "age"]);
const bound = () => pick([0, 0.1, 0.25, 0.5, 0.75, 1]);
const range = () => [bound(), bound()].sort((a, b) => a - b);
const filters = () =>
  many(2, () => ({
    seed: pick(["s1", "s2"]),
    ranges: many(2, range),
    ...some({ attribute: [0.7, attribute], hashVersion: [0.5, () => pick([1, 2])] }),
  }));
const weights = (n) =>
  pick([Array(n).fill(1 / n), [0.2, 0.8], [0.5, 0.3, 0.2], [0.1, 0.1], [1, 0]]);
const seeds = ["", "seed", "другой", "s😀"];

/** What the rule at hand may have as key: with sticky buckets features don't share experiments. */
let keyOfRule = () => `exp${below(6)}`;

const experimentParts = (n) => ({
  key: [0.7, () => keyOfRule()],
  seed: [0.4, () => pick(seeds)],
  weights: [0.4, () => weights(n)],
  coverage: [0.4, () => pick([0, 0.1, 0.5, 0.9, 1, 2, -1, "0.5", "x"])],
  hashAttribute: [0.5, attribute],
  fallbackAttribute: [0.3, attribute],
  hashVersion: [0.5, () => pick([1, 2, 2, 3])],
  namespace: [
    0.2,
    () => pick([() => [pick(["n1", "n2"]), ...range()], () => ["n1", "0.25", 1, 7], () => "n1"])(),
  ],
  ranges: [0.15, () => Array.from({ length: n }, range)],
  filters: [0.15, filters],
  meta: [
    0.5,
    () =>
      Array.from({ length: n }, (_, i) =>
        some({
          key: [0.8, () => pick([String(i), `k${i}`])],
          name: [0.3, () => `Name ${i}`],
          passthrough: [0.1, () => true],
        }),
      ),
  ],
  condition: [0.3, condition],
  name: [0.2, () => "An experiment"],
  phase: [0.2, () => String(below(3))],
  bucketVersion: [0.3, () => below(3)],
  minBucketVersion: [0.2, () => below(3)],
  disableStickyBucketing: [0.1, () => chance(0.5)],
});

const parents = () =>
  many(2, () => ({
    id: `f${below(FEATURES + 2)}`,
    condition: pick([
      { value: true }, { value: { $exists: true } }, { value: { $gt: 0 } }, { value: test(1) },
      { "value.name": scalar() }, { "value.length": 2 }, condition(1), {},
    ]), // prettier-ignore
    ...some({ gate: [0.3, () => chance(0.5)] }),
  }));

function rule() {
  const base = some({ id: [0.5, () => `fr_${below(9)}`], parentConditions: [0.2, parents] });
  if (chance(0.5)) {
    return {
      ...base,
      force: value(),
      ...some({
        condition: [0.6, condition],
        coverage: [0.3, () => pick([0, 0.1, 0.5, 1, "0.5", "x"])],
        range: [0.2, () => pick([range, () => ["0", "0.5"], () => 1])()],
        seed: [0.3, () => pick(seeds)],
        hashAttribute: [0.4, attribute],
        fallbackAttribute: [0.3, attribute],
        hashVersion: [0.4, () => pick([1, 2])],
        filters: [0.1, filters],
      }),
    };
  }
  const n = pick([0, 1, 2, 2, 2, 3]);
  const contextual = chance(0.15);
  const variations = Array.from({ length: n }, () => value(1));
  return {
    ...base,
    ...(contextual ? { contextualVariations: variations } : { variations }),
    ...some({
      ...experimentParts(n),
      contextualBanditRef: [contextual ? 0.9 : 0.05, () => pick(["cb1", "cb2", "gone"])],
    }),
  };
}

const bandit = () => ({
  ...some({ banditVersion: [0.7, () => below(5)] }),
  contexts: many(3, () => ({
    leafId: below(9),
    condition: chance(0.2) ? {} : condition(1),
    weights: weights(2),
  })),
});

const run = () => {
  const n = pick([2, 2, 3]);
  return {
    ...some({ ...experimentParts(n), parentConditions: [0.2, parents] }),
    key: `exp${below(6)}`,
    variations: Array.from({ length: n }, () => value(1)),
    ...some({
      active: [0.1, () => chance(0.5)],
      status: [0.1, () => pick(["draft", "running", "stopped"])],
      force: [0.1, () => below(4)],
      urlPatterns: [
        0.3,
        () =>
          many(2, () => ({
            include: chance(0.7),
            ...pick([
              {
                type: "simple",
                pattern: pick([
                  "*.example.com/*",
                  "/a",
                  "example.com/a/*",
                  "/A/?q=1",
                  "*",
                  "/a#x",
                  "//",
                ]),
              },
              { type: "regex", pattern: pick(["^/a", "q=\\d", "example\\.com", "/$"]) },
            ]),
          })),
      ],
    }),
  };
};

const feature = (number, sticky) => {
  keyOfRule = () => `exp${sticky ? number : below(6)}`;
  return some({ defaultValue: [0.9, value], rules: [0.95, () => many(3, rule)] });
};

const payload = (sticky) => ({
  features: Object.fromEntries(
    Array.from({ length: FEATURES }, (_, i) => [`f${i}`, feature(i, sticky)]),
  ),
  experiments: many(3, run),
  savedGroups: savedGroups(),
  contextualBandits: { cb1: bandit(), cb2: bandit() },
});

const user = (sticky) => ({
  attributes: attributes(),
  ...some({
    forcedVariations: [0.15, () => ({ [`exp${below(6)}`]: pick([0, 1, 2, -1, 9]) })],
    url: [
      0.4,
      () =>
        pick(["https://www.example.com", "http://example.com", "/", "https://x.example.com:8080"]) +
        pick([
          "/a",
          "/a/",
          "/A/b",
          "",
          "/a/?q=1",
          `?exp${below(6)}=${below(3)}`,
          `/a?x=1&exp1=0x1#y`,
          "?exp2=a&exp2=1",
          "/a#x",
        ]),
    ],
    sticky: [
      sticky ? 0.8 : 0,
      () =>
        Object.fromEntries(
          many(3, () => {
            const attributeName = attribute();
            const attributeValue = pick([`u${below(1000)}`, "acme", "a", "b", ""]);
            return [
              `${attributeName}||${attributeValue}`,
              {
                attributeName,
                attributeValue,
                assignments: Object.fromEntries(
                  many(3, () => [`exp${below(6)}__${below(3)}`, pick(["0", "1", "k1"])]),
                ),
              },
            ];
          }),
        ),
    ],
    qaMode: [0.05, () => true],
    enabled: [0.05, () => false],
  }),
});

const plain = (value) => JSON.parse(JSON.stringify(value));

/** Sorted, each once: the SDK tells of an exposure as often as it comes by. */
const unique = (list) => [...new Set(list.map((item) => JSON.stringify(item)))].sort();
const exposureOf = ({ key }, { variationId, hashAttribute, hashValue, key: variation }) =>
  [key, variationId, hashAttribute, hashValue, variation]; // prettier-ignore

/** The SDK's result for one feature, and what it tells and keeps on the way. */
function askFeature(client, key, context) {
  const told = [];
  const kept = {};
  context.trackingCallback = (experiment, result) => told.push(exposureOf(experiment, result));
  if (context.saveStickyBucketAssignmentDoc !== undefined) {
    context.saveStickyBucketAssignmentDoc = (document) => {
      kept[`${document.attributeName}||${document.attributeValue}`] = structuredClone(document);
    };
  }
  return ask(() => {
    const result = client.evalFeature(key, context);
    return { result, exposures: unique(told), kept };
  });
}

/** The same of ours. */
function evaluateFeature(features, key, who) {
  const results = features.evaluate(JSON.stringify(who.attributes), {
    ...who,
    stickyBuckets: who.sticky,
    keys: [key],
  });
  const told = results.exposures.map(({ experiment, result }) => exposureOf(experiment, result));
  return plain({
    result: results.get(key),
    exposures: unique(told),
    kept: who.sticky === undefined ? {} : results.stickyBuckets(),
  });
}

/** What the SDK says, or nothing where it throws. */
function ask(make) {
  try {
    return plain(make());
  } catch {
    return undefined;
  }
}

function contextOf({ attributes: own, forcedVariations, url, sticky }) {
  return structuredClone({
    attributes: own,
    forcedVariations,
    url,
    stickyBucketAssignmentDocs: sticky,
  });
}

const core = newCore();
let evaluations = 0;
let thrown = 0;
const quiet = console.error;
console.error = () => undefined;
process.env.NODE_ENV = "production";

function compare(what, ours, theirs, context) {
  if (theirs === undefined) {
    thrown++;
    return;
  }
  evaluations++;
  try {
    assert.deepEqual(ours, theirs);
  } catch (error) {
    console.error = quiet;
    console.error(`${what} differs after ${evaluations} evaluations (seed ${SEED})`);
    console.error(JSON.stringify(context, null, 1));
    throw error;
  }
}

while (evaluations < EVALUATIONS) {
  const sticky = chance(0.4);
  const data = payload(sticky);
  using features = core.compileFeatures(JSON.stringify(data));
  for (let i = 0; i < USERS; i++) {
    const who = user(sticky);
    const client = new GrowthBookClient({ enabled: who.enabled, qaMode: who.qaMode });
    client.initSync({ payload: structuredClone(data) });
    const results = features.evaluate(JSON.stringify(who.attributes), {
      ...who,
      stickyBuckets: who.sticky,
    });
    // The same as a JavaScript object, and feature by feature.
    const { qaMode, enabled } = who;
    const own = features.evaluate(who.attributes, { qaMode, enabled });
    const text = features.evaluate(JSON.stringify(who.attributes), { qaMode, enabled });
    assert.deepEqual(plain(own.toJSON()), plain(text.toJSON()));
    assert.deepEqual(plain(own.exposures), plain(text.exposures));
    const one = pick(features.keys());
    const alone = features.evaluate(who.attributes, { qaMode, enabled, keys: [one] });
    assert.deepEqual(plain(alone.get(one)), plain(own.get(one)));
    const sdkContext = () => {
      const context = contextOf(who);
      if (who.sticky !== undefined) context.saveStickyBucketAssignmentDoc = () => undefined;
      return context;
    };
    for (const key of Object.keys(data.features)) {
      const theirs = askFeature(client, key, sdkContext());
      const ours = evaluateFeature(features, key, who);
      assert.deepEqual(ours.result, plain(results.get(key)));
      compare(key, ours, theirs, { who, feature: data.features[key], data });
    }
    const runs = results.experiments();
    data.experiments.forEach((experiment, number) => {
      const theirs = ask(() =>
        client.runInlineExperiment(structuredClone(experiment), sdkContext()),
      );
      compare(`experiment ${number}`, plain(runs[number]?.result), theirs, { who, experiment });
    });
  }
}
console.log(`${evaluations} evaluations agree (seed ${SEED}; in ${thrown} the SDK threw)`);
