import { isSluiceError, type SluiceError } from "../core/errors.ts";
import type { Core, Schema } from "../core/index.ts";
import { HIGH_WATER_BYTES, replaceCore, withCore } from "../isolate.ts";
import { DocumentError, faultsIn } from "./document-fault.ts";
import type { DocumentPair } from "./document-source.ts";

const MAX_FAULTS = 16;

/**
 * Returns if the document is JSON and valid by its schema (format is asserted), else throws
 * DocumentError. What is compiled for it is gone afterwards: a version is checked once.
 */
export function checkDocument(pair: DocumentPair): void {
  withCore((core) => {
    try {
      check(core, pair);
    } finally {
      // A large document leaves the core large, which never gives its memory back.
      if (!core.poisoned && core.memoryBytes > HIGH_WATER_BYTES) replaceCore(core);
    }
  });
}

function check(core: Core, { document, schema, options }: DocumentPair): void {
  const compiled = told("schema", () =>
    core.compileSchema(schema, { ...options, assertFormat: true }),
  );
  try {
    told("document", () => validate(compiled, document));
  } finally {
    if (!core.poisoned) compiled.dispose();
  }
}

function validate(schema: Schema, document: Uint8Array): void {
  const { valid, errors } = schema.validate(document, { maxErrors: MAX_FAULTS });
  if (valid) return;
  throw new DocumentError(
    errors.map(({ instanceLocation, keyword, keywordLocation, message, byteOffset }) => ({
      in: "document",
      code: "invalid_document",
      message,
      pointer: instanceLocation,
      byteOffset,
      keyword,
      keywordLocation,
    })),
    true,
  );
}

/** `run` with the core's errors made faults; one that traps stays as it is, for `withCore`. */
function told<T>(where: "document" | "schema", run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!isSluiceError(error) || error.code === "poisoned") throw error;
    throw new DocumentError(faultsIn(where, error), isFaultOfText(error));
  }
}

/** Whether it would fail so again. A core that found no memory says nothing of the text. */
function isFaultOfText(error: SluiceError): boolean {
  switch (error.code) {
    case "invalid_json":
    case "invalid_schema":
      return true;
    case "budget_exceeded":
      return error.budget !== "memory";
    default:
      return false;
  }
}
