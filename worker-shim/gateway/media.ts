// What the headers of a message say of its body, as far as a transform has to know.

/** The types that are JSON: application/json, text/json and all with the suffix (RFC 6839). */
export const JSON_TYPE =
  /^\s*(?:application\/json|text\/json|[\w!#$&^.-]+\/[\w!#$&^.+-]+\+json)\s*(?:;|$)/i;
/**
 * One of several Content-Type lines, which Headers merges: who reads one of them only may see JSON
 * where another sees none. A comma in a quoted parameter doesn't end it.
 */
const MEMBER = /(?:[^,"]|"(?:[^"\\]|\\.)*"?)+/g;
/** RFC 9110, section 5.6.6: a name, and a value that may be quoted. */
const PARAMETER = /;\s*([^\s;="]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)/g;
const UTF_8 = /^utf-?8$/i;
const CODING = /^[\w!#$%&'*+.^`|~-]+$/;

/** How a body is seen: as JSON, as none of a transform's business, or as JSON that can't be read. */
export type BodyKind = "json" | "other" | UnreadableJson;

/** JSON that a transform is for, in a form that it can't be read in. */
export interface UnreadableJson {
  readonly reason: string;
}

/** `readable`: the content codings that can be undone, in lower case. */
export function bodyKind(headers: Headers, readable: readonly string[]): BodyKind {
  const type = headers.get("content-type");
  if (type === null || !type.split(",").some((one) => JSON_TYPE.test(one))) return "other";
  if (!JSON_TYPE.test(type) || (type.match(MEMBER) ?? []).length > 1) {
    return { reason: `it has several types: ${type}` };
  }
  const [charset = "utf-8", ...others] = charsetsOf(type);
  if (others.length > 0) return { reason: `it has several charsets: ${type}` };
  if (!UTF_8.test(charset)) {
    return { reason: `its charset is ${charset}, and JSON is read as UTF-8 only` };
  }
  const coding = contentCoding(headers);
  if (coding !== undefined && !readable.includes(coding)) {
    return { reason: `its content coding ${coding} can't be undone here` };
  }
  return "json";
}

/**
 * RFC 9110, section 8.3.1. JSON has no such parameter (RFC 8259, section 11); some send one. Of two
 * another reader may take the other one.
 */
function charsetsOf(type: string): string[] {
  return Array.from(type.matchAll(PARAMETER))
    .filter(([, name]) => name?.toLowerCase() === "charset")
    .map(([, , value = ""]) => value.trim().replace(/^"(.*)"$/, "$1"));
}

/** The type of a body without its parameters, in lower case; empty where none is said. */
export function mediaType(headers: Headers): string {
  const [type = ""] = (headers.get("content-type") ?? "").split(";", 1);
  return type.trim().toLowerCase();
}

/** The one coding that a body has; undefined for none. Several are one that nobody knows. */
function contentCoding(headers: Headers): string | undefined {
  const coding = headers.get("content-encoding")?.trim().toLowerCase() ?? "";
  return coding === "" || coding === "identity" ? undefined : coding;
}

/**
 * The length that a message says its body has, as it goes over the wire. Not to be trusted: where
 * nothing frames the body by it (a service binding), it may say anything.
 */
export function declaredLength(headers: Headers): number | undefined {
  const given = headers.get("content-length") ?? "";
  const length = /^\d+$/.test(given) ? Number(given) : undefined;
  return Number.isSafeInteger(length) ? length : undefined;
}

/** Content codings that the runtime undoes before a response's body is read. */
export const DECODED: readonly string[] = ["gzip", "br"];

/**
 * An Accept-Encoding that names nothing which couldn't be undone: what a client accepts beyond it
 * would keep its body from being transformed.
 */
export function acceptDecodable(accepted: string): string {
  const kept = accepted
    .split(",")
    .map((item) => item.trim())
    .filter((item) => {
      const [coding = ""] = item.toLowerCase().split(";", 1);
      return CODING.test(coding.trim()) && [...DECODED, "identity"].includes(coding.trim());
    });
  return kept.length === 0 ? "identity" : kept.join(", ");
}

/** Headers that speak of the bytes that were, and not of those that a transform makes of them. */
export const OF_THE_OLD_BYTES = [
  "content-length",
  "content-encoding",
  "content-md5",
  "content-digest",
  "repr-digest",
  "digest",
] as const;
