// Answers that the gateway itself keeps, by variant, in the platform's Cache API (one cache a data
// centre). It is asked when a request has been authenticated, charged and assigned, so a hit costs
// what it costs, and counts, as any other answer; only the upstream and the transform are spared.
// Requests that miss at the same time all go upstream: none waits for another's.

import type { CacheDescription } from "../core/description.ts";
import type { Plan } from "../core/plan.ts";
import { TIMED_OUT, withDeadline } from "../deadline.ts";
import { keepSeconds, type NotKept } from "./cache-control.ts";
import { cacheUrl } from "./cache-key.ts";
import type { Exchange } from "./exchange.ts";
import { BodyKeeper } from "./keep-body.ts";
import { restoreHeaders, storedHeaders } from "./kept-answer.ts";
import { declaredLength, OF_THE_OLD_BYTES, DECODED } from "./media.ts";
import type { PreparedRoute } from "./prepared.ts";
import { addVary, ownResponse } from "./response.ts";
import { lastsMs } from "./upstream-call.ts";
import { watchBody } from "./watched-body.ts";

/** One of its own: what `fetch` to a zone finds in `caches.default` can't be found there. */
const CACHE = "sluice";
/** How long a cache may take to say whether it has something. */
const WAIT_MS = 1_000;
const EVENT_STREAM = /^\s*text\/event-stream\s*(?:;|$)/i;
const ONE_RANGE = /^bytes=(?:\d+-\d*|-\d+)$/;
const EACH_TAG = /(?:W\/)?("[\x21\x23-\x7e\x80-\xff]*")/g;

/** Why an answer isn't kept, as Cache-Status (RFC 9211) tells it. */
type Detail =
  NotKept | "method" | "status" | "coding" | "event-stream" | "too-large" | "untransformed";

/** What the stages find out of an answer that may be kept. */
export class Keeping {
  /** Of everything that the answer is made of; undefined for what is missing of it. */
  readonly parts: (Headers | undefined)[] = [];
  /** The body, where a transform made it. */
  bytes: Uint8Array | undefined;
  /** A transform should have made the body, and couldn't. */
  isUntransformed = false;
}

/** The route's answer to this request: one that is kept, or else what `ask` brings. */
export async function answerThroughCache(
  exchange: Exchange,
  prepared: PreparedRoute,
  plan: Plan,
  cache: CacheDescription,
  ask: () => Promise<Response>,
): Promise<Response> {
  const url = await cacheUrl(exchange, prepared, plan, cache);
  const kept = await find(exchange, url);
  if (kept !== undefined) {
    addVary(kept.headers, cache.vary);
    return kept;
  }
  const keeping = new Keeping();
  exchange.keeping = keeping;
  const response = decoded(await ask());
  const seconds = whyNotKept(exchange, response, keeping) ?? lifetimeOf(keeping, cache, prepared);
  const isKept = typeof seconds === "number";
  const answer = isKept
    ? keep(exchange, plan, url, response, storedHeaders(response.headers, seconds), keeping.bytes)
    : response;
  const { headers } = answer;
  headers.append("cache-status", `sluice; fwd=miss; ${isKept ? "stored" : `detail=${seconds}`}`);
  addVary(headers, cache.vary);
  return answer;
}

/** Undefined where there is nothing to be used. A cache that fails has nothing. */
async function find(exchange: Exchange, url: string): Promise<Response | undefined> {
  const { request, timer, id } = exchange;
  try {
    const asked = new Request(url, { headers: rangeOf(request) });
    const cache = await caches.open(CACHE);
    const matching = cache.match(asked);
    const found = await timer.race(matching, WAIT_MS);
    if (found === TIMED_OUT) matching.then(drop, () => undefined);
    if (found === TIMED_OUT || found === undefined) return undefined;
    if (found.status === 416) {
      drop(found);
      return notSatisfiable(found);
    }
    const response = new Response(found.body, found);
    if (!restoreHeaders(response.headers)) {
      drop(found);
      return undefined;
    }
    response.headers.append("cache-status", "sluice; hit");
    return withoutBody(request, response) ?? response;
  } catch (error) {
    console.warn(`request ${id}: the cache failed to look up an answer:`, error);
    return undefined;
  }
}

/** A body that nobody reads holds its connection. */
function drop(found: Response | undefined): void {
  found?.body?.cancel().catch(() => undefined);
}

/** The range that the cache is asked for; without If-Range, which only a whole answer is sure to meet. */
function rangeOf({ method, headers }: Request): Record<string, string> {
  const range = headers.get("range");
  if (range === null || method !== "GET" || headers.has("if-range")) return {};
  return ONE_RANGE.test(range) ? { range } : {};
}

