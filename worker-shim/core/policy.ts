import type { PolicyDescription } from "./description.ts";
import { Handle } from "./handle.ts";
import type { Instance, Json } from "./instance.ts";
import type { Plan, PolicyMatch } from "./plan.ts";
import type { Facts } from "./slots.ts";

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
    } catch (error) {
      instance.dispose(handle);
      throw error;
    }
    return new CompiledPolicy(instance, handle, description);
  }

  /**
   * Finds the route, and what to charge before authentication. Reads `description.matchSlots` of
   * the facts.
   */
  match(facts: Facts): PolicyMatch {
    return this.instance.match(this.handle, facts, this.description.matchSlots, this.#slotCount);
  }

  /**
   * Decides about a request on the route that `match` found. Reads the route's `needs` of the
   * facts.
   */
  decide(route: number, facts: Facts): Plan {
    const wanted = this.description.routes[route]?.needs ?? [];
    return this.instance.decide(this.handle, route, facts, wanted, this.#slotCount);
  }

  /** Gives the transforms the secret of this number in `description.secrets`, before they run. */
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
}
