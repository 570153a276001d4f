// JSON Schema in sluice/core: options, results in all forms, and how schemas and documents fail.
import assert from "node:assert/strict";
import { test } from "node:test";
import { SluiceError } from "sluice/core";
import { bytes, errorOf, newCore } from "./support.mjs";

const compile = (schema, options) => newCore().compileSchema(JSON.stringify(schema), options);

const ORDER = {
  type: "object",
  required: ["id", "items"],
  additionalProperties: false,
  properties: {
    id: { type: "integer", minimum: 1 },
    items: { type: "array", minItems: 1, items: { $ref: "#/$defs/item" } },
    note: { type: "string", maxLength: 5 },
  },
  $defs: {
    item: {
      type: "object",
      required: ["sku"],
      properties: { sku: { type: "string" }, quantity: { type: "integer" } },
    },
  },
};

test("valid documents, as text and as bytes", () => {
  using schema = compile(ORDER);
  for (const form of [(json) => json, bytes]) {
    const json = form('{"id":12345678901234567890,"items":[{"sku":"é"}],"note":"😀😀😀😀😀"}');
    assert.equal(schema.isValid(json), true);
    assert.deepEqual(schema.validate(json), { valid: true, errors: [] });
    assert.deepEqual(schema.validate(json, { output: "flag" }), { valid: true });
    assert.equal(schema.isValid(form('{"id":1}')), false);
  }
});

test("each error says where it is, by which keyword, and what would be right", () => {
  using schema = compile(ORDER);
  const json = '{"id":0,"items":[{"sku":"a"},{"sku":"é","quantity":1.5}],"note":"too long"}';
  const { valid, errors } = schema.validate(json);
  assert.equal(valid, false);
  assert.deepEqual(
    errors.map(({ instanceLocation, keyword }) => [instanceLocation, keyword]),
    [
      ["/id", "minimum"],
      ["/items/1/quantity", "type"],
      ["/note", "maxLength"],
    ],
  );
  const [, quantity] = errors;
  assert.equal(quantity.keywordLocation, "/properties/items/items/$ref/properties/quantity/type");
  assert.equal("absoluteKeywordLocation" in quantity, false);
  assert.equal(quantity.byteOffset, bytes(json.slice(0, json.indexOf("1.5"))).length);
  for (const { message } of errors) assert.ok(message.length > 10, message);
});

test("errors are plain objects, whatever their texts are made of", () => {
  using schema = compile({
    $id: "https://example.com/sizes",
    properties: { größe: { $ref: "#/$defs/size" }, "a/b": { maxLength: 1 } },
    required: ["farbe"],
    $defs: { size: { enum: ["klein", "groß"] } },
  });
  const json = '{"größe":"größer","a/b":"\\ud83d\\ude00!"}';
  const { errors } = schema.validate(json);
  const expected = [
    {
      instanceLocation: "",
      keywordLocation: "/required",
      keyword: "required",
      message: '"farbe" is missing',
      byteOffset: 0,
      expected: 'a property "farbe"',
    },
    {
      instanceLocation: "/größe",
      keywordLocation: "/properties/größe/$ref/enum",
      absoluteKeywordLocation: "https://example.com/sizes#/$defs/size/enum",
      keyword: "enum",
      message: 'must be "klein" or "groß", not "größer"',
      byteOffset: 11,
      expected: '"klein" or "groß"',
      actual: '"größer"',
    },
    {
      instanceLocation: "/a~1b",
      keywordLocation: "/properties/a~1b/maxLength",
      keyword: "maxLength",
      message: "must have at most 1 character, not 2",
      byteOffset: 28,
      expected: "at most 1 character",
      actual: "2 characters",
    },
  ];
  assert.deepStrictEqual(errors, expected);
  assert.equal(JSON.stringify(errors), JSON.stringify(expected));
  // Those of one call are nothing to the next.
  assert.equal(schema.validate("{}").errors[0].message, expected[0].message);
  assert.deepStrictEqual(errors, expected);
});

