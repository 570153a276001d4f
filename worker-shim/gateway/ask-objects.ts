import { blockOperation } from "../core/charge-frames.ts";
import { ChargeVerdict, type Charge, type OpenCharge } from "../core/plan.ts";
import { objectName } from "../limiter/object-name.ts";
import type { Exchange } from "./exchange.ts";
import { quotaExceeded, unchecked } from "./limit-refusal.ts";
import { chargeLocally } from "./local-charges.ts";
import { ObjectCall, type AskedCharge } from "./object-call.ts";
import { ruleOf, type PreparedLimit } from "./prepared.ts";
import type { Refusal } from "./problem.ts";
import { sendLater } from "./send-later.ts";
import { answered, limitOf, noteKnown, unanswered, type CounterAnswer } from "./verdicts.ts";

/**
 * Asks the objects about those of `charges` that the ledger couldn't answer: one RPC an object, all
 * at once, each within its limits' time. What an object grants is charged there; if another one
 * denies, it is taken back by its id, behind the response. There is no second round: a message that
 * gets lost leaves units charged that weren't used, never the reverse.
 *
 * Yields the calls when the request is admitted, else throws Refusal.
 */
export async function askObjects(
  exchange: Exchange,
  charges: readonly Charge[],
): Promise<readonly ObjectCall[]> {
  exchange.committed = true;
  const calls = groupByObject(exchange, charges);
  let refusal: Refusal | undefined;
  try {
    await runAll(exchange, calls);
    refusal = conclude(exchange, charges, calls);
    if (refusal === undefined) {
      for (const call of calls) call.keep(exchange);
    } else {
      for (const call of calls) call.undo(exchange);
      exchange.live.policy.giveBack(charges, Date.now());
    }
  } catch (error) {
    for (const call of calls) call.withdraw(exchange);
    throw error;
  }
  if (refusal !== undefined) throw refusal;
  return calls;
}

/** Rejects if one of them does, when all have ended: what is still to come can't be taken back. */
async function runAll(exchange: Exchange, calls: readonly ObjectCall[]): Promise<void> {
  const [only] = calls;
  if (calls.length === 1 && only !== undefined) return only.run(exchange);
  const runs = calls.map((call) => call.run(exchange));
  await Promise.allSettled(runs);
  await Promise.all(runs);
}

function groupByObject(exchange: Exchange, charges: readonly Charge[]): ObjectCall[] {
  const calls: ObjectCall[] = [];
  for (const charge of charges) {
    if (charge.verdict !== ChargeVerdict.ask) continue;
    const limit = limitOf(exchange, charge);
    const name = objectOf(limit, charge);
    let call = calls.find((other) => other.name === name);
    if (call === undefined) calls.push((call = new ObjectCall(name)));
    call.add(limit, charge);
  }
  return calls;
}

let isolateNumber: number | undefined;

/** An isolate asks the same shard of a limit always: its leases are from there. */
function objectOf({ limit }: PreparedLimit, { subject }: OpenCharge): string {
  if (limit.shards === 1) return objectName(limit.object, subject);
  isolateNumber ??= Math.floor(Math.random() * 2 ** 32);
  return objectName(limit.object, subject, 1 + (isolateNumber % limit.shards));
}

/** Notes what the charges came to, and says whether the request is to be refused. */
function conclude(
  exchange: Exchange,
  charges: readonly Charge[],
  calls: readonly ObjectCall[],
): Refusal | undefined {
  const silent: AskedCharge[] = [];
  for (const charge of charges) {
    const limit = noteKnown(exchange, charge);
    const call = calls.find((one) => one.find(charge) !== undefined);
    const asked = call?.find(charge);
    if (call === undefined || asked === undefined) continue;
    const { answer } = asked;
    if (answer === undefined) silent.push(asked);
    else {
      const source = answer.spent === 0n ? "rpc" : "lease";
      answered(exchange, limit, charge, penalized(exchange, call, asked, answer), source);
    }
  }
  const unavailable = silent.length === 0 ? [] : standIn(exchange, silent);
  if (isDenied(exchange)) return quotaExceeded(exchange.verdicts);
  return unavailable.length > 0 ? unchecked(unavailable) : undefined;
}

function isDenied({ verdicts }: Exchange): boolean {
  return verdicts.some(({ allowed, shadow }) => !allowed && !shadow);
}

/** A denial is the offence that a limit's penalty is for; what follows it is the penalty's. */
function penalized(
  exchange: Exchange,
  { name }: ObjectCall,
  { limit, charge, isOffence }: AskedCharge,
  answer: CounterAnswer,
): CounterAnswer {
  const { penaltyMs } = limit.limit;
  if (!isOffence || penaltyMs === null || charge.shadow) return answer;
  const { bytes } = ruleOf(limit, charge.rule);
  sendLater(exchange, limit, name, [blockOperation(bytes, penaltyMs)]);
  if (answer.retryAfterMs === null) return answer;
  return { ...answer, retryAfterMs: Math.max(answer.retryAfterMs, penaltyMs) };
}

/**
 * Decides about charges whose objects didn't answer as their limits' `onOutage` says; yields the
 * limits that the request mustn't pass without. A limit in shadow stops nobody.
 */
function standIn(exchange: Exchange, silent: readonly AskedCharge[]): readonly PreparedLimit[] {
  const closed: AskedCharge[] = [];
  const local: AskedCharge[] = [];
  for (const one of silent) {
    const onOutage = one.charge.shadow ? "open" : one.limit.limit.onOutage;
    if (onOutage === "open") {
      unanswered(exchange, one.limit, one.charge, true, "outage", "open");
    } else {
      (onOutage === "local" ? local : closed).push(one);
    }
  }
  // What is refused anyway needn't be counted.
  if (local.length > 0 && closed.length === 0 && !isDenied(exchange)) {
    const verdicts = chargeLocally(local);
    if (verdicts === undefined) closed.push(...local);
    else {
      local.forEach(({ limit, charge }, index) => {
        const verdict = verdicts[index];
        if (verdict === undefined) return;
        answered(exchange, limit, charge, { ...verdict, blocked: false }, "local");
      });
    }
  }
  for (const { limit, charge } of closed) {
    unanswered(exchange, limit, charge, false, "outage", "closed");
  }
  return closed.map(({ limit }) => limit);
}
