import type { SluiceError } from "../core/errors.ts";

/** Why a document, or a newer version of it, isn't in force. */
export interface ConfigFault {
  readonly in: "document" | "schema" | "store";
  /**
   * `invalid_document`, `invalid_json`, `invalid_schema`, `budget_exceeded`, `too_large`,
   * `missing_document`, `missing_schema`, `missing_binding`, `unavailable`, `internal`.
   */
  readonly code: string;
  readonly message: string;
  /** JSON Pointer into the document, or into the schema. */
  readonly pointer?: string;
  /** Into the text of the same. */
  readonly byteOffset?: number;
  /** Of a document that isn't valid: the keyword, and where in the schema it stands. */
  readonly keyword?: string;
  readonly keywordLocation?: string;
}

/** Carries faults from where they are found to the store. */
export class DocumentError extends Error {
  override readonly name = "DocumentError";
  readonly faults: readonly ConfigFault[];
  /** Whether these bytes would fail so again: then they aren't looked at again. */
  readonly lasting: boolean;

  constructor(faults: ConfigFault | readonly ConfigFault[], lasting = false) {
    const list = [faults].flat();
    super(list[0]?.message ?? "no document");
    this.faults = list;
    this.lasting = lasting;
  }
}

/** What `getConfig` throws where there is neither a document nor a fallback. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  /** Of the first fault. */
  readonly code: string;
  readonly errors: readonly ConfigFault[];

  constructor(name: string, errors: readonly ConfigFault[]) {
    const [first] = errors;
    super(`there is no config "${name}": ${first === undefined ? "" : told(first)}`);
    this.code = first?.code ?? "internal";
    this.errors = errors;
  }
}

/** For a log: where it is, and what; but none of the document's values, which may be secrets. */
export function told({
  in: where,
  pointer,
  message,
  keyword,
  keywordLocation,
}: ConfigFault): string {
  const what =
    keyword === undefined ? message : `not valid by "${keyword}" (schema ${keywordLocation ?? ""})`;
  return pointer === undefined || pointer === ""
    ? what
    : `${where === "schema" ? "schema " : ""}${pointer}: ${what}`;
}

/** The faults of a SluiceError, which came of a document or of its schema. */
export function faultsIn(where: "document" | "schema", error: SluiceError): ConfigFault[] {
  const { code, message, byteOffset, location } = error;
  if (error.issues !== undefined && error.issues.length > 0) {
    return error.issues.map((issue) => ({ in: where, ...issue, code }));
  }
  return [
    {
      in: where,
      code,
      message,
      ...(location === undefined ? {} : { pointer: location }),
      ...(byteOffset === undefined ? {} : { byteOffset }),
    },
  ];
}
