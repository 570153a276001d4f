// How an answer lies in the Cache API. What that cache goes by itself (Cache-Control, Vary, …) is
// replaced by our own decision, and what the upstream had said goes into a header beside it.

import { ageOf, CACHE_FIELDS } from "./cache-control.ts";
import { stripHopByHop } from "./hop-by-hop.ts";
import { OF_THE_OLD_BYTES } from "./media.ts";

const RECORD = "x-sluice-kept";
/** Put back as they were; those of the platform's cache are dropped. */
const REPLACED: readonly string[] = [...CACHE_FIELDS, "date", "cf-cache-status", RECORD];

interface Kept {
  /** When it was kept, and until when it may be used; in milliseconds. */
  readonly at: number;
  readonly until: number;
  /** How old it was then; in seconds. */
  readonly age: number;
  readonly replaced: readonly (readonly [name: string, value: string])[];
}

/** The headers of what is stored for an answer that has these, and is good for so long. */
export function storedHeaders(headers: Headers, seconds: number): Headers {
  const stored = new Headers(headers);
  const now = Date.now();
  const replaced: [string, string][] = [];
  for (const name of REPLACED) {
    const value = stored.get(name);
    if (value !== null && name !== RECORD) replaced.push([name, value]);
    stored.delete(name);
  }
  stripHopByHop(stored);
  for (const name of ["set-cookie", "x-request-id", ...OF_THE_OLD_BYTES]) stored.delete(name);
  const kept: Kept = { at: now, until: now + 1000 * seconds, age: ageOf(headers), replaced };
  stored.set(RECORD, asciiJson(kept));
  stored.set("cache-control", `public, max-age=${String(Math.ceil(seconds))}`);
  return stored;
}

/**
 * Makes a stored answer's headers what they were, with the age that it has now; false for one that
 * can't be used any more, or that isn't ours.
 */
export function restoreHeaders(headers: Headers): boolean {
  const kept = readKept(headers.get(RECORD));
  const now = Date.now();
  if (kept === undefined || now >= kept.until) return false;
  for (const name of REPLACED) headers.delete(name);
  for (const [name, value] of kept.replaced) headers.set(name, value);
  // Another machine's clock may have said when.
  const seconds = Math.max(0, Math.floor((now - kept.at) / 1000));
  headers.set("age", String(kept.age + seconds));
  return true;
}

function readKept(text: string | null): Kept | undefined {
  if (text === null) return undefined;
  try {
    return JSON.parse(text) as Kept;
  } catch {
    return undefined;
  }
}

/** A header holds ASCII for sure, and other bytes as somebody else sees them. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\x7f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
