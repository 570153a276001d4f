import {
  blockOperation,
  decodeReply,
  encodeRequest,
  peekOperation,
  refundOperation,
  resetOperation,
} from "../core/charge-frames.ts";
import type { GatewayEnv } from "../env.ts";
import type { PreparedLimit } from "../gateway/prepared.ts";
import { problem, type ProblemSubject } from "../gateway/problem.ts";
import { limiterObjects } from "../isolate.ts";
import { countedAddress } from "./client-address.ts";
import { objectName } from "../limiter/object-name.ts";

/** What an operator asks of the object that counts one subject of a limit. */
interface LimitOperation {
  readonly limit: PreparedLimit;
  readonly subject: string;
  /** Undefined where nothing is to be changed. */
  readonly operation: Uint8Array | undefined;
}

const TIMEOUT_MS = 5_000;
const DURATION = /^(\d{1,9})(ms|s|m|h|d)$/;
const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const FORM =
  'the body must be {"limit": name, "subject": [parts], "do": "peek" | "reset" | "unblock"}, or with "do": "refund", "units": N, or with "do": "block", "for": "10m"';

/** Does what the body says, and answers with how the subject stands then. */
export async function operateLimit(
  env: GatewayEnv,
  limits: readonly PreparedLimit[],
  subject: ProblemSubject,
  body: Uint8Array,
): Promise<Response> {
  const asked = readOperation(body, limits);
  if (typeof asked === "string") return problem(subject, "bad-request", { detail: asked });
  const { limit, operation } = asked;
  const rule = limit.rules[0]?.bytes;
  if (rule === undefined) throw new RangeError(`the limit "${limit.limit.name}" has no rule`);
  const operations = [...(operation === undefined ? [] : [operation]), ...peeks(rule)];
  // Amounts of revision 0 replace none that the object knows: the subject may have others.
  const { object, durability } = limit.limit;
  const request = encodeRequest({ revision: 0, durability }, operations);
  const name = objectName(object, asked.subject);
  const reply = await limiterObjects.call(env.SLUICE_LIMITER, name, request, TIMEOUT_MS);
  if (reply === "unbound") {
    return problem(subject, "missing-binding", {
      detail: "limits need the binding SLUICE_LIMITER",
    });
  }
  if (typeof reply === "string") {
    return problem(subject, "temporary-reduced-capacity", {
      detail: `the limit's object gave no answer: ${reply}; what was asked may have been done`,
      headers: { "retry-after": "1" },
    });
  }
  const [left, next] = decodeReply(reply, operations.length).verdicts.slice(-2);
  return Response.json(
    {
      limit: limit.limit.name,
      subject: asked.subject,
      remaining: left?.remaining ?? 0,
      resetMs: left?.resetMs ?? 0,
      blocked: next?.blocked ?? false,
      retryAfterMs: next?.retryAfterMs ?? null,
    },
    { headers: { "cache-control": "no-store", "x-request-id": subject.id } },
  );
}

/** What is left, and what a request would be told. */
function peeks(rule: Uint8Array): readonly Uint8Array[] {
  return [peekOperation(rule, 0), peekOperation(rule, 1)];
}

/** The operation, or what is wrong with the body. */
function readOperation(
  body: Uint8Array,
  limits: readonly PreparedLimit[],
): LimitOperation | string {
  const asked = parseObject(body);
  if (asked === undefined) return FORM;
  const { limit: name, subject, do: what, units, for: duration } = asked;
  const limit = limits.find((one) => one.limit.name === name);
  if (limit === undefined) {
    return `there is no limit ${JSON.stringify(name)} in the policy; known: ${limits.map((one) => one.limit.name).join(", ")}`;
  }
  if (!Array.isArray(subject) || !subject.every((part) => typeof part === "string")) return FORM;
  const parts = countedParts(subject, limit);
  if (typeof parts === "string") return parts;
  const found = { limit, subject: parts.map(escaped).join("/") };
  const rule = limit.rules[0]?.bytes ?? new Uint8Array(0);
  switch (what) {
    case "peek":
      return { ...found, operation: undefined };
    case "reset":
      return { ...found, operation: resetOperation(rule) };
    case "unblock":
      return { ...found, operation: blockOperation(rule, 0) };
    case "refund":
      if (typeof units !== "number" || !Number.isInteger(units) || units < 1 || units > 1e9) {
        return '"units" must be a whole number from 1 to 1000000000';
      }
      return { ...found, operation: refundOperation(rule, units) };
    case "block": {
      const ms = durationMs(duration);
      if (ms === undefined) return '"for" must be a duration like "10m", at most "366d"';
      return { ...found, operation: blockOperation(rule, ms) };
    }
    default:
      return FORM;
  }
}

/** The parts as they are counted, or what is wrong with them. */
function countedParts(
  subject: readonly string[],
  { limit }: PreparedLimit,
): readonly string[] | string {
  const bits = limit.subjectAddressBits;
  if (subject.length !== bits.length) {
    return `the subjects of "${limit.name}" have ${String(bits.length)} parts, not ${String(subject.length)}`;
  }
  const parts: string[] = [];
  for (const [index, part] of subject.entries()) {
    const prefix = bits[index] ?? null;
    const counted = prefix === null ? part : countedAddress(part, prefix);
    if (counted === undefined) {
      return `part ${String(index)} of the subject must be an IP address, not ${JSON.stringify(part)}`;
    }
    parts.push(counted);
  }
  return parts;
}

function parseObject(body: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body));
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** As the core joins a subject's parts (wasm/policy/charges.h). */
function escaped(part: string): string {
  return part.replaceAll("%", "%25").replaceAll("/", "%2F");
}

function durationMs(text: unknown): number | undefined {
  const [, digits = "", unit = ""] = (typeof text === "string" && DURATION.exec(text)) || [];
  const ms = Number(digits) * (UNIT_MS[unit] ?? NaN);
  return ms > 0 && ms <= 366 * 86_400_000 ? ms : undefined;
}