function notSatisfiable({ headers }: Response): Response {
  const range = headers.get("content-range");
  return new Response(null, {
    status: 416,
    headers: {
      "cache-control": "no-store",
      "cache-status": "sluice; hit",
      ...(range !== null && { "content-range": range }),
    },
  });
}

/** For HEAD, and for a client that has these bytes already (RFC 9110, section 13.1.2). */
function withoutBody(
  { method, headers: asked }: Request,
  response: Response,
): Response | undefined {
  const { headers } = response;
  const known = asked.get("if-none-match");
  const isKnown = known !== null && matchesTag(known, headers.get("etag"));
  if (!isKnown && method !== "HEAD") return undefined;
  drop(response);
  if (!isKnown) return new Response(null, { status: 200, headers });
  for (const name of [...OF_THE_OLD_BYTES, "content-range"]) headers.delete(name);
  return new Response(null, { status: 304, headers });
}

/** By weak comparison (RFC 9110, section 8.8.3.2). */
function matchesTag(known: string, etag: string | null): boolean {
  if (known.trim() === "*") return true;
  const own = etag?.replace(/^W\//, "");
  return [...known.matchAll(EACH_TAG)].some(([, tag]) => tag === own);
}

/**
 * The response with its content coding undone, which the runtime does where a body is read: what is
 * kept is for clients with and without it.
 */
function decoded(response: Response): Response {
  const coding = response.headers.get("content-encoding")?.trim().toLowerCase();
  if (response.body === null || coding === undefined || !DECODED.includes(coding)) return response;
  const plain = ownResponse(response);
  for (const name of OF_THE_OLD_BYTES) plain.headers.delete(name);
  const etag = plain.headers.get("etag");
  if (etag?.startsWith('"') === true) plain.headers.set("etag", `W/${etag}`);
  return plain;
}

function whyNotKept(
  { request, route }: Exchange,
  { status, headers }: Response,
  { bytes, isUntransformed }: Keeping,
): Detail | undefined {
  if (request.method !== "GET") return "method";
  if (status !== 200) return "status";
  if (isUntransformed) return "untransformed";
  if (EVENT_STREAM.test(headers.get("content-type") ?? "")) return "event-stream";
  const coding = headers.get("content-encoding") ?? "identity";
  if (coding.trim().toLowerCase() !== "identity") return "coding";
  const maxBytes = route?.route.response.maxBodyBytes ?? 0;
  const length = bytes?.length ?? declaredLength(headers) ?? 0;
  return length > maxBytes ? "too-large" : undefined;
}

/** The seconds that all parts may be kept for, or why one may not. */
function lifetimeOf(
  { parts }: Keeping,
  { ttlMs }: CacheDescription,
  { keyHeaders }: PreparedRoute,
): number | Detail {
  let seconds = ttlMs / 1000;
  for (const headers of parts) {
    // What lacks a part is served for now, and no more.
    const own = headers === undefined ? "stale" : keepSeconds(headers, keyHeaders, seconds);
    if (typeof own !== "number") return own;
    seconds = own;
  }
  return seconds;
}

/** The answer, and behind it what the next one finds. */
function keep(
  exchange: Exchange,
  plan: Plan,
  url: string,
  response: Response,
  headers: Headers,
  bytes: Uint8Array | undefined,
): Response {
  const { ctx, held, live, route } = exchange;
  const { body } = response;
  if (bytes !== undefined || body === null) {
    ctx.waitUntil(store(exchange, url, bytes ?? null, headers));
    return response;
  }
  const ms = lastsMs(live.prepared.upstreams[plan.upstream]?.timeoutMs ?? 0);
  const lease = held.open(ms);
  const passed = Promise.withResolvers<Uint8Array | undefined>();
  const keeper = new BodyKeeper(route?.route.response.maxBodyBytes ?? 0, lease, passed.resolve);
  const declared = declaredLength(response.headers);
  const storeWhole = async (): Promise<void> => {
    // Of a client that has left nothing more may be heard.
    const whole = await withDeadline(passed.promise, ms);
    if (whole === TIMED_OUT) keeper.end(false);
    else if (whole !== undefined && (declared === undefined || declared === whole.length)) {
      await store(exchange, url, whole, headers);
    }
    lease.release();
  };
  ctx.waitUntil(storeWhole());
  return ownBody(response, watchBody(body, keeper));
}

function ownBody(response: Response, body: ReadableStream): Response {
  const own = new Response(body, response);
  // The runtime states the length where it knows it; of this body it doesn't.
  own.headers.delete("content-length");
  return own;
}

async function store(
  { id }: Exchange,
  url: string,
  body: Uint8Array | null,
  headers: Headers,
): Promise<void> {
  try {
    const cache = await caches.open(CACHE);
    await cache.put(new Request(url), new Response(body, { headers }));
  } catch (error) {
    console.warn(`request ${id}: the cache failed to take an answer:`, error);
  }
}