test("at most so many errors as are asked for", () => {
  using schema = compile({ items: { type: "string" } });
  const json = JSON.stringify(Array.from({ length: 100 }, (_, i) => i));
  assert.equal(schema.validate(json).errors.length, 16);
  assert.equal(schema.validate(json, { maxErrors: 1 }).errors.length, 1);
  assert.equal(schema.validate(json, { maxErrors: 100 }).errors.length, 100);
  for (const maxErrors of [0, -1, 1.5, NaN, 1001, "16"]) {
    assert.equal(errorOf(() => schema.validate(json, { maxErrors })).code, "invalid_argument");
  }
});

test("the specification's outputs", () => {
  using schema = compile(ORDER);
  const json = '{"id":1,"items":[{"sku":1}]}';
  assert.deepEqual(schema.validate(json, { output: "flag" }), { valid: false });
  for (const output of ["basic", "detailed"]) {
    const unit = schema.validate(json, { output });
    assert.equal(unit.valid, false);
    assert.match(JSON.stringify(unit), /"instanceLocation":"\/items\/0\/sku"/);
    assert.equal(schema.validate('{"id":1,"items":[{"sku":"a"}]}', { output }).valid, true);
  }
  for (const output of ["verbose", "constructor", "__proto__", null]) {
    assert.equal(errorOf(() => schema.validate(json, { output })).code, "invalid_argument");
  }
});

test("resources, as text or bytes, by the URIs that references name", () => {
  const uri = "https://example.com/address";
  const address = '{"$id":"https://example.com/address","type":"object","required":["zip"]}';
  for (const form of [(json) => json, bytes]) {
    using schema = compile({ $ref: uri }, { resources: { [uri]: form(address) } });
    assert.equal(schema.isValid('{"zip":1}'), true);
    assert.equal(schema.isValid("{}"), false);
  }
  const error = errorOf(() => compile({ $ref: uri }));
  assert.equal(error.code, "invalid_schema");
  assert.deepEqual([error.location, error.issues[0].code], ["/$ref", "unresolved_reference"]);
  const broken = errorOf(() => compile({ $ref: uri }, { resources: { [uri]: '{"type":7}' } }));
  assert.equal(broken.code, "invalid_schema");
  assert.equal(broken.issues[0].pointer, `${uri}#/type`);
});

test("options of other types are refused as what they are", () => {
  for (const options of [
    { dialect: null },
    { dialect: 7 },
    { resources: null },
    { resources: { "https://example.com/a": null } },
    { resources: { "https://example.com/a": { type: "string" } } },
    { patterns: null },
  ]) {
    assert.equal(errorOf(() => compile(true, options)).code, "invalid_argument");
  }
});

test("dialects, by name or by their meta-schema's URI", () => {
  const schema = { items: [{ type: "string" }] };
  assert.equal(compile(schema, { dialect: "2019-09" }).isValid("[1]"), false);
  assert.equal(compile(schema, { dialect: "draft-07" }).isValid("[1]"), false);
  const uri = "http://json-schema.org/draft-07/schema#";
  assert.equal(compile(schema, { dialect: uri }).isValid("[1]"), false);
  assert.equal(compile({ ...schema, $schema: uri }).isValid("[1]"), false);
  assert.equal(errorOf(() => compile(schema)).code, "invalid_schema");
  const error = errorOf(() => compile({}, { dialect: "draft-03" }));
  assert.equal(error.code, "invalid_argument");
  assert.match(error.message, /draft-03/);
});

test("formats are asserted on request", () => {
  const schema = { format: "ipv4" };
  assert.equal(compile(schema).isValid('"nowhere"'), true);
  assert.equal(compile(schema, { assertFormat: true }).isValid('"nowhere"'), false);
  assert.equal(compile(schema, { assertFormat: true }).isValid('"192.0.2.1"'), true);
});

test("patterns that need backtracking are refused, or budgeted and noted", () => {
  const schema = { properties: { password: { pattern: "^(?=.*\\d).{8,}$" } } };
  const error = errorOf(() => compile(schema));
  assert.deepEqual(
    [error.code, error.location],
    ["invalid_schema", "/properties/password/pattern"],
  );
  assert.match(error.issues[0].code, /_pattern$/);
  using budgeted = compile(schema, { patterns: "budgeted" });
  assert.equal(budgeted.isValid('{"password":"long and 1"}'), true);
  assert.equal(budgeted.isValid('{"password":"long, without"}'), false);
  const [note] = budgeted.notes;
  assert.equal(note.code, "backtracking_pattern");
  assert.equal(note.location, "/properties/password/pattern");
  assert.deepEqual(compile({}).notes, []);
  assert.equal(errorOf(() => compile({}, { patterns: "all" })).code, "invalid_argument");
});

