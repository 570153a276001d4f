// The validators that are asked. Each takes ({ schema, resources }, { dialect, assertFormat }) and gives isValid of a
// value, nothing where it has no say, or throws where it takes the schema for invalid.

import { Validator as Cfworker } from "@cfworker/json-schema";
import {
  registerSchema,
  setShouldValidateFormat,
  unregisterSchema,
  validate,
} from "@hyperjump/json-schema/draft-2020-12";
import "@hyperjump/json-schema/draft-2019-09";
import "@hyperjump/json-schema/draft-07";
import "@hyperjump/json-schema/draft-06";
import "@hyperjump/json-schema/draft-04";
import "@hyperjump/json-schema/formats";
import Ajv from "ajv";
import Ajv2019 from "ajv/dist/2019.js";
import Ajv2020 from "ajv/dist/2020.js";
import Ajv4 from "ajv-draft-04";
import addFormats from "ajv-formats";
import { Validator as Ata } from "ata-validator";
import { newCore } from "../../core-js/support.mjs";
import { DIALECTS } from "./random_schema.mjs";

let schemas = 0;

/** The slow reference. */
async function hyperjump({ schema, resources }, { dialect, assertFormat }) {
  setShouldValidateFormat(assertFormat);
  const retrieved = `https://test.example/schema-${schemas++}`;
  const registered = [];
  try {
    for (const [uri, one] of Object.entries({ [retrieved]: schema, ...resources })) {
      registerSchema(one, uri, DIALECTS[dialect]);
      registered.push(uri);
    }
    const compiled = await validate(retrieved);
    return (instance) => compiled(instance).valid;
  } finally {
    registered.forEach(unregisterSchema);
  }
}

const AJV = { "draft-04": Ajv4, "2019-09": Ajv2019, "2020-12": Ajv2020 };
const otherDialect = (resources, { $schema }) =>
  Object.values(resources).some((one) => one.$schema !== $schema);

function ajv({ schema, resources }, { dialect, assertFormat }) {
  if (otherDialect(resources, schema)) return undefined;
  // It knows draft-06's rules, not its meta-schema.
  const { $schema, ...rest } = schema;
  const own = new (AJV[dialect] ?? Ajv)({
    strict: false,
    logger: false,
    validateFormats: assertFormat,
  });
  addFormats(own);
  for (const [uri, one] of Object.entries(resources)) own.addSchema(one, uri);
  return own.compile(dialect === "draft-06" ? rest : schema);
}

function cfworker({ schema, resources }, { dialect, assertFormat }) {
  if (otherDialect(resources, schema)) return undefined;
  // Formats are always asserted.
  if (!assertFormat && JSON.stringify(schema).includes('"format"')) return undefined;
  const draft = { "draft-04": "4", "draft-06": "7", "draft-07": "7" }[dialect] ?? dialect;
  const validator = new Cfworker(schema, draft);
  for (const [uri, one] of Object.entries(resources)) validator.addSchema(one, uri);
  return (instance) => validator.validate(instance).valid;
}

function ata({ schema, resources }, { dialect, assertFormat }) {
  if (dialect !== "draft-07" && dialect !== "2020-12") return undefined;
  if (otherDialect(resources, schema)) return undefined;
  const schemas = Object.values(resources);
  const validator = new Ata(schema, { assertFormat, useDefaults: false, schemas });
  return (instance) => validator.isValidObject(instance);
}

let core;
function sluice({ schema, resources }, { dialect, assertFormat }) {
  core ??= newCore();
  const compiled = core.compileSchema(JSON.stringify(schema), {
    dialect,
    assertFormat,
    patterns: "budgeted",
    resources: Object.fromEntries(
      Object.entries(resources).map(([uri, one]) => [uri, JSON.stringify(one)]),
    ),
  });
  const isValid = (instance) => {
    const valid = compiled.isValid(JSON.stringify(instance));
    checkErrors(compiled, instance, valid);
    return valid;
  };
  isValid.dispose = () => compiled.dispose();
  return isValid;
}

export const ENGINES = { sluice, hyperjump, ajv, cfworker, ata };

/** The value at a JSON Pointer, or undefined. */
function at(document, pointer) {
  return pointer
    .split("/")
    .slice(1)
    .map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"))
    .reduce((value, name) => value?.[name], document);
}

/** Every output says the same, an error for each invalid instance and none for a valid one; each error has its place. */
function checkErrors(compiled, instance, valid) {
  const text = JSON.stringify(instance);
  const { valid: told, errors } = compiled.validate(text);
  const fail = (what) => {
    throw new Error(`isValid says ${valid}, but ${what} for ${text}`);
  };
  if (told !== valid) fail(`validate says ${told}`);
  if ((errors.length === 0) !== valid) fail(`there are ${errors.length} errors`);
  for (const output of ["flag", "basic", "detailed"]) {
    if (compiled.validate(text, { output }).valid !== valid) fail(`the output ${output} differs`);
  }
  for (const { instanceLocation, keyword, keywordLocation, byteOffset, message } of errors) {
    const value = at(instance, instanceLocation);
    if (value === undefined) fail(`there is nothing at ${instanceLocation}`);
    if (!keywordLocation.startsWith("/") && keywordLocation !== "")
      fail(`no pointer: ${keywordLocation}`);
    if (message.length === 0) fail("an error says nothing");
    const found = new TextDecoder().decode(new TextEncoder().encode(text).subarray(byteOffset));
    // Of equal elements it is the second. A name is a value, too: of propertyNames.
    const starts = (keyword === "uniqueItems" ? value.slice(1) : [value]).map((one) =>
      JSON.stringify(one),
    );
    if (!starts.some((start) => found.startsWith(start)) && !found.startsWith('"'))
      fail(`no ${starts.join(" or ")} at byte ${byteOffset}`);
  }
}
