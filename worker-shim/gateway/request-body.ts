import { Check } from "../core/abi.generated.ts";
import type { BodyRule, RequestSchemaDescription, RouteDescription } from "../core/description.ts";
import type { CheckedBytes } from "../core/instance.ts";
import { TIMED_OUT } from "../deadline.ts";
import type { Exchange } from "./exchange.ts";
import type { Lease } from "./held-bodies.ts";
import {
  bodyKind,
  declaredLength,
  mediaType,
  type BodyKind,
  type UnreadableJson,
} from "./media.ts";
import type { PreparedRoute } from "./prepared.ts";
import { Refusal, type ProblemKind } from "./problem.ts";
import { BodyReader, recycle, resume, type BodyRead } from "./read-body.ts";
import { invalidBody, report } from "./schema-faults.ts";
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

/** Methods that are about their body: without one they have nothing to say. */
const BODILY: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH"]);

/** What a route does with a client's body. */
interface Handling {
  readonly exchange: Exchange;
  readonly rule: RouteDescription["request"];
  /** A schema that refuses. */
  readonly refuses: RequestSchemaDescription | undefined;
  /** One that only tells. */
  readonly reports: RequestSchemaDescription | undefined;
  /** A body that can't be read is refused. */
  readonly isStrict: boolean;
}

/**
 * Checks a body that the client sent by the route's schema, and runs the route's transform over it
 * where it is JSON. Undefined where the request goes on as it came: its method gives a body no
 * meaning, it has none, or one that nobody looks at. Throws Refusal.
 */
export async function takeRequestBody(
  exchange: Exchange,
  { route }: PreparedRoute,
  waitMs: number,
): Promise<OutgoingBody | undefined> {
  const { request } = exchange;
  const { method, headers, body } = request;
  if (BODILESS.has(method)) return undefined;
  const handling = handlingOf(exchange, route.request);
  const declared = declaredLength(headers);
  if (body === null) {
    checkMissing(handling);
    return undefined;
  }
  const kind = kindOfBody(handling, headers);
  if (kind === "other") {
    if (handling.refuses === undefined) return undefined;
    if (declared !== 0) throw wrongType(exchange, handling.refuses);
  } else if (kind !== "json") {
    if (!handling.isStrict) {
      tellUnchecked(handling, kind.reason);
      return undefined;
    }
    if (declared !== 0) throw unsupported(exchange, kind);
  }
  const { rule } = handling;
  if (declared !== undefined && declared > rule.maxBodyBytes) {
    if (!handling.isStrict) {
      tellUnchecked(handling, tooLarge(rule));
      return undefined;
    }
    throw refuse(exchange, "content-too-large", tooLarge(rule));
  }

  // The body is used up from here on.
  exchange.committed = true;
  const lease = exchange.held.open(waitMs);
  try {
    const read = await readWithin(exchange, body, declared, rule, waitMs, lease);
    if (read.whole && read.bytes.length === 0) {
      checkMissing(handling);
      return { content: read.bytes, isOriginal: true };
    }
    // What is said to be empty passes whatever else is said of it, if it is.
    if (kind === "other") throw wrongType(exchange, handling.refuses);
    if (kind !== "json") throw unsupported(exchange, kind);
    if (!read.whole) return overBudget(handling, read, body);
    return processed(handling, read.bytes);
  } finally {
    lease.release();
  }
}

function handlingOf(exchange: Exchange, rule: RouteDescription["request"]): Handling {
  const { schema, transform, onInvalidBody } = rule;
  const refuses = schema?.onInvalid === "refuse" ? schema : undefined;
  const reports = schema?.onInvalid === "report" ? schema : undefined;
  const isStrict = refuses !== undefined || (transform !== null && onInvalidBody === "fail");
  return { exchange, rule, refuses, reports, isStrict };
}

/**
 * A type that the schema doesn't take is another to it. Where it only reports, a transform still is
 * for it.
 */
function kindOfBody(handling: Handling, headers: Headers): BodyKind {
  const { rule, refuses } = handling;
  const kind = bodyKind(headers, DECODABLE);
  const types = rule.schema?.contentTypes ?? [];
  const isTaken = types.length === 0 || types.includes(mediaType(headers));
  if (kind !== "other" && isTaken) return kind;
  if (refuses !== undefined) return "other";
  tellUnchecked(handling, `its type is ${mediaType(headers) || "not said"}`);
  return kind;
}

