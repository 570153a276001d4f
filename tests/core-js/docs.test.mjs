// The examples of docs/transforms.md, docs/schema.md, docs/library.md and docs/experiments.md are true.
//
// In transforms.md, fenced blocks of JSON say behind `json` what they are. A `steps` starts an
// example; `secrets` and `inputs` are what they are given; each `before` is followed by its `after`
// or the `error` that it ends in; `faults` are what is wrong with steps that don't compile. Blanks
// between tokens don't count, all else does.
//
// In schema.md a `schema` starts an example; an `instance` is followed by the `errors` that it has,
// and `faults` are what is wrong with a schema that doesn't compile.
//
// In library.md the blocks of JavaScript run as they stand, with `core` and `wasm`; a line's
// `// → text` is what its expression comes to, `// throws code` what it throws. In experiments.md
// and schema.md those with `run` behind `js` do, and JSON with `policy` behind it is a policy
// without faults.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as library from "sluice/core";
import { errorOf, module, newCore, text } from "./support.mjs";

const read = (name) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), "utf8");

/** The fenced blocks of a language: what stands behind it, the text, and the line it begins in. */
function blocksOf(markdown, language) {
  const pattern = new RegExp(`^\`\`\`${language}( .*)?\n([^]*?)^\`\`\`$`, "gm");
  return Array.from(markdown.matchAll(pattern), ({ 1: tag = "", 2: body, index }) => ({
    tag: tag.trim(),
    body,
    line: markdown.slice(0, index).split("\n").length,
  }));
}

/** Drops blanks between tokens; numbers and strings keep their text, as JSON.parse wouldn't. */
const compact = (json) => json.replace(/"(?:[^"\\]|\\.)*"|\s+/g, (token) => token.trim());

/** The text of each member of an object, by name. */
function memberTexts(json) {
  const textOf = (name) =>
    text(
      newCore()
        .compileTransform(JSON.stringify([{ unwrap: `/${name}` }]))
        .apply(json),
    );
  return Object.fromEntries(Object.keys(JSON.parse(json)).map((name) => [name, textOf(name)]));
}

const reference = blocksOf(read("transforms.md"), "json");

test("transforms.md has examples of every step", () => {
  const known = new Set(["steps", "secrets", "inputs", "before", "after", "error", "faults"]);
  for (const { tag, line } of reference) assert.ok(known.has(tag), `line ${line}: ${tag}`);
  const used = reference
    .filter(({ tag }) => tag === "steps")
    .flatMap(({ body }) => JSON.parse(body).flatMap(Object.keys));
  for (const step of [
    ..."pick drop redact rename move copy set default wrap unwrap merge patch query".split(" "),
    ..."map compose when".split(" "),
  ]) {
    assert.ok(used.includes(step), step);
  }
});

let steps, secrets, inputs, before;
for (const { tag, body, line } of reference) {
  if (tag === "steps") [steps, secrets, inputs] = [body, {}, {}];
  if (tag === "secrets") secrets = JSON.parse(body);
  if (tag === "before") [before, inputs] = [body, {}];
  const [ownSteps, ownSecrets, ownBefore] = [steps, secrets, before];
  if (tag === "inputs") inputs = body;
  const ownInputs = inputs;
  const apply = () =>
    newCore()
      .compileTransform(ownSteps, { secrets: ownSecrets })
      .apply(ownBefore, typeof ownInputs === "string" ? { inputs: memberTexts(ownInputs) } : {});

  if (tag === "after") {
    test(`transforms.md, line ${line}`, () => {
      assert.equal(compact(text(apply())), compact(body));
    });
  }
  if (tag === "error") {
    test(`transforms.md, line ${line}`, () => {
      const { code, location } = errorOf(apply);
      assert.deepEqual({ code, location }, JSON.parse(body));
    });
  }
  if (tag === "faults") {
    test(`transforms.md, line ${line}`, () => {
      const error = errorOf(() => newCore().compileTransform(ownSteps));
      assert.equal(error.code, "invalid_transform");
      assert.deepEqual(faultsOf(error), JSON.parse(body));
    });
  }
}

const faultsOf = ({ issues }) => issues.map((issue) => `${issue.pointer}: ${issue.code}`);

let schema, instance;
for (const { tag, body, line } of blocksOf(read("schema.md"), "json")) {
  if (tag === "schema") schema = body;
  if (tag === "instance") instance = body;
  const [ownSchema, ownInstance] = [schema, instance];
  if (tag === "errors") {
    test(`schema.md, line ${line}`, () => {
      using compiled = newCore().compileSchema(ownSchema, { assertFormat: true });
      assert.deepEqual(compiled.validate(ownInstance), {
        valid: false,
        errors: JSON.parse(body),
      });
    });
  }
  if (tag === "faults") {
    test(`schema.md, line ${line}`, () => {
      const error = errorOf(() => newCore().compileSchema(ownSchema));
      assert.equal(error.code, "invalid_schema");
      assert.deepEqual(faultsOf(error), JSON.parse(body));
    });
  }
}

/** What a line of an example says of its value: text and bytes as they are, all else as JSON. */
function told(value) {
  if (value instanceof Uint8Array) return text(value);
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The source of an example with its claims made checks. */
const checked = (source) =>
  source
    .replace(/^import (\{.*\}) from "sluice\/core";$/gm, "const $1 = library;")
    .replace(
      /^(?!const|using)(.*); \/\/ → (.*)$/gm,
      (_, expression, value) => `is(${expression}, ${JSON.stringify(value)});`,
    )
    .replace(
      /^(.*); \/\/ throws (\w+)$/gm,
      (_, expression, code) => `throws(() => ${expression}, ${JSON.stringify(code)});`,
    );

const AsyncFunction = (async () => {}).constructor;
const runnable = [
  ...blocksOf(read("library.md"), "js").map((block) => ["library.md", block]),
  ...["experiments.md", "schema.md"].flatMap((name) =>
    blocksOf(read(name), "js")
      .filter(({ tag }) => tag === "run")
      .map((block) => [name, block]),
  ),
];
for (const [name, { body, line }] of runnable) {
  test(`${name}, line ${line}`, async () => {
    let claims = 0;
    const is = (value, expected) => (claims++, assert.equal(told(value), expected));
    const throws = (run, code) => (claims++, assert.equal(errorOf(run).code, code));
    const source = checked(body);
    const parameters = ["library", "wasm", "is", "throws"];
    const given = [library, module, is, throws];
    if (!source.includes("const core")) {
      parameters.push("core");
      given.push(newCore());
    }
    await new AsyncFunction(...parameters, source)(...given);
    assert.equal(claims, body.split(/ \/\/ (?:→|throws) /).length - 1);
  });
}

const policies = blocksOf(read("experiments.md"), "json").filter(({ tag }) => tag === "policy");
test("experiments.md has policies", () => assert.equal(policies.length, 2));
for (const { body, line } of policies) {
  test(`experiments.md, line ${line}`, () => {
    using policy = newCore().compilePolicy(body);
    assert.deepEqual(policy.description.warnings, []);
  });
}
