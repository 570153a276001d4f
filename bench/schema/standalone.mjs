// What Ajv makes of the schemas ahead of time, as modules: Workers can't compile them at run time.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Ajv from "ajv";
import Ajv2019 from "ajv/dist/2019.js";
import Ajv2020 from "ajv/dist/2020.js";
import standaloneCode from "ajv/dist/standalone/index.js";
import Ajv4 from "ajv-draft-04";
import addFormats from "ajv-formats";
import { BUILD } from "../harness/paths.mjs";

const CLASSES = { "draft-04": Ajv4, "2019-09": Ajv2019, "2020-12": Ajv2020 };

function ajvFor({ dialect, resources }, options) {
  // Meta-schemas come as schemas and resources here, so it mustn't have them already.
  const whole = { strict: false, logger: false, meta: false, validateSchema: false, ...options };
  const ajv = new (CLASSES[dialect] ?? Ajv)(whole);
  addFormats(ajv);
  for (const { uri, schema } of resources) ajv.addSchema(schema, uri);
  return ajv;
}

/** The code of a function that validates by the schema. */
function codeOf(work, allErrors) {
  const ajv = ajvFor(work, { allErrors, code: { source: true, esm: true } });
  return standaloneCode(ajv, ajv.compile(work.schema));
}

/**
 * Writes a module whose `validators` are [stops at the first error, collects all] by id, null where Ajv can't, and whose
 * `cannot` says why.
 * @param {import("./work.mjs").Work[]} works
 * @returns {string} its path
 */
export function buildStandalone(works) {
  const folder = join(BUILD, "schema-ajv");
  mkdirSync(folder, { recursive: true });
  const imports = [];
  const validators = [];
  const cannot = {};
  works.forEach((work, number) => {
    try {
      const names = [false, true].map((allErrors) => {
        const name = `validate${number}${allErrors ? "all" : "first"}`;
        writeFileSync(join(folder, `${name}.mjs`), codeOf(work, allErrors));
        imports.push(`import ${name} from "./${name}.mjs";`);
        return name;
      });
      validators.push(`  ${JSON.stringify(work.id)}: [${names.join(", ")}],`);
    } catch (error) {
      cannot[work.id] = String(error.message);
    }
  });
  const path = join(folder, "index.mjs");
  writeFileSync(
    path,
    `${imports.join("\n")}\nexport const validators = {\n${validators.join("\n")}\n};\nexport const cannot = ${JSON.stringify(cannot)};\n`,
  );
  return path;
}
