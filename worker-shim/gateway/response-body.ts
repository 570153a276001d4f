import { Check } from "../core/abi.generated.ts";
import type { ResponseSchemaDescription, RouteDescription } from "../core/description.ts";
import type { CheckedBytes } from "../core/instance.ts";
import { NONE, type Plan } from "../core/plan.ts";
import { forbidsTransform, limitToShortest } from "./cache-control.ts";
import { etagMark, markEtag } from "./etag.ts";
import type { Exchange } from "./exchange.ts";
import type { InputCalls } from "./inputs.ts";
import { bodyKind, declaredLength, DECODED, OF_THE_OLD_BYTES } from "./media.ts";
import type { PreparedRoute } from "./prepared.ts";
import { Refusal } from "./problem.ts";
import { recycle, resume } from "./read-body.ts";
import { addVary, ownResponse } from "./response.ts";
import { invalidResponse, report } from "./schema-faults.ts";
import { transformFault } from "./transform-fault.ts";
import { lastsMs, type UpstreamCall } from "./upstream-call.ts";

/** A response on its way through its transform and its schema. */
interface Reshaping {
  readonly exchange: Exchange;
  readonly route: RouteDescription;
  /** Or NONE. */
  readonly transform: number;
  /** What the client is to get. */
  readonly schema: ResponseSchemaDescription | undefined;
  /** Whether the transform makes one document of several. */
  readonly composes: boolean;
  readonly call: UpstreamCall;
  readonly inputs: InputCalls | undefined;
  readonly upstream: Response;
}

/**
 * Runs the plan's transform over a response that it applies to, and checks what came of it by the
 * route's schema; any other passes, and its inputs are cancelled. The headers of what is returned
 * can be changed.
 */
export async function shapeResponse(
  exchange: Exchange,
  { route }: PreparedRoute,
  plan: Plan,
  call: UpstreamCall,
  inputs: InputCalls | undefined,
  upstream: Response,
): Promise<Response> {
  const { status, headers, body } = upstream;
  const isWhole = hasWholeBody(status);
  const transforms = plan.transform !== NONE && (isWhole || status === 304);
  const transform = transforms && !forbidsTransform(headers) ? plan.transform : NONE;
  const schema = isWhole ? schemaFor(route, status) : undefined;
  if (transform === NONE && schema === undefined) return ownResponse(upstream);
  const composes = transform !== NONE && exchange.live.prepared.composes(transform);
  const reshaping = { exchange, route, transform, schema, composes, call, inputs, upstream };
  if (status === 304) return withoutBody(reshaping);
  const kind = bodyKind(headers, DECODED);
  if (kind === "other") return ownResponse(upstream);
  if (exchange.request.method === "HEAD") {
    return transform === NONE ? ownResponse(upstream) : withoutBody(reshaping);
  }
  if (body === null) return ownResponse(upstream);
  const declared = declaredLength(headers);
  const unreadable = kind === "json" ? undefined : kind.reason;
  if (unreadable !== undefined && declared !== 0) return failed(reshaping, body, unreadable);

  // What is said to be empty passes whatever else is said of it, if it is.
  const maxBodyBytes = unreadable === undefined ? route.response.maxBodyBytes : 0;
  if (declared !== undefined && declared > maxBodyBytes) {
    return failed(reshaping, body, tooLarge(maxBodyBytes));
  }
  const lease = inputs?.lease ?? exchange.held.open(lastsMs(call.upstream.timeoutMs));
  try {
    const read = await call.read(body, maxBodyBytes, declared, lease);
    if (!read.whole) {
      const tooMuch = unreadable ?? tooLarge(maxBodyBytes);
      const why = read.why === "too-large" ? tooMuch : noRoom(exchange);
      return failed(reshaping, resume(read.head, body), why, NO_ROOM_MEMBERS[read.why]);
    }
    if (read.bytes.length === 0) return passed(upstream, read.bytes);
    return await reshaped(reshaping, read.bytes);
  } finally {
    lease.release();
  }
}

const NO_ROOM_MEMBERS = {
  "too-large": undefined,
  "no-room": { budget: "held_bytes" },
} as const;

function tooLarge(maxBodyBytes: number): string {
  return `the body is over ${String(maxBodyBytes)} bytes`;
}

function noRoom({ held }: Exchange): string {
  return `more than ${String(held.most)} bytes of bodies would be held at the same time`;
}

/** RFC 9110, section 15: not what has no body of its own, or only a part of one. */
function hasWholeBody(status: number): boolean {
  const isPartial = status === 206;
  const isBodiless = status === 101 || status === 204 || status === 205 || status === 304;
  return !isPartial && !isBodiless;
}

