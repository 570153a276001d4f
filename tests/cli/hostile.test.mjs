// Documents that somebody else wrote.
import assert from "node:assert/strict";
import { symlinkSync } from "node:fs";
import { test } from "node:test";
import { convert } from "../../tools/cli/import/convert.mjs";
import { formatJson } from "../../tools/cli/import/format-json.mjs";
import { folder, sluice } from "./support.mjs";

const document = (schema, components = {}) => ({
  openapi: "3.1.0",
  servers: [{ url: "https://api.example.com" }],
  paths: {
    "/": {
      post: {
        operationId: "op",
        requestBody: { content: { "application/json": { schema } } },
        responses: {},
      },
    },
  },
  components: { schemas: components },
});

function imported(files) {
  const path = folder(files);
  const { policy, findings } = convert(`${path}/openapi.json`, new Map());
  return { text: formatJson(policy), policy, codes: findings.list.map(({ code }) => code) };
}

test("aliases that unfold without end", async () => {
  const levels = "bcdefghi".split("").map((name, level) => {
    return `${name}: &${name} [${Array(9).fill(`*${"abcdefghi"[level]}`).join(", ")}]`;
  });
  const bomb = `openapi: 3.1.0\na: &a [${Array(9).fill("x").join(", ")}]\n${levels.join("\n")}\n`;
  const { code, stderr } = await sluice(
    "import",
    `${folder({ "openapi.yaml": bomb })}/openapi.yaml`,
  );
  assert.match(stderr, /alias/);
  assert.equal(code, 2);
});

test("nesting without end", async () => {
  for (const text of ["[".repeat(20_000), '{"a":'.repeat(20_000), "- ".repeat(20_000)]) {
    const { code } = await sluice("import", `${folder({ "openapi.yaml": text })}/openapi.yaml`);
    assert.equal(code, 2);
  }
  let deep = { type: "string" };
  for (let i = 0; i < 500; i++) deep = { not: deep };
  const { policy, codes } = imported({ "openapi.json": document(deep) });
  assert.deepEqual(codes, ["too_large"]);
  assert.equal(Object.keys(policy.schemas).length, 1);
});

test("references in circles", () => {
  const at = (name) => ({ $ref: `#/components/schemas/${name}` });
  const { policy } = imported({
    "openapi.json": document(at("A"), { A: at("B"), B: at("A") }),
  });
  // Whether such a schema can be is the core's to say.
  assert.deepEqual(Object.keys(policy.schemas), ["A"]);
  const looping = {
    ...document({}),
    paths: { "/": { $ref: "#/components/pathItems/a" } },
    components: { pathItems: { a: { $ref: "#/components/pathItems/a" } } },
  };
  assert.deepEqual(imported({ "openapi.json": looping }).codes, [
    "reference_loop",
    "no_operations",
  ]);
});

test("files elsewhere, and the network", () => {
  const secret = folder({ "secret.json": { type: "string", const: "hunter2" } });
  const reference = (path) => document({ properties: { a: { $ref: path } } });
  const inside = folder({ "openapi.json": {} });
  symlinkSync(`${secret}/secret.json`, `${inside}/link.json`);
  for (const path of [
    `${secret}/secret.json`,
    `../${secret.split("/").at(-1)}/secret.json`,
    "file:///etc/passwd",
    "http://127.0.0.1:1/x.json",
    "//127.0.0.1/x.json",
    "%zz",
  ]) {
    const { text, codes } = imported({ "openapi.json": reference(path) });
    assert.deepEqual(codes, ["unresolved_reference"], path);
    assert.doesNotMatch(text, /hunter2/);
  }
  const path = folder({ "openapi.json": reference("link.json") });
  symlinkSync(`${secret}/secret.json`, `${path}/link.json`);
  const { policy, findings } = convert(`${path}/openapi.json`, new Map());
  assert.doesNotMatch(formatJson(policy), /hunter2/);
  assert.deepEqual(
    findings.list.map(({ code }) => code),
    ["unresolved_reference"],
  );
});

test("names of what every object has", () => {
  const text = JSON.stringify(
    document({
      properties: {
        constructor: { type: "string" },
        toString: { $ref: "#/components/schemas/valueOf" },
      },
    }),
  ).replace('"constructor"', '"__proto__": {"type": "null"}, "constructor"');
  const { text: policy, codes } = imported({ "openapi.json": text });
  assert.match(policy, /"__proto__": \{ "type": "null" \}/);
  assert.deepEqual(codes, ["unresolved_reference"]);
  assert.equal({}.type, undefined);
  const parameters = ["__proto__", "constructor"].map((name) => ({
    name,
    in: "query",
    schema: { type: "integer" },
  }));
  const query = imported({
    "openapi.json": {
      ...document({}),
      paths: { "/": { get: { operationId: "op", parameters, responses: {} } } },
    },
  });
  assert.match(query.text, /"__proto__": \{ "type": "integer" \}/);
});

test("things of another kind than they should be", () => {
  for (const strange of [null, 1, "x", [], [null], { $ref: 7 }, { $ref: "#/x" }, true]) {
    for (const path of [
      ["paths"],
      ["paths", "/"],
      ["paths", "/", "post"],
      ["paths", "/", "post", "operationId"],
      ["paths", "/", "post", "parameters"],
      ["paths", "/", "post", "requestBody"],
      ["paths", "/", "post", "requestBody", "content"],
      ["paths", "/", "post", "requestBody", "content", "application/json"],
      ["paths", "/", "post", "requestBody", "content", "application/json", "schema"],
      ["paths", "/", "post", "responses"],
      ["paths", "/", "post", "security"],
      ["servers"],
      ["security"],
      ["components"],
      ["components", "schemas"],
    ]) {
      const whole = document(
        { $ref: "#/components/schemas/a" },
        { a: { required: "x", properties: [] } },
      );
      let at = whole;
      for (const key of path.slice(0, -1)) at = at[key];
      at[path.at(-1)] = strange;
      assert.doesNotThrow(() => imported({ "openapi.json": whole }), `${path}: ${strange}`);
    }
  }
});
