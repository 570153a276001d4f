// The validators that are asked. `compile(schema, { dialect, assertFormat })` gives isValid of a value, undefined where
// the engine has no say, or throws where it takes the schema for invalid.

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
async function hyperjump(schema, { dialect, assertFormat }) {
  setShouldValidateFormat(assertFormat);
  const retrieved = `https://test.example/schema-${schemas++}`;
  registerSchema(schema, retrieved, DIALECTS[dialect]);
  try {
    const compiled = await validate(retrieved);
    return (instance) => compiled(instance).valid;
  } finally {
    unregisterSchema(retrieved);
  }
}

const AJV = { "draft-04": Ajv4, "2019-09": Ajv2019, "2020-12": Ajv2020 };
function ajv(schema, { dialect, assertFormat }) {
  // It knows draft-06's rules, not its meta-schema.
  const { $schema, ...rest } = schema;
  const own = new (AJV[dialect] ?? Ajv)({
    strict: false,
    logger: false,
    validateFormats: assertFormat,
  });
  addFormats(own);
  return own.compile(dialect === "draft-06" ? rest : schema);
}

function cfworker(schema, { dialect, assertFormat }) {
  // Formats are always asserted.
  if (!assertFormat && JSON.stringify(schema).includes('"format"')) return undefined;
  const draft = { "draft-04": "4", "draft-06": "7", "draft-07": "7" }[dialect] ?? dialect;
  const validator = new Cfworker(schema, draft);
  return (instance) => validator.validate(instance).valid;
}

function ata(schema, { dialect, assertFormat }) {
  if (dialect !== "draft-07" && dialect !== "2020-12") return undefined;
  const validator = new Ata(schema, { assertFormat, useDefaults: false });
  return (instance) => validator.isValidObject(instance);
}

let core;
function sluice(schema, { dialect, assertFormat }) {
  core ??= newCore();
  const text = typeof schema === "string" ? schema : JSON.stringify(schema);
  const compiled = core.compileSchema(text, { dialect, assertFormat, patterns: "budgeted" });
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
  for (const { instanceLocation, keywordLocation, byteOffset, message } of errors) {
    const value = at(instance, instanceLocation);
    if (value === undefined) fail(`there is nothing at ${instanceLocation}`);
    if (!keywordLocation.startsWith("/") && keywordLocation !== "")
      fail(`no pointer: ${keywordLocation}`);
    if (message.length === 0) fail("an error says nothing");
    const found = new TextDecoder().decode(new TextEncoder().encode(text).subarray(byteOffset));
    const start = JSON.stringify(value);
    // A name is a value, too: of propertyNames.
    if (!found.startsWith(start) && !found.startsWith('"'))
      fail(`no ${start} at byte ${byteOffset}`);
  }
}