function schemaFor(
  { response: { schema } }: RouteDescription,
  status: number,
): ResponseSchemaDescription | undefined {
  if (schema === null) return undefined;
  const isMeant =
    schema.status.length === 0 ? status >= 200 && status <= 299 : schema.status.includes(status);
  return isMeant ? schema : undefined;
}

async function reshaped(reshaping: Reshaping, body: Uint8Array): Promise<Response> {
  const { exchange, transform, schema, composes, inputs, upstream } = reshaping;
  const { prepared } = exchange.live;
  exchange.holds?.read(upstream, body);
  let outcome: CheckedBytes;
  try {
    outcome =
      inputs === undefined || transform === NONE
        ? checkedAndTransformed(reshaping, body)
        : await inputs.compose((texts) => checkedAndTransformed(reshaping, body, texts));
  } catch (error) {
    const name = transform === NONE ? "" : (prepared.description.transforms[transform]?.name ?? "");
    const fault = transformFault(error, name);
    if (fault === undefined) throw error;
    return failed(reshaping, body, fault.why, fault.members);
  }
  const { bytes, faults } = outcome;
  if (schema !== undefined && faults !== undefined) {
    if (schema.onInvalid === "enforce") {
      throw invalidResponse(faults, upstream.status, schema.detail);
    }
    report(exchange, "response", schema.schema, { faults });
  }
  if (transform === NONE) return passed(upstream, body);
  recycle(body);
  if (exchange.keeping !== undefined) {
    exchange.keeping.bytes = bytes;
    exchange.keeping.parts.push(...(composes ? (inputs?.headers() ?? [undefined]) : []));
  }
  const response = new Response(bytes, upstream);
  describeNewBytes(response.headers, reshaping);
  return response;
}

function checkedAndTransformed(
  { exchange, transform, schema }: Reshaping,
  body: Uint8Array,
  inputs?: readonly (Uint8Array | undefined)[],
): CheckedBytes {
  const { policy } = exchange.live;
  if (transform === NONE) {
    const faults = schema === undefined ? undefined : policy.validate(schema.schema, body);
    return { bytes: body, faults };
  }
  if (schema === undefined) {
    return { bytes: policy.transform(transform, body, inputs), faults: undefined };
  }
  const check = Check.result | (schema.onInvalid === "report" ? Check.report : 0);
  return policy.checkedTransform(transform, schema.schema, check, body, inputs);
}

function withoutBody(reshaping: Reshaping): Response {
  const response = new Response(null, reshaping.upstream);
  describeNewBytes(response.headers, reshaping);
  return response;
}

function describeNewBytes(
  headers: Headers,
  { exchange, route, transform, composes, inputs }: Reshaping,
): void {
  for (const name of OF_THE_OLD_BYTES) headers.delete(name);
  headers.delete("accept-ranges");
  if (composes) {
    // They tell when the upstream's part changes, and nothing of the others.
    headers.delete("etag");
    headers.delete("last-modified");
    limitToShortest(headers, inputs?.headers() ?? [undefined]);
    for (const { forwardHeaders } of route.inputs) addVary(headers, forwardHeaders);
    return;
  }
  const etag = headers.get("etag");
  if (etag === null) return;
  const marked = markEtag(etag, etagMark(exchange.live, transform));
  if (marked === undefined) headers.delete("etag");
  else headers.set("etag", marked);
}

/** The body can't be reshaped or checked: refused, or passed on untouched, as the route says. */
function failed(
  { exchange, route, transform, schema, upstream }: Reshaping,
  body: ReadableStream<Uint8Array> | Uint8Array,
  why: string,
  members: Readonly<Record<string, unknown>> = {},
): Response {
  const mustTransform = transform !== NONE && route.response.onInvalidBody === "fail";
  if (!mustTransform && schema?.onInvalid !== "enforce") {
    if (schema !== undefined) report(exchange, "response", schema.schema, { why });
    if (exchange.keeping !== undefined && transform !== NONE) {
      exchange.keeping.isUntransformed = true;
    }
    return passed(upstream, body);
  }
  if (body instanceof ReadableStream) body.cancel().catch(() => undefined);
  throw new Refusal("upstream-invalid-body", {
    detail: `the upstream answered with status ${String(upstream.status)}, but its body can't be ${transform === NONE ? "checked" : "transformed"}: ${why}`,
    members,
  });
}

function passed(upstream: Response, body: ReadableStream<Uint8Array> | Uint8Array): Response {
  if (body === upstream.body) return ownResponse(upstream);
  const response = new Response(body, upstream);
  // Of the encoded bytes, if it was encoded; the runtime states the length where it knows it.
  response.headers.delete("content-length");
  return response;
}
