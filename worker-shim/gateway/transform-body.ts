import { isSluiceError } from "../core/errors.ts";
import type { LivePolicy } from "../config/live-policy.ts";
import type { RouteDescription, UpstreamDescription } from "../core/description.ts";
import { TIMED_OUT } from "../deadline.ts";
import { markEtag } from "./etag.ts";
import type { Exchange } from "./exchange.ts";
import { Refusal } from "./problem.ts";
import { readBody, recycle, resume } from "./read-body.ts";
import { ownResponse } from "./response.ts";

// They speak of the bytes that were, not of those that are.
const OF_THE_OLD_BYTES = [
  "content-length",
  "content-encoding",
  "content-md5",
  "content-digest",
  "repr-digest",
  "digest",
  "accept-ranges",
];
const JSON_TYPE = /^[\w.+-]+\/(?:[\w.-]+\+)?json\s*(?:;|$)/i;
/** Content codings that the runtime undoes before a body is read. */
const DECODED = /^(?:identity|gzip|br)$/i;
const FINGERPRINT_DIGITS = 8;

/** What an ETag is marked with: the transform, of this very policy. */
export function etagMark({ source }: LivePolicy, transform: number): string {
  return `${source.sha256.slice(0, FINGERPRINT_DIGITS)}.${String(transform)}`;
}

/**
 * Runs the transform over a response that it applies to; any other passes. The body must have come
 * within the time of `from`, counted from its headers. The headers of what is returned can be
 * changed.
 */
export async function transformBody(
  exchange: Exchange,
  route: RouteDescription,
  transform: number,
  from: UpstreamDescription,
  upstream: Response,
): Promise<Response> {
  const { status, headers, body } = upstream;
  const mark = etagMark(exchange.live, transform);
  if (status === 304) return withoutBody(upstream, mark);
  if (!applies(status, headers)) return ownResponse(upstream);
  if (exchange.request.method === "HEAD") return withoutBody(upstream, mark);
  if (body === null) return failed(route, upstream, null, "the body is empty");

  const { maxBodyBytes } = route.response;
  const tooLarge = `the body is over ${String(maxBodyBytes)} bytes`;
  const declared = declaredLength(headers);
  if (declared !== undefined && declared > maxBodyBytes) {
    return failed(route, upstream, body, tooLarge);
  }
  const reading = readBody(body, maxBodyBytes, declared).catch(() => undefined);
  const read = await exchange.timer.race(reading, from.timeoutMs);
  if (read === TIMED_OUT) {
    throw new Refusal("upstream-timeout", {
      detail: `the upstream "${from.name}" sent no whole body within ${String(from.timeoutMs)} ms of its headers`,
    });
  }
  if (read === undefined) {
    throw new Refusal("upstream-unreachable", { detail: "the upstream's body broke off" });
  }
  if (!read.whole) return failed(route, upstream, resume(read.head, body), tooLarge);

  let bytes: Uint8Array;
  try {
    bytes = exchange.live.policy.transform(transform, read.bytes);
  } catch (error) {
    if (isSluiceError(error, "invalid_json") || isSluiceError(error, "budget_exceeded")) {
      const where = error.byteOffset === undefined ? "" : ` (byte ${String(error.byteOffset)})`;
      return failed(route, upstream, read.bytes, `${error.message}${where}`);
    }
    throw error;
  }
  recycle(read.bytes);
  const response = new Response(bytes, upstream);
  describeNewBytes(response.headers, mark);
  return response;
}

function declaredLength(headers: Headers): number | undefined {
  const length = Number(headers.get("content-length") ?? "-");
  return Number.isSafeInteger(length) && length >= 0 ? length : undefined;
}

function applies(status: number, headers: Headers): boolean {
  return (
    status !== 101 &&
    status !== 204 &&
    status !== 205 &&
    status !== 206 &&
    JSON_TYPE.test(headers.get("content-type") ?? "") &&
    DECODED.test(headers.get("content-encoding") ?? "identity") &&
    !/\bno-transform\b/i.test(headers.get("cache-control") ?? "")
  );
}

function withoutBody(upstream: Response, mark: string): Response {
  const response = new Response(null, upstream);
  describeNewBytes(response.headers, mark);
  return response;
}

function describeNewBytes(headers: Headers, mark: string): void {
  for (const name of OF_THE_OLD_BYTES) headers.delete(name);
  const etag = headers.get("etag");
  if (etag === null) return;
  const marked = markEtag(etag, mark);
  if (marked === undefined) headers.delete("etag");
  else headers.set("etag", marked);
}

/** The body can't be reshaped: refused, or passed on untouched, as the route says. */
function failed(
  route: RouteDescription,
  upstream: Response,
  body: ReadableStream<Uint8Array> | Uint8Array | null,
  why: string,
): Response {
  if (route.response.onInvalidBody === "fail") {
    if (body instanceof ReadableStream) body.cancel().catch(() => undefined);
    throw new Refusal("upstream-invalid-body", {
      detail: `the upstream answered with status ${String(upstream.status)}, but its body can't be transformed: ${why}`,
    });
  }
  if (body === upstream.body) return ownResponse(upstream);
  const response = new Response(body, upstream);
  // Of the encoded bytes, if it was encoded; the runtime states the length where it knows it.
  response.headers.delete("content-length");
  return response;
}
