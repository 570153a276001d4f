import type { PolicyDescription } from "./description.ts";
import { Handle } from "./handle.ts";
import type { CheckedBytes, Instance, Json } from "./instance.ts";
import {
  ChargeVerdict,
  type Charge,
  type ChargeAnswer,
  type LeaseReturn,
  type OpenCharge,
  type Plan,
  type PolicyMatch,
} from "./plan.ts";
import type { Facts } from "./slots.ts";
import { patternParts } from "./url-parts.ts";

/**
 * A policy, compiled as a whole: router, limits, features and transforms. It decides about requests
 * in two steps, and what has to be awaited (authentication, the charges' verdicts) lies between and
 * after them; a third reshapes the body.
 */
export class CompiledPolicy extends Handle {
  readonly description: PolicyDescription;
  readonly #slotCount: number;

  private constructor(instance: Instance, handle: number, description: PolicyDescription) {
    super(instance, handle);
    this.description = description;
    this.#slotCount = description.slots.length;
  }

  /** @internal */
  static compile(instance: Instance, json: Json): CompiledPolicy {
    const handle = instance.compilePolicy(json);
    let description: PolicyDescription;
    try {
      description = JSON.parse(instance.describePolicy(handle)) as PolicyDescription;
      const { urlPatterns } = description;
      if (urlPatterns.length > 0) {
        instance.setPolicyUrlPatterns(handle, JSON.stringify(urlPatterns.map(patternParts)));
      }
    } catch (error) {
      instance.dispose(handle);
      throw error;
    }
    return new CompiledPolicy(instance, handle, description);
  }

  /**
   * Finds the route, and what to charge before authentication. Reads `description.matchSlots` of
   * the facts. Leases and denials that this instance knows answer charges at once, all or nothing,
   * and leased units are then spent. With `subjects` charges that are answered say whose they
   * are.
   */
  match(facts: Facts, nowMs: number, subjects = false): PolicyMatch {
    const { matchSlots } = this.description;
    return this.instance.match(this.handle, facts, matchSlots, this.#slotCount, nowMs, subjects);
  }

  /**
   * Decides about a request on the route that `match` found. Reads the route's `needs` of the
   * facts, and answers charges as `match` does.
   */
  decide(route: number, facts: Facts, nowMs: number, subjects = false): Plan {
    const wanted = this.description.routes[route]?.needs ?? [];
    const slotCount = this.#slotCount;
    return this.instance.decide(this.handle, route, facts, wanted, slotCount, nowMs, subjects);
  }

  /**
   * Notes the verdict number `index` of an object's reply on a charge that was sent at `sentMs`:
   * the lease that came with it, or the denial. Once at most for each charge.
   */
  install(
    charge: OpenCharge,
    reply: Uint8Array,
    index: number,
    sentMs: number,
    nowMs: number,
  ): ChargeAnswer {
    const denyCacheMs = this.description.limits[charge.limit]?.denyCacheMaxMs ?? 0;
    return this.instance.installVerdict(charge, reply, index, { sentMs, nowMs, denyCacheMs });
  }

  /** Gives back what those of `charges` that leases answered have spent of them. */
  giveBack(charges: readonly Charge[], nowMs: number): void {
    for (const charge of charges) {
      if (charge.verdict !== ChargeVerdict.admitted) continue;
      const { leaseLow, leaseHigh, cost } = charge;
      if (leaseLow !== 0 || leaseHigh !== 0) {
        this.instance.giveBack(leaseLow, leaseHigh, cost, nowMs);
      }
    }
  }

  /** Gives back what a charge, which its object denied, has spent of a lease. */
  giveBackSpent({ cost }: Charge, { spent }: ChargeAnswer, nowMs: number): void {
    if (spent === 0n) return;
    this.instance.giveBack(Number(spent & 0xffffffffn), Number(spent >> 32n), cost, nowMs);
  }

  /**
   * Leases, of any policy of this instance, that others need more: they end here, and are to be
   * returned to the objects that granted them. Some at a time.
   */
  dueReturns(nowMs: number): readonly LeaseReturn[] {
    return this.instance.dueReturns(nowMs);
  }

  /**
   * Gives what is keyed with it the secret of this number in `description.secrets`, before requests
   * are decided and transforms run. One that is too short throws `invalid_argument`.
   */
  setSecret(secret: number, value: string | Uint8Array): void {
    this.instance.setPolicySecret(this.handle, secret, value);
  }

  /**
   * Reshapes a JSON body. `inputs` are the texts of the inputs that the transform's description
   * names, in its order; undefined where one is missing. The bytes returned are the caller's own.
   */
  transform(transform: number, json: Json, inputs?: readonly (Json | undefined)[]): Uint8Array {
    return this.instance.transformOfPolicy(this.handle, transform, json, inputs);
  }

  /**
   * The same in one go with a schema, number `schema` of the description: of the body that comes
   * in, or with `Check.result` of what is made of it. `faults` says what is wrong: then a body that
   * came in isn't transformed, unless `Check.report` is in `check`.
   */
  checkedTransform(
    transform: number,
    schema: number,
    check: number,
    json: Json,
    inputs?: readonly (Json | undefined)[],
  ): CheckedBytes {
    const { handle } = this;
    return this.instance.checkedTransformOfPolicy(handle, transform, schema, check, json, inputs);
  }

  /** What is wrong with a body, as JSON (`SchemaResult`); undefined: it is valid. */
  validate(schema: number, json: Json): string | undefined {
    return this.instance.validateByPolicy(this.handle, schema, json);
  }
}
