// What the schema part of the bench validates, as data: the Worker's cases, Ajv's prebuilt code and the report read it here.

import { FAULTY_ORDER, FAULTY_USER, ORDER, ORDER_SCHEMA, USER, USER_SCHEMA } from "./bodies.mjs";
import { config, CONFIG_SCHEMA, faultyConfig } from "./config.mjs";
import { publicSchemas } from "./public.mjs";

/**
 * @typedef {{
 *   id: string, schema: object | boolean, dialect: string,
 *   resources: { uri: string, schema: object }[],
 *   documents: { id: string, valid: boolean, json: string }[],
 * }} Work  `id` begins with "config", "body" or "public"
 */

const SIZE = { bytes: 20_000, seed: 20 };

const own = (id, schema, valid, invalid) => ({
  id,
  schema,
  dialect: "2020-12",
  resources: [],
  documents: [
    { id: "valid", valid: true, json: JSON.stringify(valid) },
    { id: "errors", valid: false, json: JSON.stringify(invalid) },
  ],
});

/** @returns {Work[]} */
export function work() {
  return [
    own("config/20 KB", CONFIG_SCHEMA, config(SIZE), faultyConfig(SIZE)),
    own("body/2 KB", ORDER_SCHEMA, ORDER, FAULTY_ORDER),
    own("body/200 B", USER_SCHEMA, USER, FAULTY_USER),
    ...publicSchemas(),
  ];
}
