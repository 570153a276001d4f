import type { ChargeMode } from "./abi.generated.ts";
import { decodeReply, encodeCharges, type Reply, type SubjectCharge } from "./charge-frames-v1.ts";
import { Handle } from "./handle.ts";
import type { Instance } from "./instance.ts";

/**
 * Counters of many subjects in this isolate's memory. Rules come with each charge: a table belongs
 * to no policy.
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
}
