// What schemas find wrong with a request or a response, as clients, logs and operators are told it.

import type { SchemaError, SchemaResult } from "../core/schema.ts";
import { stats } from "../isolate.ts";
import type { Exchange } from "./exchange.ts";
import type { Prepared } from "./prepared.ts";
import { Refusal } from "./problem.ts";

/** The part of a message that was checked. */
export type CheckedPart = "path" | "query" | "body" | "response";

/** An error as a problem has it: schemas' own structure is nobody's business. */
interface ToldError {
  readonly in: CheckedPart;
  readonly instanceLocation: string;
  readonly keyword: string;
  readonly message: string;
  /** In a body. */
  readonly byteOffset?: number;
  readonly expected?: string;
  readonly actual?: string;
}

const MOST_TOLD = 16;
const MOST_LOGGED = 4;
/** Characters of a place in a log. */
const MOST_OF_PLACE = 256;

function errorsOf(faults: string): readonly SchemaError[] {
  return (JSON.parse(faults) as SchemaResult).errors;
}

function told(part: CheckedPart, errors: readonly SchemaError[]): ToldError[] {
  const isBody = part === "body" || part === "response";
  return errors.map(({ instanceLocation, keyword, message, byteOffset, expected, actual }) => ({
    in: part,
    instanceLocation,
    keyword,
    message,
    ...(isBody && { byteOffset }),
    ...(expected !== undefined && { expected }),
    ...(actual !== undefined && { actual }),
  }));
}

/**
 * Where it is wrong, and by which keyword: no values, which may be somebody's. Whoever sent it has
 * named the places, with any characters and at any length.
 */
function placesOf(errors: readonly SchemaError[]): string {
  const places = errors
    .slice(0, MOST_LOGGED)
    .map(({ instanceLocation, keyword }) => `${oneLine(instanceLocation) || "(all)"} (${keyword})`);
  const more = errors.length - places.length;
  return places.join(", ") + (more > 0 ? ` and ${String(more)} more` : "");
}

function oneLine(text: string): string {
  const cut = text.length > MOST_OF_PLACE ? `${text.slice(0, MOST_OF_PLACE)}…` : text;
  return cut.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, "\ufffd");
}

function invalidRequest(errors: readonly ToldError[]): Refusal {
  stats.schemas.requestsRefused += 1;
  const [first] = errors;
  const more = errors.length - 1;
  const detail =
    first === undefined
      ? undefined
      : `${first.in} ${first.instanceLocation}: ${first.message}${more > 0 ? ` (and ${String(more)} more)` : ""}`;
  return new Refusal("invalid-request", {
    ...(detail !== undefined && { detail }),
    members: { errors: errors.slice(0, MOST_TOLD) },
  });
}

/** The refusal of a request whose parameters are not what its route's schemas say. */
export function invalidParameters(faults: string): Refusal {
  const { path, query } = JSON.parse(faults) as { path?: SchemaResult; query?: SchemaResult };
  return invalidRequest([
    ...told("path", path?.errors ?? []),
    ...told("query", query?.errors ?? []),
  ]);
}

/** The same for its body. */
export function invalidBody(faults: string): Refusal {
  return invalidRequest(told("body", errorsOf(faults)));
}

/** The refusal of an upstream's answer; `detail`: the client is told what is wrong with it. */
export function invalidResponse(faults: string, status: number, detail: boolean): Refusal {
  stats.schemas.responsesRefused += 1;
  const errors = errorsOf(faults);
  return new Refusal(
    "invalid-response",
    {
      detail: `the upstream answered with status ${String(status)}, but its body is not what its schema says`,
      ...(detail && { members: { errors: told("response", errors).slice(0, MOST_TOLD) } }),
    },
    placesOf(errors),
  );
}

/** What passed although it isn't valid, since the policy in force came into this isolate. */
export interface SchemaReport {
  readonly route: string;
  readonly part: "body" | "response";
  readonly schema: string;
  count: number;
  /** Where the last one was wrong, or why it couldn't be checked. */
  last: string;
}

const reports = new WeakMap<Prepared, Map<string, SchemaReport>>();

/** At most two for each route. */
export function schemaReports(prepared: Prepared): readonly SchemaReport[] {
  return [...(reports.get(prepared)?.values() ?? [])];
}

/** Notes that a body passes that isn't valid (`faults`), or couldn't be checked (`why`). */
export function report(
  exchange: Exchange,
  part: "body" | "response",
  schema: number,
  wrong: { readonly faults: string } | { readonly why: string },
): void {
  const { live, route, id } = exchange;
  const last = "why" in wrong ? `not checked: ${wrong.why}` : placesOf(errorsOf(wrong.faults));
  const name = live.prepared.description.schemas[schema]?.name ?? "";
  const routeId = route?.route.id ?? "";
  stats.schemas[part === "body" ? "requestsReported" : "responsesReported"] += 1;
  const known = reports.get(live.prepared) ?? new Map<string, SchemaReport>();
  reports.set(live.prepared, known);
  const key = `${part} ${routeId}`;
  const entry = known.get(key) ?? { route: routeId, part, schema: name, count: 0, last };
  entry.count += 1;
  entry.last = last;
  known.set(key, entry);
  console.warn(
    `request ${id}: the ${part === "body" ? "request's body" : "response"} on the route "${routeId}" is not what the schema "${name}" says: ${last}`,
  );
}
