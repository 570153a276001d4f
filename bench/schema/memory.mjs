// What compiled schemas take of memory, in a process of its own: node --expose-gc memory.mjs <engine>
// Bytes of JavaScript heap, array buffers and linear memory that stay when all schemas of the bench were compiled and
// have validated their document once. A schema that the engine can't take isn't counted.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Validator as CfworkerValidator } from "@cfworker/json-schema";
import { Validator as AtaValidator } from "ata-validator";
import { DIST } from "../harness/paths.mjs";
import { work } from "./work.mjs";

const [, , engine] = process.argv;

const { instantiateSync } = await import(join(DIST, "core.js"));
const module = new WebAssembly.Module(readFileSync(join(DIST, "core.wasm")));
const works = work().map(({ schema, dialect, resources, documents }) => ({
  text: JSON.stringify(schema),
  dialect,
  resources: resources.map(({ uri, schema }) => ({ uri, text: JSON.stringify(schema) })),
  document: documents[0].json,
}));

const ENGINES = {
  sluice() {
    const core = instantiateSync(module, { seed: new Uint8Array(16) });
    return {
      linear: () => core.memoryBytes,
      load({ text, dialect, resources, document }) {
        // It has the drafts' meta-schemas.
        const own = resources.filter(({ uri }) => !/^https?:\/\/json-schema\.org\//.test(uri));
        const named = Object.fromEntries(own.map(({ uri, text }) => [uri, text]));
        const schema = core.compileSchema(text, {
          dialect,
          resources: named,
          assertFormat: true,
          patterns: "budgeted",
        });
        schema.isValid(document);
        return schema;
      },
    };
  },
  ata: () => ({
    linear: () => 0,
    load({ text, resources, document }) {
      const schemas = resources.map(({ uri, text }) => ({ ...JSON.parse(text), $id: uri }));
      const validator = new AtaValidator(JSON.parse(text), { schemas, useDefaults: false });
      validator.isValidObject(JSON.parse(document));
      return validator;
    },
  }),
  cfworker: () => ({
    linear: () => 0,
    load({ text, dialect, resources, document }) {
      const draft = { "draft-04": "4", "draft-06": "7", "draft-07": "7" }[dialect] ?? dialect;
      const validator = new CfworkerValidator(JSON.parse(text), draft);
      for (const one of resources) validator.addSchema(JSON.parse(one.text), one.uri);
      validator.validate(JSON.parse(document));
      return validator;
    },
  }),
};

function usage(made) {
  for (let i = 0; i < 5; i++) globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return { heap: heapUsed, buffers: arrayBuffers, linear: made.linear() };
}

const loaded = (made) =>
  works.flatMap((one) => {
    try {
      return [made.load(one)];
    } catch {
      return [];
    }
  });

// What code, maps and caches of the engine take is there before.
const warm = loaded(ENGINES[engine]());
const fresh = ENGINES[engine]();
usage(fresh);
const before = usage(fresh);
const kept = loaded(fresh);
const after = usage(fresh);
const taken = Object.fromEntries(
  Object.keys(after).map((name) => [name, after[name] - before[name]]),
);
if (kept.length !== warm.length) throw new Error("schemas were lost");
console.log(
  JSON.stringify({
    schemas: kept.length,
    ...taken,
    bytes: taken.heap + taken.buffers + taken.linear,
  }),
);