test("all faults of a schema at once", () => {
  const error = errorOf(() => compile({ type: "strng", minimum: "1", allOf: [{ $ref: "#/x" }] }));
  assert.ok(error instanceof SluiceError);
  assert.equal(error.code, "invalid_schema");
  assert.deepEqual(error.issues.map(({ pointer }) => pointer).sort(), [
    "/allOf/0/$ref",
    "/minimum",
    "/type",
  ]);
  assert.equal(error.issueCount, 3);
  assert.equal(errorOf(() => newCore().compileSchema("7")).code, "invalid_schema");
  assert.equal(errorOf(() => newCore().compileSchema("{")).code, "invalid_json");
});

test("what isn't JSON, and what is too much", () => {
  using schema = compile({});
  for (const run of [(json) => schema.isValid(json), (json) => schema.validate(json)]) {
    const error = errorOf(() => run('{"a": [1, 2,]}'));
    assert.deepEqual([error.code, error.byteOffset], ["invalid_json", 12]);
    const deep = errorOf(() => run("[".repeat(600) + "]".repeat(600)));
    assert.deepEqual([deep.code, deep.budget], ["budget_exceeded", "depth"]);
  }
});

test("recursion goes as deep as documents may", () => {
  using schema = compile({ type: "array", items: { $ref: "#" } });
  const nested = (depth, inner) => "[".repeat(depth) + inner + "]".repeat(depth);
  assert.equal(schema.isValid(nested(512, "")), true);
  assert.equal(schema.isValid(nested(500, "1")), false);
  const { errors } = schema.validate(nested(100, "1"));
  assert.equal(errors[0].instanceLocation, "/0".repeat(100));
});

test("faults are told of documents and schemas as deep as they may be", () => {
  const nested = '{"a":'.repeat(511) + "{}" + "}".repeat(511);
  const recursive = [
    { type: "object", additionalProperties: { $ref: "#" }, minProperties: 1 },
    {
      anyOf: [
        { type: "object", patternProperties: { a: { $ref: "#" } }, minProperties: 1 },
        { type: "null" },
      ],
    },
  ];
  for (const schema of recursive) {
    using compiled = compile(schema);
    assert.equal(compiled.isValid(nested), false);
    for (const output of ["basic", "detailed", undefined])
      assert.equal(compiled.validate(nested, { output }).valid, false);
  }
  const steps = {
    anyOf: (next) => ({ anyOf: [next, { const: 1 }], unevaluatedProperties: false }),
    oneOf: (next) => ({ oneOf: [next, { const: 1 }] }),
    allOf: (next) => ({ allOf: [next], unevaluatedProperties: false }),
    then: (next) => ({ if: { minProperties: 1 }, then: next }),
    dependentSchemas: (next) => ({ dependentSchemas: { a: next } }),
    $ref: (next) => ({ ...next, minProperties: 1 }),
  };
  for (const [keyword, step] of Object.entries(steps)) {
    const $defs = { 1000: { properties: { a: { type: "string" } } } };
    for (let i = 0; i < 1000; i++) $defs[i] = step({ $ref: `#/$defs/${i + 1}` });
    using schema = compile({ $ref: "#/$defs/0", $defs });
    assert.equal(schema.isValid('{"a":1}'), false, keyword);
    for (const output of ["basic", "detailed", undefined]) {
      assert.equal(schema.validate('{"a":1}', { output }).valid, false, keyword);
    }
  }
});

test("large documents give their memory back", () => {
  const core = newCore();
  using schema = core.compileSchema('{"items":{"type":"integer"}}');
  const json = bytes(JSON.stringify(Array.from({ length: 500_000 }, (_, i) => i)));
  assert.equal(schema.isValid(json), true);
  const before = core.memoryBytes;
  for (let i = 0; i < 20; i++) assert.equal(schema.isValid(json), true);
  assert.equal(core.memoryBytes, before);
});

test("one that was disposed of is stale", () => {
  const schema = compile({});
  schema.dispose();
  schema.dispose();
  for (const run of [() => schema.isValid("1"), () => schema.validate("1")]) {
    assert.equal(errorOf(run).code, "stale_handle");
  }
});
