// Cache-Control (RFC 9111, section 5.2) of answers that are no longer the upstream's alone.

// Directives that let a shared cache keep a response, or say how long it may.
const SHARED = /^(?:public|s-maxage|proxy-revalidate)\b/i;
const ENOUGH = /^(?:no-store|private)$/i;
/** One directive; a comma in a quoted argument doesn't end it. */
const DIRECTIVE = /(?:[^,"]|"(?:[^"\\]|\\.)*"?)+/g;
/** Meant for one kind of cache, where they win over Cache-Control (RFC 9213). */
const TARGETED = ["cloudflare-cdn-cache-control", "cdn-cache-control", "surrogate-control"];
/** All that says who may keep an answer, and for how long. */
export const CACHE_FIELDS: readonly string[] = [
  ...TARGETED,
  "cache-control",
  "expires",
  "pragma",
  "age",
  "vary",
];

function directivesOf(headers: Headers, field = "cache-control"): string[] {
  const given = headers.get(field) ?? "";
  return (given.match(DIRECTIVE) ?? [])
    .map((directive) => directive.trim())
    .filter((directive) => directive !== "");
}

/** RFC 9110, section 7.7: whoever gave the bytes wants them to arrive as they are. */
export function forbidsTransform(headers: Headers): boolean {
  return directivesOf(headers).some((directive) => /^no-transform$/i.test(directive));
}

/**
 * Adds `private` where the answer depends on who asks, unless the upstream said as much or more.
 */
export function keepOutOfSharedCaches(headers: Headers): void {
  for (const name of TARGETED) headers.delete(name);
  const directives = directivesOf(headers);
  // `private="set-cookie"` names fields only, so it is not enough.
  if (directives.some((directive) => ENOUGH.test(directive))) return;
  const kept = directives.filter((directive) => !SHARED.test(directive));
  headers.set("cache-control", ["private", ...kept].join(", "));
}

/**
 * What may be cached of an answer made of several: no longer than the shortest-lived part of it,
 * by nobody but the client, and not at all where one part may not. A part that says nothing, or
 * that is missing (undefined), lives no time at all.
 */
export function limitToShortest(headers: Headers, parts: readonly (Headers | undefined)[]): void {
  const lifetimes = [headers, ...parts].map(lifetimeOf);
  for (const name of [...TARGETED, "expires", "age"]) headers.delete(name);
  const shortest = Math.min(...lifetimes);
  const isStorable = shortest >= 0;
  headers.set("cache-control", isStorable ? `private, max-age=${String(shortest)}` : "no-store");
}

/** Seconds that a part stays fresh from now on; -1 for one that nobody may store. */
function lifetimeOf(part: Headers | undefined): number {
  if (part === undefined) return 0;
  const directives = directivesOf(part);
  if (directives.some((directive) => /^no-store$/i.test(directive))) return -1;
  return Math.max(0, freshSeconds(directives) - ageOf(part));
}

/** Why an answer isn't kept: a token for Cache-Status. */
export type NotKept = "set-cookie" | "no-store" | "private" | "no-cache" | "vary" | "stale";

/**
 * For how many seconds, at most `ttlSeconds`, a cache that all share may keep an answer to a
 * request of which the entry's key tells all headers in `vary` (RFC 9111, section 3). What forbids
 * it in any of the fields counts, `private` and `no-cache` also where they name fields only; how
 * long, the most specific says. An answer that says nothing of it lives as long as the policy says.
 */
export function keepSeconds(
  headers: Headers,
  vary: readonly string[],
  ttlSeconds: number,
): number | NotKept {
  if (headers.has("set-cookie")) return "set-cookie";
  for (const field of [...TARGETED, "cache-control"]) {
    const forbidding = directivesOf(headers, field)
      .map((directive) => FORBIDDING.exec(directive)?.[1]?.toLowerCase())
      .find((name) => name !== undefined);
    if (forbidding !== undefined) return forbidding as NotKept;
  }
  if (/\bno-cache\b/i.test(headers.get("pragma") ?? "") && !headers.has("cache-control")) {
    return "no-cache";
  }
  if (variesByOthers(headers, vary)) return "vary";
  const seconds = Math.min(ttlSeconds, (sharedSeconds(headers) ?? Infinity) - ageOf(headers));
  return seconds > 0 ? seconds : "stale";
}

const FORBIDDING = /^(no-store|private|no-cache)\b/i;

function variesByOthers(headers: Headers, vary: readonly string[]): boolean {
  return (headers.get("vary") ?? "")
    .split(",")
    .map((name) => name.trim().toLowerCase())
    .some((name) => name !== "" && name !== "accept-encoding" && !vary.includes(name));
}

/** Seconds that a shared cache may use an answer for; undefined where nothing is said of it. */
function sharedSeconds(headers: Headers): number | undefined {
  for (const field of [...TARGETED, "cache-control"]) {
    const directives = directivesOf(headers, field);
    for (const name of ["s-maxage", "max-age"]) {
      const said = directives.find((directive) => directive.toLowerCase().startsWith(`${name}=`));
      // What is no number is stale (RFC 9111, section 4.2.1).
      if (said !== undefined) return Number(/^[\w-]+="?(\d+)"?$/.exec(said)?.[1] ?? 0);
    }
  }
  const expires = headers.get("expires");
  if (expires === null) return undefined;
  const now = Date.parse(headers.get("date") ?? "");
  const seconds = (Date.parse(expires) - (Number.isNaN(now) ? Date.now() : now)) / 1000;
  return Number.isNaN(seconds) ? 0 : Math.floor(seconds);
}

/** RFC 9111, section 5.1: of several the first; one that is no number doesn't count. */
export function ageOf(headers: Headers): number {
  const [first = ""] = (headers.get("age") ?? "").split(",", 1);
  return /^\d+$/.test(first.trim()) ? Number(first) : 0;
}

function freshSeconds(directives: readonly string[]): number {
  if (directives.some((directive) => /^no-cache\b/i.test(directive))) return 0;
  for (const directive of directives) {
    const seconds = /^max-age="?(\d{1,9})"?$/i.exec(directive)?.[1];
    if (seconds !== undefined) return Number(seconds);
  }
  return 0;
}
