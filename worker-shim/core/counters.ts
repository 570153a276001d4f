import type { ChargeMode } from "./abi.generated.ts";
import { RULE_BYTES } from "./charge-frames.ts";
import { decodeReply, encodeCharges, type Reply, type SubjectCharge } from "./counter-frames.ts";
import { Handle } from "./handle.ts";
import type { Instance } from "./instance.ts";
import type { Verdict } from "./limiter.ts";

/**
 * Counters of many subjects in this isolate's memory. Rules come with each charge, or by number:
 * a table belongs to no policy.
 */
export class Counters extends Handle {
  private constructor(instance: Instance, handle: number) {
    super(instance, handle);
  }

  /** @internal */
  static create(instance: Instance, maxEntries: number): Counters {
    return new Counters(instance, instance.createCounters(maxEntries));
  }

  charge(mode: ChargeMode, charges: readonly SubjectCharge[], nowMs: number): Reply {
    const reply = this.instance.chargeCounters(this.handle, mode, encodeCharges(charges), nowMs);
    return decodeReply(reply, charges.length);
  }

  /** @internal The rules that the calls below know by number. */
  setRules(rules: readonly Uint8Array[]): void {
    const bytes = new Uint8Array(rules.length * RULE_BYTES);
    rules.forEach((rule, number) => {
      bytes.set(rule, number * RULE_BYTES);
    });
    this.instance.setRules(this.handle, bytes);
  }

  /** @internal A charge under rule number `rule`, which is that of `limit`. */
  chargeOne(limit: string, rule: number, subject: string, cost: number, nowMs: number): Verdict {
    return this.instance.chargeOne(this.handle, limit, rule, subject, cost, nowMs);
  }

  /** @internal */
  block(rule: number, subject: string, untilMs: number): void {
    this.instance.blockCounter(this.handle, rule, subject, untilMs);
  }

  /** @internal */
  drain(): Uint8Array {
    return this.instance.drainCounters(this.handle);
  }

  /** @internal */
  load(changes: Uint8Array, nowMs: number): void {
    this.instance.loadCounters(this.handle, changes, nowMs);
  }
}
