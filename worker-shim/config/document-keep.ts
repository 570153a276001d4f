// The last document that was good, with the schema that it was good by, in the platform's Cache API
// (one cache a data centre): for isolates that start while KV has one that isn't good, or has none
// to give. What is read here is checked as if KV had brought it.
import { TIMED_OUT, withDeadline } from "../deadline.ts";
import {
  identified,
  schemaText,
  type DocumentSchema,
  type DocumentSchemaOptions,
  type FoundDocument,
} from "./document-source.ts";

/** Of its own: no `fetch` finds anything there. */
const CACHE = "sluice-documents";
const WAIT_MS = 1_000;
const KEEP_SECONDS = 30 * 24 * 3600;
const SCHEMA_BYTES = "sluice-schema-bytes";
const VERSION = "sluice-version";

const urlOf = (name: string): string =>
  `https://documents.sluice.invalid/${encodeURIComponent(name)}`;

/** Never throws: without a cache there is one safety less. */
export async function keepDocument(name: string, found: FoundDocument): Promise<void> {
  const { schema, document, version } = found;
  const bytes = new Uint8Array(schema.length + document.length);
  bytes.set(schema);
  bytes.set(document, schema.length);
  const headers = {
    "cache-control": `max-age=${String(KEEP_SECONDS)}`,
    [SCHEMA_BYTES]: String(schema.length),
    [VERSION]: encodeURIComponent(version),
  };
  try {
    const cache = await caches.open(CACHE);
    await cache.put(urlOf(name), new Response(bytes, { headers }));
  } catch (error) {
    console.warn(`the config "${name}" isn't kept: ${String(error)}`);
  }
}

/** Undefined where there is none, or none comes in time. Never throws. */
export async function keptDocument(
  name: string,
  given: DocumentSchema | undefined,
  options: DocumentSchemaOptions,
): Promise<FoundDocument | undefined> {
  try {
    const found = await withDeadline(match(name), WAIT_MS);
    if (found === TIMED_OUT || found === undefined) return undefined;
    const { bytes, headers } = found;
    const schemaBytes = Number(headers.get(SCHEMA_BYTES));
    return await identified({
      document: bytes.subarray(schemaBytes),
      schema: given === undefined ? bytes.subarray(0, schemaBytes) : schemaText(given),
      options,
      version: decodeURIComponent(headers.get(VERSION) ?? ""),
    });
  } catch {
    return undefined;
  }
}

async function match(
  name: string,
): Promise<{ readonly bytes: Uint8Array; readonly headers: Headers } | undefined> {
  const cache = await caches.open(CACHE);
  const found = await cache.match(urlOf(name));
  if (found === undefined) return undefined;
  return { bytes: new Uint8Array(await found.arrayBuffer()), headers: found.headers };
}
