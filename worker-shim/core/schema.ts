import { SchemaFlag, SchemaOutput } from "./abi.generated.ts";
import { checkBytes, checkString, refusal } from "./arguments.ts";
import { SluiceError } from "./errors.ts";
import { Handle } from "./handle.ts";
import type { Instance, Json } from "./instance.ts";
import type { SchemaError } from "./schema-errors.ts";

export type { SchemaError };

/** A draft of JSON Schema. */
export type SchemaDialect = "2020-12" | "2019-09" | "draft-07" | "draft-06" | "draft-04";

export interface SchemaOptions {
  /**
   * What the schema may refer to, by URI: other schemas, documents that hold some, meta-schemas of
   * one's own. Those of the drafts are built in, and nothing is ever fetched.
   */
  readonly resources?: Readonly<Record<string, Json>> | undefined;
  /** Where no `$schema` says otherwise; default "2020-12". A meta-schema's URI names it, too. */
  readonly dialect?: SchemaDialect | (string & {}) | undefined;
  /** Whether `format` decides validity; default: only where the schema's vocabularies say so. */
  readonly assertFormat?: boolean | undefined;
  /**
   * What becomes of regular expressions that can't be matched in linear time (lookaround,
   * backreferences): "linear" (default) refuses the schema, "budgeted" matches them by backtracking
   * up to a bound, where a text that needs more doesn't match.
   */
  readonly patterns?: "linear" | "budgeted" | undefined;
}

/** What is no fault of a schema, but worth knowing. */
export interface SchemaNote {
  readonly code: string;
  /** JSON Pointer in the schema; in a resource `<uri>#<pointer>`. */
  readonly location: string;
  readonly byteOffset: number;
  readonly message: string;
}

export interface SchemaResult {
  readonly valid: boolean;
  readonly errors: readonly SchemaError[];
}

/** A unit of the specification's output (2020-12, section 12). */
export interface OutputUnit {
  readonly valid: boolean;
  readonly keywordLocation?: string;
  readonly absoluteKeywordLocation?: string;
  readonly instanceLocation?: string;
  readonly error?: string;
  readonly errors?: readonly OutputUnit[];
  readonly annotation?: unknown;
  readonly annotations?: readonly OutputUnit[];
}

export interface ValidateOptions {
  readonly output?: "flag" | "basic" | "detailed" | undefined;
  /** At most so many errors; default 16. */
  readonly maxErrors?: number | undefined;
}

const MAX_ERRORS = 16;
const MOST_ERRORS = 1000;
const PATTERNS: readonly string[] = ["linear", "budgeted"];
const FORMS: ReadonlyMap<string, SchemaOutput> = new Map([
  ["basic", SchemaOutput.basic],
  ["detailed", SchemaOutput.detailed],
]);
const VALID: SchemaResult = Object.freeze({ valid: true, errors: Object.freeze([]) });

/** Each URI, and behind it what it names. */
function textsOf(resources: unknown): (string | Uint8Array)[] {
  if (typeof resources !== "object" || resources === null) {
    throw refusal("resources", "an object of JSON by URI", resources);
  }
  const byUri: [string, unknown][] = Object.entries(resources);
  return byUri.flatMap(([uri, json]) => {
    if (typeof json !== "string") checkBytes(json);
    return [uri, json];
  });
}

/** A JSON Schema, of any of five drafts. */
export class Schema extends Handle {
  readonly notes: readonly SchemaNote[];

  private constructor(instance: Instance, handle: number, notes: readonly SchemaNote[]) {
    super(instance, handle);
    this.notes = notes;
  }

  /** @internal */
  static compile(instance: Instance, json: Json, options: SchemaOptions): Schema {
    const { resources = {}, dialect, assertFormat = false, patterns = "linear" } = options;
    if (!PATTERNS.includes(patterns)) {
      throw new SluiceError("invalid_argument", 'patterns must be "linear" or "budgeted"');
    }
    if (dialect !== undefined) checkString("dialect", dialect);
    const slots = [dialect, ...textsOf(resources)];
    const flags =
      (assertFormat ? SchemaFlag.assertFormat : 0) |
      (patterns === "budgeted" ? SchemaFlag.budgetedPatterns : 0);
    const { handle, notes } = instance.compileSchema(json, slots, flags);
    return new Schema(instance, handle, (JSON.parse(notes) as { notes: SchemaNote[] }).notes);
  }

  /**
   * Whether the document is valid, and nothing more: the first fault decides. Text that isn't JSON
   * throws `invalid_json`, a document that takes too much work `budget_exceeded`.
   */
  isValid(json: Json): boolean {
    return this.instance.isValid(this.handle, json);
  }

  /** What is wrong with the document, in the form that `output` names. Throws as `isValid` does. */
  validate(json: Json, options?: ValidateOptions & { readonly output?: undefined }): SchemaResult;
  validate(
    json: Json,
    options: ValidateOptions & { readonly output: "flag" | "basic" | "detailed" },
  ): OutputUnit;
  validate(json: Json, options?: ValidateOptions): SchemaResult | OutputUnit;
  validate(json: Json, options: ValidateOptions = {}): SchemaResult | OutputUnit {
    const { output, maxErrors = MAX_ERRORS } = options;
    if (output === "flag") return { valid: this.isValid(json) };
    if (!Number.isInteger(maxErrors) || maxErrors < 1 || maxErrors > MOST_ERRORS) {
      throw new SluiceError(
        "invalid_argument",
        `maxErrors must be a whole number from 1 to ${String(MOST_ERRORS)}`,
      );
    }
    if (output === undefined) {
      const errors = this.instance.schemaErrors(this.handle, maxErrors, json);
      return errors === undefined ? VALID : { valid: false, errors };
    }
    const form = FORMS.get(output);
    if (form === undefined) {
      throw new SluiceError(
        "invalid_argument",
        'output must be "flag", "basic", "detailed" or left out',
      );
    }
    return JSON.parse(this.instance.validate(this.handle, form, maxErrors, json)) as OutputUnit;
  }
}
