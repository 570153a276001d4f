import { ChargeMode } from "../core/abi.generated.ts";
import type { FrameVerdict } from "../core/counter-frames.ts";
import { isSluiceError } from "../core/errors.ts";
import type { OpenCharge } from "../core/plan.ts";
import { localCounters } from "../isolate.ts";
import { ruleOf, type PreparedLimit } from "./prepared.ts";

export interface LocalCharge {
  readonly limit: PreparedLimit;
  readonly charge: OpenCharge;
}

/**
 * Charges limits whose objects are out to this isolate's own counters, each under its share of the
 * limit: all or nothing. Undefined if nobody can say: the table is full of counters in use, or a
 * charge is more than a share ever has, which the whole limit may well have.
 */
export function chargeLocally(list: readonly LocalCharge[]): readonly FrameVerdict[] | undefined {
  if (list.length === 0) return [];
  const charges: { rule: Uint8Array; cost: number; subject: string }[] = [];
  for (const { limit, charge } of list) {
    const rule = ruleOf(limit, charge.rule).localBytes;
    if (rule === undefined) return undefined;
    // The rule's id keeps a limit's subjects apart from those of others.
    charges.push({ rule, cost: charge.cost, subject: charge.subject });
  }
  try {
    const { verdicts } = localCounters().charge(ChargeMode.charge, charges, Date.now());
    const isNever = verdicts.some((one) => !one.allowed && one.retryAfterMs === null);
    return isNever ? undefined : verdicts;
  } catch (error) {
    if (isSluiceError(error, "budget_exceeded")) return undefined;
    throw error;
  }
}
