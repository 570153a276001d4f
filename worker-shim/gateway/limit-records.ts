import type { Charge } from "../core/plan.ts";
import type { Exchange } from "./exchange.ts";
import type { PreparedLimit } from "./prepared.ts";

/**
 * Who answered: a lease that the isolate has, the limit's object, an object's denial of a moment
 * ago, the isolate's own counters or the policy's `onOutage` while the object is out, or a list in
 * the policy.
 */
export type DecisionSource = "lease" | "rpc" | "denyCache" | "local" | "open" | "closed" | "list";

/** Why a charge was not just counted. */
export type DecisionReason = "quota" | "blocked" | "outage" | "allowList" | "denyList";

/** One decision about one charge, for logs. */
export interface LimitRecord {
  readonly requestId: string;
  /** The route's id. */
  readonly route: string;
  /** The limit's name. */
  readonly limit: string;
  /**
   * Sixteen hex digits that are the same for the same limit and subject: of HMAC-SHA-256 under the
   * Worker's secret SLUICE_LOG_KEY. Without the secret everyone can compute them, and so find out
   * who is meant by trying all addresses or names.
   */
  readonly subjectHash: string;
  readonly verdict: "admitted" | "denied";
  /** null: the quota had the units. */
  readonly reason: DecisionReason | null;
  readonly source: DecisionSource;
  readonly cost: number;
  /** null where nobody knows. */
  readonly remaining: number | null;
  /** The limit is in shadow mode: a denial was counted and not enforced. */
  readonly shadow: boolean;
}

/**
 * Called once for each charge of each request, after the response is on its way. If it returns a
 * promise, the request's context is kept for that. What fails is logged and harms nothing else.
 */
export type OnLimit = (record: LimitRecord) => unknown;

/** What was decided about a charge. */
export interface ChargeDecision {
  readonly limit: PreparedLimit;
  readonly charge: Charge;
  readonly allowed: boolean;
  readonly reason: DecisionReason | null;
  readonly source: DecisionSource;
  readonly remaining: number | null;
}

/** What an isolate's charges came to since it began. */
export interface DecisionCounts {
  /** Of charges that are enforced. */
  admitted: number;
  denied: number;
  /** Denials of limits in shadow mode, which nobody felt. */
  shadowDenied: number;
  /** All of them, by who answered. */
  readonly by: Record<DecisionSource, number>;
}

export const decisionCounts: DecisionCounts = {
  admitted: 0,
  denied: 0,
  shadowDenied: 0,
  by: { lease: 0, rpc: 0, denyCache: 0, local: 0, open: 0, closed: 0, list: 0 },
};

/** Counts what was decided about a request, of which no second attempt is made. */
export function countDecisions({ decisions }: Exchange): void {
  for (const { allowed, charge, source } of decisions) {
    decisionCounts.by[source] += 1;
    if (allowed) decisionCounts.admitted += charge.shadow ? 0 : 1;
    else if (charge.shadow) decisionCounts.shadowDenied += 1;
    else decisionCounts.denied += 1;
  }
}

/** Hands the request's records to `onLimit`, behind the response. */
export function deliverRecords(exchange: Exchange, onLimit: OnLimit | undefined): void {
  const { ctx, decisions } = exchange;
  if (onLimit === undefined || decisions.length === 0) return;
  ctx.waitUntil(
    deliver(exchange, decisions, onLimit).catch((error: unknown) => {
      console.error(`request ${exchange.id}: its limit records are lost:`, error);
    }),
  );
}

async function deliver(
  { env, id, route }: Exchange,
  decisions: readonly ChargeDecision[],
  onLimit: OnLimit,
): Promise<void> {
  const key = await hashKey(env.SLUICE_LOG_KEY ?? "");
  const handed: Promise<void>[] = [];
  for (const { limit, charge, allowed, reason, source, remaining } of decisions) {
    // Undefined only where nobody wants records.
    const { subject = "", cost, shadow } = charge;
    const record: LimitRecord = {
      requestId: id,
      route: route?.route.id ?? "",
      limit: limit.limit.name,
      subjectHash: await subjectHash(key, `${limit.limit.name}/${subject}`),
      verdict: allowed ? "admitted" : "denied",
      reason,
      source,
      cost,
      remaining,
      shadow,
    };
    handed.push(hand(record, onLimit));
  }
  await Promise.all(handed);
}

async function hand(record: LimitRecord, onLimit: OnLimit): Promise<void> {
  try {
    await onLimit(record);
  } catch (error) {
    console.error(`request ${record.requestId}: onLimit failed:`, error);
  }
}

let knownKey: { readonly secret: string; readonly key: CryptoKey } | undefined;

async function hashKey(secret: string): Promise<CryptoKey> {
  if (knownKey?.secret === secret) return knownKey.key;
  // An HMAC key must not be empty; a zero stands for no key, as its definition pads one.
  const bytes = secret === "" ? new Uint8Array(1) : new TextEncoder().encode(secret);
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", bytes, algorithm, false, ["sign"]);
  knownKey = { secret, key };
  return key;
}

async function subjectHash(key: CryptoKey, subject: string): Promise<string> {
  const digest = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(subject));
  return Array.from(new Uint8Array(digest, 0, 8), hexOfByte).join("");
}

function hexOfByte(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
