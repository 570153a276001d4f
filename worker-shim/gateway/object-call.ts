import {
  cancelOperation,
  decodeReply,
  encodeRequest,
  OPERATION_BYTES,
  settleOperation,
  type ObjectReply,
} from "../core/charge-frames.ts";
import { isSluiceError } from "../core/errors.ts";
import type { Charge, ChargeAnswer, OpenCharge } from "../core/plan.ts";
import { limiterObjects, stats } from "../isolate.ts";
import type { Outage } from "../limiter/object-client.ts";
import type { Exchange } from "./exchange.ts";
import { leaseReturns } from "./lease-returns.ts";
import { ruleOf, type PreparedLimit } from "./prepared.ts";
import { sendLater } from "./send-later.ts";

/** A charge that goes to an object, and what came of it. */
export interface AskedCharge {
  readonly limit: PreparedLimit;
  readonly charge: OpenCharge;
  /** Undefined as long as the object hasn't answered, and if it doesn't. */
  answer: ChargeAnswer | undefined;
  /** The object denied it for the subject's own use: what a penalty is for. */
  isOffence: boolean;
}

/** Of a charge that could pass as soon as those beside it can. */
const SOON_MS = 1;

/** One RPC: the charges of a stage that one object answers for, all or nothing. */
export class ObjectCall {
  readonly name: string;
  readonly asked: AskedCharge[] = [];
  #outage: Outage | undefined;
  #allowed = false;
  #sent = false;

  constructor(name: string) {
    this.name = name;
  }

  add(limit: PreparedLimit, charge: OpenCharge): void {
    this.asked.push({ limit, charge, answer: undefined, isOffence: false });
  }

  find(charge: Charge): AskedCharge | undefined {
    return this.asked.find((asked) => asked.charge === charge);
  }

  /** Resolves when there is an answer, or will be none. */
  async run(exchange: Exchange): Promise<void> {
    const { env, timer, live } = exchange;
    const { durability } = this.#limit.limit;
    const request = encodeRequest(
      { revision: live.source.revision, durability },
      this.asked.map(({ charge }) => charge.operations),
    );
    // Each limit promises that nobody waits for it longer than that.
    const timeoutMs = Math.min(...this.asked.map(({ limit }) => limit.limit.timeoutMs));
    const sentMs = Date.now();
    const reply = await limiterObjects.call(
      env.SLUICE_LIMITER,
      this.name,
      request,
      timeoutMs,
      timer,
    );
    this.#sent = reply !== "unbound" && reply !== "circuit_open";
    if (this.#sent) stats.limiterCalls += 1;
    this.#outage = typeof reply === "string" ? reply : this.#install(exchange, reply, sentMs);
    if (this.#outage !== undefined) stats.limiterOutages += 1;
  }

  /**
   * The request goes on. A slot that an object without an answer may have given away is nobody's;
   * units that it charged are rightly charged.
   */
  keep(exchange: Exchange): void {
    if (this.#mayHaveApplied) this.#takeBack(exchange, ({ limit }) => limit.isConcurrency);
  }

  /** The request doesn't go on: takes back what the object has charged, or may have. */
  undo(exchange: Exchange): void {
    if (this.#allowed || this.#mayHaveApplied) this.#takeBack(exchange, () => true);
  }

  /**
   * The request failed on the way: takes back at the object what it may have charged, without the
   * core, which may be what failed. What a lease has paid for stays paid.
   */
  withdraw(exchange: Exchange): void {
    if (!this.#sent) return;
    const unpaid = this.asked.filter(({ answer }) => answer === undefined || answer.spent === 0n);
    sendLater(exchange, this.#limit, this.name, unpaid.map(undoing));
  }

  get #limit(): PreparedLimit {
    const [first] = this.asked;
    if (first === undefined) throw new RangeError("an object is asked about nothing");
    return first.limit;
  }

  get #mayHaveApplied(): boolean {
    return this.#outage === "timeout" || this.#outage === "failed";
  }

  #install(exchange: Exchange, frame: Uint8Array, sentMs: number): Outage | undefined {
    const counts = this.asked.map(({ charge }) => charge.operations.length / OPERATION_BYTES);
    let reply: ObjectReply;
    try {
      reply = decodeReply(
        frame,
        counts.reduce((sum, count) => sum + count, 0),
      );
    } catch (error) {
      if (!isSluiceError(error, "internal")) throw error;
      console.error(`request ${exchange.id}: ${error.message}`);
      return "failed";
    }
    const nowMs = Date.now();
    let end = 0;
    this.asked.forEach((asked, number) => {
      const { limit, charge } = asked;
      // The charge is the last of its operations: before it come leases that go back.
      end += counts[number] ?? 1;
      const answer = exchange.live.policy.install(charge, frame, end - 1, sentMs, nowMs);
      asked.answer = answer;
      asked.isOffence =
        !answer.allowed && !answer.blocked && reply.verdicts[end - 1]?.closed !== true;
      if (answer.operations.length > 0) {
        sendLater(exchange, limit, this.name, [answer.operations]);
      }
      if (answer.leased && reply.verdicts[end - 1]?.scarce === true) {
        leaseReturns.note(charge.id, { limit, rule: charge.rule, object: this.name });
      }
    });
    const isPaid = this.asked.every(({ answer }) => answer !== undefined && answer.spent !== 0n);
    this.#allowed = reply.allowed || isPaid;
    if (!this.#allowed) this.#unspend(exchange, nowMs);
    return undefined;
  }

  /** The object has charged nothing: then leases don't pay for a part of it either. */
  #unspend({ live }: Exchange, nowMs: number): void {
    for (const asked of this.asked) {
      const { charge, answer } = asked;
      if (answer === undefined || answer.spent === 0n) continue;
      live.policy.giveBackSpent(charge, answer, nowMs);
      asked.answer = { ...answer, allowed: false, spent: 0n, retryAfterMs: SOON_MS };
    }
  }

  #takeBack(exchange: Exchange, which: (asked: AskedCharge) => boolean): void {
    const operations: Uint8Array[] = [];
    for (const asked of this.asked) {
      const { charge, answer } = asked;
      if (answer?.allowed === false || !which(asked)) continue;
      if (answer !== undefined && answer.spent !== 0n) {
        exchange.live.policy.giveBackSpent(charge, answer, Date.now());
      } else {
        operations.push(undoing(asked));
      }
    }
    sendLater(exchange, this.#limit, this.name, operations);
  }
}

/** Where a lease came with a charge the lease stays, and only the charge comes to nothing. */
function undoing({ limit, charge, answer }: AskedCharge): Uint8Array {
  const { bytes } = ruleOf(limit, charge.rule);
  return answer?.leased === true
    ? settleOperation(bytes, charge.id, 0)
    : cancelOperation(bytes, charge.id);
}
