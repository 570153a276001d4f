import type { UpstreamDescription } from "../core/description.ts";
import { NONE, type Plan } from "../core/plan.ts";
import { TIMED_OUT } from "../deadline.ts";
import { serviceBinding } from "../env.ts";
import { unmarkIfNoneMatch } from "./etag.ts";
import type { Exchange } from "./exchange.ts";
import { stripHopByHop } from "./hop-by-hop.ts";
import type { PreparedRoute } from "./prepared.ts";
import { Refusal } from "./problem.ts";
import { etagMark } from "./transform-body.ts";

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

/** Sends the request on. Bodies stream; the upstream's time runs until the response's headers. */
export async function fetchUpstream(
  exchange: Exchange,
  route: PreparedRoute,
  plan: Plan,
): Promise<Response> {
  const upstream = exchange.live.prepared.upstreams[plan.upstream];
  if (upstream === undefined)
    throw new RangeError(`a plan names upstream ${String(plan.upstream)}`);
  const fetcher = fetcherFor(exchange, upstream);
  const request = upstreamRequest(exchange, route, plan, upstream);
  let response: Response | typeof TIMED_OUT;
  exchange.committed = true;
  try {
    response = await exchange.timer.race(fetcher(request), upstream.timeoutMs);
  } catch {
    throw new Refusal("upstream-unreachable", {
      detail: `the upstream "${upstream.name}" failed before it answered`,
    });
  }
  if (response === TIMED_OUT) {
    throw new Refusal("upstream-timeout", {
      detail: `the upstream "${upstream.name}" sent no headers within ${String(upstream.timeoutMs)} ms`,
    });
  }
  if (!canPassOn(response)) {
    throw new Refusal("upstream-unreachable", {
      detail: `the upstream "${upstream.name}" answered with status ${String(response.status)}, which can't be passed on`,
    });
  }
  return response;
}

/** An origin may answer with any three digits; a Response can't be made with all of them. */
function canPassOn({ status, webSocket }: Response): boolean {
  return status === 101 ? webSocket !== null : status >= 200 && status <= 599;
}

type Send = (request: Request) => Promise<Response>;

function fetcherFor({ env }: Exchange, upstream: UpstreamDescription): Send {
  if (upstream.type === "origin") return (request) => fetch(request);
  const binding = serviceBinding(env, upstream.binding);
  if (binding === undefined) {
    throw new Refusal("missing-binding", {
      detail: `the upstream "${upstream.name}" is the service binding ${upstream.binding}, which this Worker doesn't have`,
    });
  }
  return (request) => binding.fetch(request);
}

function upstreamRequest(
  { request, id, target, live }: Exchange,
  { route, auth }: PreparedRoute,
  plan: Plan,
  upstream: UpstreamDescription,
): Request {
  const base = upstream.type === "origin" ? upstream.url : target.origin;
  // Requests from the network already say "manual"; only one made by hand in the same Worker
  // doesn't.
  const original =
    request.redirect === "manual" ? request : new Request(request, { redirect: "manual" });
  const outgoing = requestTo(base + plan.path, original);
  const { headers } = outgoing;
  stripHopByHop(headers);
  headers.delete("proxy-authorization");
  if (upstream.type === "origin") for (const name of PLATFORM) headers.delete(name);
  if (auth !== undefined) headers.delete(auth.header);
  if (plan.transform !== NONE) askForWhole(headers, etagMark(live, plan.transform));
  for (const name of route.request.removeHeaders) headers.delete(name);
  for (const [name, value] of route.request.setHeaders) headers.set(name, value);
  const variant = route.variants[plan.variant];
  if (variant !== undefined)
    for (const [name, value] of variant.setHeaders) headers.set(name, value);
  headers.set("x-request-id", id);
  return outgoing;
}

function requestTo(url: string, original: Request): Request {
  try {
    return new Request(url, original);
  } catch {
    // The path is normalized and an origin's URL was checked, so it is the client's authority that
    // no URL can have.
    throw new Refusal("malformed-target", { detail: "the Host header isn't a host" });
  }
}

/**
 * A part of the upstream's bytes can't be reshaped, and its validators are not those of the shape.
 */
function askForWhole(headers: Headers, mark: string): void {
  headers.delete("range");
  headers.delete("if-range");
  const known = headers.get("if-none-match");
  if (known === null) return;
  const own = unmarkIfNoneMatch(known, mark);
  if (own === undefined) headers.delete("if-none-match");
  else headers.set("if-none-match", own);
}
