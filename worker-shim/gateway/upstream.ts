import { NONE, type Plan } from "../core/plan.ts";
import { stats } from "../isolate.ts";
import { headersForAll } from "./cache-key.ts";
import { acceptDecodable, OF_THE_OLD_BYTES } from "./media.ts";
import { etagMark, unmarkIfNoneMatch } from "./etag.ts";
import type { Exchange } from "./exchange.ts";
import { stripHopByHop } from "./hop-by-hop.ts";
import { withholdOverride } from "./own-cookies.ts";
import type { PreparedRoute } from "./prepared.ts";
import { Refusal } from "./problem.ts";
import type { OutgoingBody } from "./request-body.ts";
import type { UpstreamCall } from "./upstream-call.ts";

// What Cloudflare adds for Workers. An origin elsewhere has no use for it, and one behind
// Cloudflare gets its own.
const PLATFORM = [
  "cf-connecting-ip",
  "cf-ray",
  "cf-visitor",
  "cf-ipcountry",
  "cf-worker",
  "cf-ew-via",
];

/** The client's request as the plan's upstream gets it, with the body that a transform made. */
export function upstreamRequest(
  exchange: Exchange,
  { route, auth }: PreparedRoute,
  plan: Plan,
  { upstream }: UpstreamCall,
  body: OutgoingBody | undefined,
): Request {
  const { request, id, target } = exchange;
  const base = upstream.type === "origin" ? upstream.url : target.origin;
  const forAll = route.cache === null ? undefined : headersForAll(request, route.cache);
  const outgoing = requestTo(base + plan.path, request, body, forAll);
  const { headers } = outgoing;
  stripHopByHop(headers);
  headers.delete("proxy-authorization");
  if (upstream.type === "origin") for (const name of PLATFORM) headers.delete(name);
  if (auth !== undefined) headers.delete(auth.header);
  const { visitorHeader, overrideCookie } = exchange.live.prepared.description;
  withholdOverride(headers, overrideCookie);
  const { schema } = route.response;
  if (plan.transform !== NONE || schema?.onInvalid === "enforce") askForWhole(headers);
  if (plan.transform !== NONE) askForOwnShape(exchange, plan, headers);
  // Who looks at a body that is encoded decodes it, and encodes it anew.
  if (exchange.holds?.watches === true) headers.set("accept-encoding", "identity");
  for (const name of route.request.removeHeaders) headers.delete(name);
  for (const [name, value] of route.request.setHeaders) headers.set(name, value);
  // Backwards, since of two experiments that set the same header the first wins.
  for (let number = route.experiments.length - 1; number >= 0; number--) {
    const variant = route.experiments[number]?.variants[plan.variants[number] ?? NONE];
    for (const [name, value] of variant?.setHeaders ?? []) headers.set(name, value);
  }
  if (route.flags !== null) {
    headers.delete(route.flags.header);
    if (plan.flags !== undefined) headers.set(route.flags.header, plan.flags);
    else stats.flagsTooLong += 1;
  }
  if (visitorHeader !== null) {
    headers.delete(visitorHeader);
    if (plan.visitor !== undefined) headers.set(visitorHeader, plan.visitor);
  }
  headers.set("x-request-id", id);
  return outgoing;
}

function requestTo(
  url: string,
  original: Request,
  body: OutgoingBody | undefined,
  forAll: Headers | undefined,
): Request {
  try {
    if (forAll !== undefined) {
      return new Request(url, { method: original.method, headers: forAll, redirect: "manual" });
    }
    if (body === undefined) {
      // Requests from the network already say "manual"; only one made by hand in the same Worker
      // doesn't.
      const manual =
        original.redirect === "manual" ? original : new Request(original, { redirect: "manual" });
      return new Request(url, manual);
    }
    const { method, headers } = original;
    const outgoing = new Request(url, { method, headers, body: body.content, redirect: "manual" });
    const changed = body.isOriginal ? (["content-length"] as const) : OF_THE_OLD_BYTES;
    for (const name of changed) outgoing.headers.delete(name);
    return outgoing;
  } catch (cause) {
    if (URL.canParse(url)) throw cause;
    // The path is normalized and an origin's URL was checked, so it is the client's authority that
    // no URL can have.
    throw new Refusal("malformed-target", { detail: "the Host header isn't a host" });
  }
}

/**
 * A part of the upstream's bytes can't be reshaped or checked, and a coding that can't be undone
 * keeps them from it.
 */
function askForWhole(headers: Headers): void {
  headers.delete("range");
  headers.delete("if-range");
  const accepted = headers.get("accept-encoding");
  const decodable = accepted === null ? null : acceptDecodable(accepted);
  if (decodable !== null && decodable !== accepted) headers.set("accept-encoding", decodable);
}

/**
 * The validators of the upstream's bytes are not those of the shape: a tag has our mark, a date
 * tells nothing of the policy, and neither tells of the inputs.
 */
function askForOwnShape({ live, request }: Exchange, { transform }: Plan, headers: Headers): void {
  const reads = request.method === "GET" || request.method === "HEAD";
  if (reads) headers.delete("if-modified-since");
  const known = headers.get("if-none-match");
  if (known === null) return;
  const own =
    reads && live.prepared.composes(transform)
      ? undefined
      : unmarkIfNoneMatch(known, etagMark(live, transform), !reads);
  if (own === undefined) headers.delete("if-none-match");
  else headers.set("if-none-match", own);
}
