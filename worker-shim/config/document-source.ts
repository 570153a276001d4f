// Users' documents as KV has them: `documents:<name>`, and their schemas beside them under
// `schemas:<name>`.
import type { SchemaOptions } from "../core/schema.ts";
import { encodeText } from "../core/text.ts";
import { TIMED_OUT, withDeadline } from "../deadline.ts";
import { BodyReader } from "../gateway/read-body.ts";
import { sha256Hex } from "./bundle.ts";
import { DocumentError } from "./document-fault.ts";

const MAX_DOCUMENT_BYTES = 4 << 20;
const MAX_SCHEMA_BYTES = 1 << 20;
/** How long KV may take for one of them. */
const READ_MS = 5_000;
const MAX_VERSION_CHARACTERS = 128;

/** A JSON Schema that comes with the Worker's code: its text, or what that parses to. */
export type DocumentSchema = string | Uint8Array | object | boolean;

/** How the schema is read, where its text doesn't say it. */
export type DocumentSchemaOptions = Pick<SchemaOptions, "dialect" | "patterns" | "resources">;

/** A document and the schema that it is to be valid by. */
export interface DocumentPair {
  readonly document: Uint8Array;
  readonly schema: Uint8Array;
  readonly options: DocumentSchemaOptions;
  /** What KV's metadata calls the version. */
  readonly version: string | undefined;
}

export interface FoundDocument extends DocumentPair {
  /** SHA-256 of the document's bytes, as sha256sum prints it. */
  readonly checksum: string;
  /** The same for the same bytes of both and the same options, else another. */
  readonly key: string;
  /** What KV's metadata calls it, else the beginning of `key`. */
  readonly version: string;
}

export function documentKey(name: string): string {
  return `documents:${name}`;
}

export function schemaKey(name: string): string {
  return `schemas:${name}`;
}

/** Throws DocumentError for what isn't there, too large, or doesn't come in time. */
export async function findDocument(
  kv: KVNamespace,
  name: string,
  given: DocumentSchema | undefined,
  options: DocumentSchemaOptions,
): Promise<FoundDocument> {
  const [document, schema] = await Promise.all([
    read(kv, documentKey(name), MAX_DOCUMENT_BYTES, "document"),
    given === undefined
      ? read(kv, schemaKey(name), MAX_SCHEMA_BYTES, "schema")
      : { bytes: schemaText(given) },
  ]);
  const version = versionIn(document.metadata);
  return identified({ document: document.bytes, schema: schema.bytes, options, version });
}

/** The pair with what tells it from others. */
export async function identified(pair: DocumentPair): Promise<FoundDocument> {
  const [checksum, schemaChecksum] = await Promise.all([
    sha256Hex(pair.document),
    sha256Hex(pair.schema),
  ]);
  const { dialect, patterns, resources } = pair.options;
  const options = JSON.stringify([dialect, patterns, resources]);
  const key = await sha256Hex(encodeText(`${checksum} ${schemaChecksum} ${options}`));
  return { ...pair, checksum, key, version: pair.version ?? key.slice(0, 16) };
}

export function schemaText(given: DocumentSchema): Uint8Array {
  if (given instanceof Uint8Array) return given;
  return encodeText(typeof given === "string" ? given : JSON.stringify(given));
}

async function read(
  kv: KVNamespace,
  key: string,
  most: number,
  where: "document" | "schema",
): Promise<{ readonly bytes: Uint8Array; readonly metadata: unknown }> {
  const found = await inTime(key, kv.getWithMetadata(key, "stream"));
  if (found.value === null) {
    throw new DocumentError({
      in: where,
      code: `missing_${where}`,
      message: `KV has nothing under "${key}": wrangler kv key put ${key} --path ${where}.json`,
    });
  }
  const body = await inTime(key, new BodyReader(found.value, most, undefined, undefined).read());
  if (body.whole) return { bytes: body.bytes, metadata: found.metadata };
  await found.value.cancel();
  throw new DocumentError({
    in: where,
    code: "too_large",
    message: `what KV has under "${key}" is over ${String(most >> 20)} MiB`,
  });
}

async function inTime<T>(key: string, reading: Promise<T>): Promise<T> {
  let problem = `didn't answer within ${String(READ_MS)} ms`;
  try {
    const found = await withDeadline(reading, READ_MS);
    if (found !== TIMED_OUT) return found;
  } catch (error) {
    problem = `failed: ${error instanceof Error ? error.message : String(error)}`;
  }
  throw new DocumentError({
    in: "store",
    code: "unavailable",
    message: `KV, asked for "${key}", ${problem}`,
  });
}

/** `wrangler kv key put … --metadata '{"version": "2026-11"}'`. */
function versionIn(metadata: unknown): string | undefined {
  if (typeof metadata !== "object" || metadata === null || !("version" in metadata)) {
    return undefined;
  }
  const { version } = metadata;
  if (typeof version === "number") return String(version);
  return typeof version === "string" && version !== ""
    ? version.slice(0, MAX_VERSION_CHARACTERS)
    : undefined;
}