function checkMissing({ exchange, refuses, reports }: Handling): void {
  const schema = refuses ?? reports;
  if (schema?.required !== true || !BODILY.has(exchange.request.method)) return;
  const why = "the body is missing: this route takes JSON";
  if (refuses !== undefined) throw new Refusal("invalid-body", { detail: why });
  report(exchange, "body", schema.schema, { why });
}

/** Where a schema reports: that the body passes without having been looked at. */
function tellUnchecked({ exchange, reports }: Handling, why: string): void {
  if (reports !== undefined) report(exchange, "body", reports.schema, { why });
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
  handling: Handling,
  { head, why }: BodyRead & { readonly whole: false },
  body: ReadableStream,
): OutgoingBody {
  const { exchange, rule, isStrict } = handling;
  if (!isStrict) {
    tellUnchecked(handling, why === "too-large" ? tooLarge(rule) : noRoom(exchange));
    return { content: resume(head, body), isOriginal: true };
  }
  body.cancel().catch(() => undefined);
  if (why === "too-large") throw refuse(exchange, "content-too-large", tooLarge(rule));
  throw new Refusal("temporary-overload", {
    detail: `${noRoom(exchange)}; try again`,
    headers: { "retry-after": "1" },
    members: { budget: "held_bytes" },
  });
}

/** The body that goes upstream: checked, then transformed, in one call into the core. */
function processed(handling: Handling, bytes: Uint8Array): OutgoingBody {
  const { exchange, rule, refuses } = handling;
  const { transform, schema, onInvalidBody } = rule;
  const { prepared } = exchange.live;
  let outcome: CheckedBytes;
  try {
    outcome = checkedAndTransformed(handling, bytes);
  } catch (error) {
    const name = transform === null ? "" : (prepared.description.transforms[transform]?.name ?? "");
    const fault = transformFault(error, name);
    if (fault === undefined) throw error;
    // A transform's faults have a place in its steps, or else the text's grammar is at fault.
    const isSchemas = schema !== null && (transform === null || fault.error.location === undefined);
    if (isSchemas && refuses === undefined) tellUnchecked(handling, fault.why);
    const passes = isSchemas ? refuses === undefined : onInvalidBody === "pass";
    const mustTransform = transform !== null && onInvalidBody === "fail";
    if (passes && !(isSchemas && mustTransform)) return { content: bytes, isOriginal: true };
    throw new Refusal(kindOf(fault), { detail: fault.why, members: fault.members });
  }
  const { faults } = outcome;
  if (faults !== undefined && refuses !== undefined) throw invalidBody(faults);
  if (faults !== undefined && schema !== null) {
    report(exchange, "body", schema.schema, { faults });
  }
  if (transform === null) return { content: bytes, isOriginal: true };
  recycle(bytes);
  return { content: outcome.bytes, isOriginal: false };
}

function checkedAndTransformed(
  { exchange, rule, refuses }: Handling,
  bytes: Uint8Array,
): CheckedBytes {
  const { policy } = exchange.live;
  const { transform, schema } = rule;
  if (transform === null) {
    return { bytes, faults: schema === null ? undefined : policy.validate(schema.schema, bytes) };
  }
  if (schema === null) return { bytes: policy.transform(transform, bytes), faults: undefined };
  const check = refuses === undefined ? Check.report : 0;
  return policy.checkedTransform(transform, schema.schema, check, bytes);
}

function kindOf({ error: { code, budget } }: TransformFault): ProblemKind {
  if (code === "invalid_json") return "invalid-body";
  return budget === "input_bytes" ? "content-too-large" : "unprocessable-body";
}

function noRoom({ held }: Exchange): string {
  return `more than ${String(held.most)} bytes of bodies would be held at the same time`;
}

function tooLarge({ maxBodyBytes }: BodyRule): string {
  return `the body is over ${String(maxBodyBytes)} bytes`;
}

function wrongType(exchange: Exchange, schema: RequestSchemaDescription | undefined): Refusal {
  const types = schema?.contentTypes ?? [];
  const taken = types.length === 0 ? "application/json" : types.join(", ");
  const given = exchange.request.headers.get("content-type");
  const detail = `this route takes ${taken}, and the body is ${given ?? "of no type"}`;
  return refuse(exchange, "unsupported-media-type", detail, { headers: { accept: taken } });
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
