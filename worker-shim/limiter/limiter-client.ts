import { encodeRequest, ruleBytes } from "../core/charge-frames-v1.ts";
import type { LimitDescription } from "../core/description.ts";
import type { LimiterObject } from "./limiter-object.ts";

export type LimiterNamespace = DurableObjectNamespace<LimiterObject>;

/** A limit, ready to charge: the frame of the usual single unit is made once. */
export class LimiterClient {
  readonly limit: LimitDescription;
  readonly rule: Uint8Array;
  readonly #oneUnit: Uint8Array;

  constructor(limit: LimitDescription) {
    this.limit = limit;
    this.rule = ruleBytes(limit.rule);
    this.#oneUnit = encodeRequest([{ rule: this.rule, cost: 1 }]);
  }

  /**
   * Charges `subject` all of `costs` or nothing: one RPC, which may have been applied although it
   * rejects or answers too late. Yields a reply frame; rejects when the object fails.
   */
  charge(
    namespace: LimiterNamespace,
    subject: string,
    costs: readonly number[],
  ): PromiseLike<Uint8Array> {
    const frame =
      costs.length === 1 && costs[0] === 1
        ? this.#oneUnit
        : encodeRequest(costs.map((cost) => ({ rule: this.rule, cost })));
    // Names of limits hold no slash, so two (limit, subject) pairs never share an object.
    const object = namespace.getByName(`${this.limit.name}/${subject}`);
    return object.charge(frame, this.limit.durability);
  }
}
