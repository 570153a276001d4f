import { isSluiceError } from "../core/errors.ts";
import type { CompiledPolicy } from "../core/policy.ts";
import { prepare, type Prepared } from "../gateway/prepared.ts";
import { withCore } from "../isolate.ts";

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
  readonly policy: CompiledPolicy;
  readonly prepared: Prepared;
  #pins = 0;
  #retired = false;

  /** Throws SluiceError for a policy with faults. */
  constructor(source: PolicySource) {
    this.source = source;
    this.policy = withCore((core) => core.compilePolicy(source.bytes));
    try {
      this.prepared = prepare(this.policy.description);
    } catch (error) {
      this.policy.dispose();
      throw error;
    }
  }

  get poisoned(): boolean {
    return this.policy.poisoned;
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
