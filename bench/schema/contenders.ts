// Who validates: the core, ata-validator, @cfworker/json-schema, and Ajv's prebuilt code. All start from bytes; the
// others decode and parse them first, as a Worker does.
import { Validator as CfworkerValidator } from "@cfworker/json-schema";
import type { OutputUnit, Schema as CfworkerSchema, SchemaDraft } from "@cfworker/json-schema";
import { Validator as AtaValidator } from "ata-validator";
import { cannot as ajvCannot, validators as ajvValidators } from "bench:ajv";
import type { Work } from "bench:works";
import type { Core } from "sluice/core";

/** A compiled schema. */
export interface Validator {
  isValid(document: Uint8Array): boolean;
  /** Characters of all that is said about the errors, which makes lazy ones; 0 where there is none. */
  errors(document: Uint8Array): number;
  dispose?(): void;
}

export interface Contender {
  readonly by: string;
  /** Ready for the first document. Throws where it can't take the schema. */
  readonly compile: (work: Work) => Validator;
}

const decoder = new TextDecoder();
const parse = (document: Uint8Array): unknown => JSON.parse(decoder.decode(document));

interface Told {
  readonly at: string;
  readonly message: string;
}
const length = (errors: readonly Told[]): number =>
  errors.reduce((sum, { at, message }) => sum + at.length + message.length, 0);

function ours(core: Core): Contender {
  const encoder = new TextEncoder();
  return {
    by: "sluice",
    compile({ text, dialect, resources }) {
      const schema = core.compileSchema(typeof text === "string" ? encoder.encode(text) : text, {
        dialect,
        assertFormat: true,
        // For those that can't be linear; package.json's schema has one.
        patterns: "budgeted",
        // It has the drafts' meta-schemas.
        resources: Object.fromEntries(
          resources
            .filter(({ uri }) => !/^https?:\/\/json-schema\.org\//.test(uri))
            .map(({ uri, schema }) => [uri, JSON.stringify(schema)]),
        ),
      });
      return {
        isValid: (document) => schema.isValid(document),
        errors: (document) =>
          length(
            schema.validate(document).errors.map(({ instanceLocation, message }) => ({
              at: instanceLocation,
              message,
            })),
          ),
        dispose: () => schema.dispose(),
      };
    },
  };
}

const ata: Contender = {
  by: "ata",
  compile({ text, resources }) {
    const schemas = resources.map(({ uri, schema }) => ({ ...schema, $id: uri }));
    // Defaults would be filled in before it validates.
    const validator = new AtaValidator(parseSchema(text), { schemas, useDefaults: false });
    if (validator.engine() !== "interpreter") throw new Error("it compiles to JavaScript");
    return {
      isValid: (document) => validator.isValidObject(parse(document)),
      errors: (document) =>
        length(
          validator
            .validate(parse(document))
            .errors.map(({ instancePath, message }) => ({ at: instancePath, message })),
        ),
    };
  },
};

const draftOf = (dialect: string): SchemaDraft => {
  if (dialect === "2020-12" || dialect === "2019-09") return dialect;
  return dialect === "draft-04" ? "4" : "7";
};

const cfworker: Contender = {
  by: "cfworker",
  compile({ text, dialect, resources }) {
    const schema = parseSchema(text) as CfworkerSchema;
    const make = (shortCircuit: boolean) => {
      const validator = new CfworkerValidator(schema, draftOf(dialect), shortCircuit);
      for (const one of resources) validator.addSchema(one.schema, one.uri);
      return validator;
    };
    const first = make(true);
    let all: CfworkerValidator | undefined;
    const told = ({ instanceLocation, error }: OutputUnit) => ({
      at: instanceLocation,
      message: error,
    });
    return {
      isValid: (document) => first.validate(parse(document)).valid,
      errors: (document) =>
        length((all ??= make(false)).validate(parse(document)).errors.map(told)),
    };
  },
};

const ajv: Contender = {
  by: "ajv",
  compile({ id }) {
    const found = ajvValidators[id];
    if (found === undefined) throw new Error(ajvCannot[id] ?? "it wasn't built");
    const [first, all] = found;
    return {
      isValid: (document) => first(parse(document)),
      errors(document) {
        all(parse(document));
        return length(
          (all.errors ?? []).map(({ instancePath, message }) => ({ at: instancePath, message })),
        );
      },
    };
  },
};

/** The schema as an object of its own: libraries keep what they made of one that they know. */
function parseSchema(text: string | Uint8Array): object {
  return JSON.parse(typeof text === "string" ? text : decoder.decode(text)) as object;
}

export const contenders = (core: Core): readonly Contender[] => [ours(core), ata, cfworker, ajv];
/** Those that compile a schema where they run. */
export const compilers = (core: Core): readonly Contender[] => [ours(core), ata, cfworker];
