import { ChargeMode } from "../core/abi.generated.ts";
import { decodeReply, type Reply } from "../core/charge-frames-v1.ts";
import { isSluiceError } from "../core/errors.ts";
import type { Charge } from "../core/plan.ts";
import { TIMED_OUT } from "../deadline.ts";
import { localCounters, stats } from "../isolate.ts";
import type { Exchange } from "./exchange.ts";
import type { PreparedLimit } from "./prepared.ts";

export interface LimitVerdict {
  readonly limit: PreparedLimit;
  /** Number of the limit's rule in force for the subject. */
  readonly rule: number;
  /** Counted, and never a reason to deny. */
  readonly shadow: boolean;
  readonly allowed: boolean;
  readonly remaining: number;
  readonly resetMs: number;
  readonly retryAfterMs: number | null;
}

export interface ChargeOutcome {
  readonly allowed: boolean;
  /** Of the charges that were answered, by an object or locally. */
  readonly verdicts: readonly LimitVerdict[];
  /** Limits that nobody answered for and whose `onOutage` is "closed". */
  readonly unavailable: readonly PreparedLimit[];
}

/** Charges of one limit and subject: what one object answers for, all or nothing. */
interface Group {
  readonly limit: PreparedLimit;
  readonly subject: string;
  readonly costs: number[];
}

/**
 * Makes the charges: one RPC an object, all at once, each with its own deadline. Objects know
 * nothing of each other: where one denies, what another granted stays charged.
 */
export function charge(exchange: Exchange, charges: readonly Charge[]): Promise<ChargeOutcome> {
  const groups = groupByObject(exchange.live.prepared.limits, charges);
  const [first] = groups;
  return groups.length === 1 && first !== undefined
    ? chargeGroup(exchange, first)
    : Promise.all(groups.map((group) => chargeGroup(exchange, group))).then((outcomes) =>
        outcomes.reduce(join),
      );
}

function join(left: ChargeOutcome, right: ChargeOutcome): ChargeOutcome {
  return {
    allowed: left.allowed && right.allowed,
    verdicts: [...left.verdicts, ...right.verdicts],
    unavailable: [...left.unavailable, ...right.unavailable],
  };
}

function groupByObject(limits: readonly PreparedLimit[], charges: readonly Charge[]): Group[] {
  const groups: Group[] = [];
  for (const { limit: number, subject, cost } of charges) {
    const limit = limits[number];
    if (limit === undefined) throw new RangeError(`a plan charges limit number ${String(number)}`);
    const group = groups.find((other) => other.limit === limit && other.subject === subject);
    if (group === undefined) groups.push({ limit, subject, costs: [cost] });
    else group.costs.push(cost);
  }
  return groups;
}

async function chargeGroup(exchange: Exchange, group: Group): Promise<ChargeOutcome> {
  const { limit, subject, costs } = group;
  const namespace = exchange.env.SLUICE_LIMITER;
  let reply: Reply | undefined;
  if (namespace !== undefined) {
    exchange.committed = true;
    try {
      const frame = await exchange.timer.race(
        limit.client.charge(namespace, subject, costs),
        limit.limit.timeoutMs,
      );
      if (frame !== TIMED_OUT) reply = decodeReply(frame, costs.length);
    } catch {
      // An object that fails, is overloaded or restarts is as good as one that is silent: onOutage
      // decides.
    }
  }
  if (reply === undefined) {
    stats.limiterOutages += 1;
    switch (limit.limit.onOutage) {
      case "open":
        return { allowed: true, verdicts: [], unavailable: [] };
      case "closed":
        return { allowed: false, verdicts: [], unavailable: [limit] };
      case "local":
        reply = chargeLocally(exchange, group);
        if (reply === undefined) return { allowed: false, verdicts: [], unavailable: [limit] };
    }
  }
  const shadow = limit.limit.mode === "shadow";
  const verdicts = reply.verdicts.map((verdict) => ({ limit, rule: 0, shadow, ...verdict }));
  return { allowed: reply.allowed, verdicts, unavailable: [] };
}

/**
 * Undefined if the isolate's table is full of counters in use: then there is nobody left to ask.
 */
function chargeLocally(exchange: Exchange, { limit, subject, costs }: Group): Reply | undefined {
  const { rule } = limit.client;
  // Limits by subject share the table with all others of the isolate; the rule's id keeps them
  // apart.
  const charges = costs.map((cost) => ({ rule, cost, subject }));
  exchange.committed = true;
  try {
    return localCounters().charge(ChargeMode.charge, charges, Date.now());
  } catch (error) {
    if (isSluiceError(error, "budget_exceeded")) return undefined;
    throw error;
  }
}
