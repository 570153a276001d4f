import {
  ChargeSource,
  ChargeVerdict,
  type AnsweredCharge,
  type Charge,
  type ChargeAnswer,
} from "../core/plan.ts";
import type { Exchange } from "./exchange.ts";
import type { DecisionReason, DecisionSource } from "./limit-records.ts";
import type { PreparedLimit } from "./prepared.ts";

/** What a counter says to a charge. */
export type CounterAnswer = Pick<
  ChargeAnswer,
  "allowed" | "blocked" | "remaining" | "resetMs" | "retryAfterMs"
>;

export interface LimitVerdict extends CounterAnswer {
  readonly limit: PreparedLimit;
  /** Number of the limit's rule in force for the subject. */
  readonly rule: number;
  /** Counted, and never a reason to deny. */
  readonly shadow: boolean;
}

/** The limit that a charge of the policy at hand is made against. */
export function limitOf({ live }: Exchange, charge: Charge): PreparedLimit {
  const limit = live.prepared.limits[charge.limit];
  if (limit === undefined) {
    throw new RangeError(`a plan charges limit number ${String(charge.limit)}`);
  }
  return limit;
}

/** Notes what a counter said to a charge. */
export function answered(
  exchange: Exchange,
  limit: PreparedLimit,
  charge: Charge,
  { allowed, blocked, remaining, resetMs, retryAfterMs }: CounterAnswer,
  source: DecisionSource,
): void {
  const { rule, shadow } = charge;
  exchange.verdicts.push({
    limit,
    rule,
    shadow,
    allowed,
    blocked,
    remaining,
    resetMs,
    retryAfterMs,
  });
  const reason = allowed ? null : blocked ? "blocked" : "quota";
  exchange.decisions.push({ limit, charge, allowed, reason, source, remaining });
}

/** Notes what was decided about a charge that no counter has answered. */
export function unanswered(
  exchange: Exchange,
  limit: PreparedLimit,
  charge: Charge,
  allowed: boolean,
  reason: DecisionReason,
  source: DecisionSource,
): void {
  exchange.decisions.push({ limit, charge, allowed, reason, source, remaining: null });
}

/** Notes what the core knew about a charge by itself; nothing if it is to be asked for. */
export function noteKnown(exchange: Exchange, charge: Charge): PreparedLimit {
  const limit = limitOf(exchange, charge);
  switch (charge.verdict) {
    case ChargeVerdict.admitted:
      answered(exchange, limit, charge, answerOf(charge, true), "lease");
      break;
    case ChargeVerdict.denied:
      answered(exchange, limit, charge, answerOf(charge, false), sourceOf(charge));
      break;
    case ChargeVerdict.exempt:
      unanswered(exchange, limit, charge, true, "allowList", "list");
      break;
    case ChargeVerdict.refused:
      unanswered(exchange, limit, charge, false, "denyList", "list");
      break;
    case ChargeVerdict.ask:
  }
  return limit;
}

function answerOf(charge: AnsweredCharge, allowed: boolean): CounterAnswer {
  const { blocked, remaining, resetMs, retryAfterMs } = charge;
  return { allowed, blocked, remaining, resetMs, retryAfterMs };
}

function sourceOf({ source }: AnsweredCharge): DecisionSource {
  return source === ChargeSource.denyCache ? "denyCache" : "lease";
}
