import { returnOperation } from "../core/charge-frames.ts";
import { isSluiceError } from "../core/errors.ts";
import type { Exchange } from "./exchange.ts";
import { ruleOf, type PreparedLimit } from "./prepared.ts";
import { sendLater } from "./send-later.ts";

interface Lessor {
  readonly limit: PreparedLimit;
  /** Number of the limit's rule. */
  readonly rule: number;
  readonly object: string;
}

const MOST_LEASES = 1_024;
const LOOK_EVERY_MS = 250;
/** The ledger looks at a part of itself a call: so all of it is looked at within a second. */
const PARTS_A_LOOK = 32;

/**
 * Brings back what is left of leases that others need more. The core's ledger says which; this
 * knows which objects granted them, of those that were short of units. One for the isolate, of
 * plain values. A lease that is forgotten here comes back by its deadline.
 */
class LeaseReturns {
  readonly #lessors = new Map<bigint, Lessor>();
  #lookedAt = 0;

  note(lease: bigint, lessor: Lessor): void {
    if (this.#lessors.size >= MOST_LEASES) {
      const [oldest] = this.#lessors.keys();
      if (oldest !== undefined) this.#lessors.delete(oldest);
    }
    this.#lessors.set(lease, lessor);
  }

  /** Sends what is due, behind the response at hand; looks now and then. */
  sendDue(exchange: Exchange): void {
    if (this.#lessors.size === 0) return;
    const now = Date.now();
    if (Math.abs(now - this.#lookedAt) < LOOK_EVERY_MS) return;
    this.#lookedAt = now;
    try {
      for (let part = 0; part < PARTS_A_LOOK; part++) this.#sendDue(exchange, now);
    } catch (error) {
      // A core that traps has lost its ledger, and the next request replaces it.
      if (!isSluiceError(error, "poisoned")) throw error;
    }
  }

  #sendDue(exchange: Exchange, now: number): void {
    for (const { lease, units } of exchange.live.policy.dueReturns(now)) {
      const lessor = this.#lessors.get(lease);
      if (lessor === undefined) continue;
      this.#lessors.delete(lease);
      const { limit, rule, object } = lessor;
      const { bytes } = ruleOf(limit, rule);
      sendLater(exchange, limit, object, [returnOperation(bytes, lease, units)]);
    }
  }
}

export const leaseReturns = new LeaseReturns();
