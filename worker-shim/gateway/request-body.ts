import type { BodyRule } from "../core/description.ts";
import { TIMED_OUT } from "../deadline.ts";
import type { Exchange } from "./exchange.ts";
import type { Lease } from "./held-bodies.ts";
import { bodyKind, declaredLength, type UnreadableJson } from "./media.ts";
import type { PreparedRoute } from "./prepared.ts";
import { Refusal, type ProblemKind } from "./problem.ts";
import { BodyReader, recycle, resume, type BodyRead } from "./read-body.ts";
import { transformFault, type TransformFault } from "./transform-fault.ts";

/** What goes upstream where a client's own body can't: it was read. */
export interface OutgoingBody {
  readonly content: Uint8Array | ReadableStream;
  /** Whether these are the bytes that the client sent. */
  readonly isOriginal: boolean;
}

/** Their content means nothing (RFC 9110, section 9.3), and no Request can be made with it. */
const BODILESS: ReadonlySet<string> = new Set(["GET", "HEAD"]);
/**
 * Codings of request bodies that can be undone. The runtime undoes none by itself, and its
 * DecompressionStream has no backpressure: what a body inflates to escapes every budget.
 */
const DECODABLE: readonly string[] = [];
const ACCEPTED = "identity";

/**
 * Runs the route's transform over a body of JSON that the client sent. Undefined where the request
 * goes on as it came: it has no body, or one that isn't JSON, or its method gives a body no
 * meaning. Throws Refusal.
 */
export async function transformRequest(
  exchange: Exchange,
  { route }: PreparedRoute,
  transform: number,
  waitMs: number,
): Promise<OutgoingBody | undefined> {
  const { request } = exchange;
  const { method, headers, body } = request;
  if (body === null || BODILESS.has(method)) return undefined;
  const rule = route.request;
  const kind = bodyKind(headers, DECODABLE);
  if (kind === "other") return undefined;
  const declared = declaredLength(headers);
  if (kind !== "json") {
    if (rule.onInvalidBody === "pass") return undefined;
    if (declared !== 0) throw unsupported(exchange, kind);
  }
  if (declared !== undefined && declared > rule.maxBodyBytes) {
    if (rule.onInvalidBody === "pass") return undefined;
    throw refuse(exchange, "content-too-large", tooLarge(rule));
  }

  // The body is used up from here on.
  exchange.committed = true;
  const lease = exchange.held.open(waitMs);
  try {
    const read = await readWithin(exchange, body, declared, rule, waitMs, lease);
    if (read.whole && read.bytes.length === 0) return { content: read.bytes, isOriginal: true };
    // What is said to be empty passes whatever else is said of it, if it is.
    if (kind !== "json") throw unsupported(exchange, kind);
    if (!read.whole) return overBudget(exchange, rule, read, body);
    return transformed(exchange, rule, transform, read.bytes);
  } finally {
    lease.release();
  }
}

async function readWithin(
  { timer }: Exchange,
  body: ReadableStream,
  declared: number | undefined,
  rule: BodyRule,
  waitMs: number,
  lease: Lease,
): Promise<BodyRead> {
  const reader = new BodyReader(body, rule.maxBodyBytes, declared, lease);
  let read: BodyRead | typeof TIMED_OUT;
  try {
    read = await timer.race(reader.read(), waitMs);
  } catch (cause) {
    throw new Refusal("invalid-body", { detail: "the body broke off" }, cause);
  }
  if (read !== TIMED_OUT) return read;
  reader.cancel();
  throw new Refusal("request-timeout", {
    detail: `the body did not come within ${String(waitMs)} ms`,
  });
}

function overBudget(
  exchange: Exchange,
  rule: BodyRule,
  { head, why }: BodyRead & { readonly whole: false },
  body: ReadableStream,
): OutgoingBody {
  if (rule.onInvalidBody === "pass") return { content: resume(head, body), isOriginal: true };
  body.cancel().catch(() => undefined);
  if (why === "too-large") throw refuse(exchange, "content-too-large", tooLarge(rule));
  throw new Refusal("temporary-overload", {
    detail: `more than ${String(exchange.held.most)} bytes of bodies would be held at the same time; try again`,
    headers: { "retry-after": "1" },
    members: { budget: "held_bytes" },
  });
}

function transformed(
  exchange: Exchange,
  rule: BodyRule,
  transform: number,
  bytes: Uint8Array,
): OutgoingBody {
  const { policy, prepared } = exchange.live;
  try {
    const content = policy.transform(transform, bytes);
    recycle(bytes);
    return { content, isOriginal: false };
  } catch (error) {
    const name = prepared.description.transforms[transform]?.name ?? "";
    const fault = transformFault(error, name);
    if (fault === undefined) throw error;
    if (rule.onInvalidBody === "pass") return { content: bytes, isOriginal: true };
    throw new Refusal(kindOf(fault), { detail: fault.why, members: fault.members });
  }
}

function kindOf({ error: { code, budget } }: TransformFault): ProblemKind {
  if (code === "invalid_json") return "invalid-body";
  return budget === "input_bytes" ? "content-too-large" : "unprocessable-body";
}

function tooLarge({ maxBodyBytes }: BodyRule): string {
  return `the body is over ${String(maxBodyBytes)} bytes`;
}

function unsupported(exchange: Exchange, { reason }: UnreadableJson): Refusal {
  return refuse(exchange, "unsupported-media-type", `the body can't be read: ${reason}`, {
    headers: { "accept-encoding": ACCEPTED },
  });
}

/** A refusal of a body that nobody reads any further. */
function refuse(
  { request }: Exchange,
  kind: ProblemKind,
  detail: string,
  options: { readonly headers?: Readonly<Record<string, string>> } = {},
): Refusal {
  if (request.body?.locked === false) request.body.cancel().catch(() => undefined);
  return new Refusal(kind, { detail, ...options });
}
