import { keepOutOfSharedCaches } from "./cache-control.ts";
import type { Exchange } from "./exchange.ts";
import { stripHopByHop } from "./hop-by-hop.ts";
import type { PreparedRoute } from "./prepared.ts";
import { setRateLimitHeaders } from "./rate-limit-headers.ts";

/**
 * The upstream's response with headers that can be changed. Its body streams on; an upgrade keeps
 * its socket.
 */
export function ownResponse(upstream: Response): Response {
  return new Response(upstream.body, upstream);
}

/** Makes the client's response of one whose headers are ours. */
export function finishResponse(
  exchange: Exchange,
  prepared: PreparedRoute,
  { status, headers }: Response,
): void {
  const { route } = prepared;
  if (status !== 101) stripHopByHop(headers);
  for (const name of route.response.removeHeaders) headers.delete(name);
  for (const [name, value] of route.response.setHeaders) headers.set(name, value);
  addVary(headers, route.vary);
  for (const cookie of exchange.setCookies) headers.append("set-cookie", cookie);
  // Whoever gets a cookie out of a shared cache is taken for who it was made for.
  if (route.personal || headers.has("set-cookie")) keepOutOfSharedCaches(headers);
  // What is left of one client's limits isn't for those whom a shared cache answers.
  const form = route.sharedCache ? false : route.rateLimitHeaders;
  setRateLimitHeaders(headers, exchange.verdicts, form);
  headers.set("x-request-id", exchange.id);
}

/** Adds the names to Vary that aren't in it yet; `*` covers all (RFC 9110, section 12.5.5). */
export function addVary(headers: Headers, names: readonly string[]): void {
  if (names.length === 0) return;
  const given = headers.get("vary") ?? "";
  const known = given.split(",").map((name) => name.trim().toLowerCase());
  if (known.includes("*")) return;
  const added = names.filter((name) => !known.includes(name));
  if (added.length === 0) return;
  headers.set("vary", [...(given === "" ? [] : [given]), ...added].join(", "));
}
