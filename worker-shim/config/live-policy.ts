import { isSluiceError } from "../core/errors.ts";
import type { Core } from "../core/index.ts";
import type { CompiledPolicy } from "../core/policy.ts";
import type { GatewayEnv } from "../env.ts";
import { prepare, type Prepared } from "../gateway/prepared.ts";
import { HIGH_WATER_BYTES, withCore } from "../isolate.ts";
import { secretsOf } from "./secrets.ts";

export interface PolicySource {
  readonly from: "kv" | "object" | "baked-in";
  readonly revision: number;
  readonly sha256: string;
  /** When it was published; undefined for a policy baked in. */
  readonly created: string | undefined;
  /** What was compiled: kept, since a core that traps takes its compiled policies along. */
  readonly bytes: Uint8Array;
}

/**
 * A compiled policy that requests are decided by. Replaced whole; freed when the last request that
 * holds it has ended.
 */
export class LivePolicy {
  readonly source: PolicySource;
  /** The instance that it was compiled in. */
  readonly core: Core;
  readonly policy: CompiledPolicy;
  readonly prepared: Prepared;
  #highWater = HIGH_WATER_BYTES;
  #pins = 0;
  #retired = false;

  /** Throws SluiceError for a policy with faults, and for one whose secrets `env` lacks. */
  constructor(source: PolicySource, env: GatewayEnv) {
    this.source = source;
    [this.core, this.policy] = withCore((core) => [core, core.compilePolicy(source.bytes)]);
    try {
      const { description } = this.policy;
      secretsOf(description, env).forEach((secret, number) => {
        if (secret !== undefined) this.policy.setSecret(number, secret);
      });
      this.prepared = prepare(description);
    } catch (error) {
      this.policy.dispose();
      throw error;
    }
  }

  get poisoned(): boolean {
    return this.policy.poisoned;
  }

  /** Whether its instance holds more memory than it should, which it never gives back. */
  get outgrown(): boolean {
    return this.core.memoryBytes > this.#highWater;
  }

  /** Takes the memory that its instance has now for what the policy needs. */
  tolerateSize(): void {
    this.#highWater = Math.max(this.#highWater, 2 * this.core.memoryBytes);
  }

  get pinned(): boolean {
    return this.#pins > 0;
  }

  pin(): void {
    this.#pins += 1;
  }

  unpin(): void {
    this.#pins -= 1;
    this.#disposeIfIdle();
  }

  retire(): void {
    this.#retired = true;
    this.#disposeIfIdle();
  }

  #disposeIfIdle(): void {
    if (this.#pins > 0 || !this.#retired) return;
    try {
      this.policy.dispose();
    } catch (error) {
      // A trap while freeing poisons the instance, which the next request replaces; nobody waits
      // for this one.
      if (!isSluiceError(error)) throw error;
    }
  }
}
