import type { Plan } from "../core/plan.ts";
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
  plan: Plan,
  { status, headers }: Response,
): void {
  const { route } = prepared;
  if (status !== 101) stripHopByHop(headers);
  for (const name of route.response.removeHeaders) headers.delete(name);
  for (const [name, value] of route.response.setHeaders) headers.set(name, value);
  if (prepared.vary !== "") headers.append("vary", prepared.vary);
  if (prepared.personal) keepOutOfSharedCaches(headers);
  if (plan.visitor !== undefined) setVisitorCookie(exchange, headers, plan.visitor);
  if (route.rateLimitHeaders) setRateLimitHeaders(headers, exchange.verdicts);
  headers.set("x-request-id", exchange.id);
}

function setVisitorCookie({ live }: Exchange, headers: Headers, visitor: string): void {
  const { visitorCookie } = live.prepared.description;
  if (visitorCookie === null) return;
  const { name, maxAgeSeconds } = visitorCookie;
  headers.append(
    "set-cookie",
    `${name}=${visitor}; Max-Age=${String(maxAgeSeconds)}; Path=/; Secure; HttpOnly; SameSite=Lax`,
  );
}

// Directives that let a shared cache keep a response, or say how long it may.
const SHARED = /^(?:public|s-maxage|proxy-revalidate)\b/i;
const ENOUGH = /^(?:no-store|private)$/i;
/** One directive; a comma in a quoted argument doesn't end it. */
const DIRECTIVE = /(?:[^,"]|"(?:[^"\\]|\\.)*"?)+/g;
/** Meant for one kind of cache, where they win over Cache-Control (RFC 9213). */
const TARGETED = ["cdn-cache-control", "cloudflare-cdn-cache-control", "surrogate-control"];

/**
 * Adds `private` where the answer depends on who asks, unless the upstream said as much or more.
 */
export function keepOutOfSharedCaches(headers: Headers): void {
  for (const name of TARGETED) headers.delete(name);
  const given = headers.get("cache-control");
  if (given === null) {
    headers.set("cache-control", "private");
    return;
  }
  const directives = (given.match(DIRECTIVE) ?? []).map((directive) => directive.trim());
  // `private="set-cookie"` names fields only, so it is not enough.
  if (directives.some((directive) => ENOUGH.test(directive))) return;
  const kept = directives.filter((directive) => directive !== "" && !SHARED.test(directive));
  headers.set("cache-control", ["private", ...kept].join(", "));
}
