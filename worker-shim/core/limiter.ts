import { ChargeMode } from "./abi.generated.ts";
import { ruleBytes, type Reply, type SubjectCharge } from "./charge-frames-v1.ts";
import { Counters } from "./counters.ts";
import type { LimitDescription } from "./description.ts";
import { SluiceError } from "./errors.ts";
import type { Instance, Json } from "./instance.ts";

export interface LimitCharge {
  /** Name of a limit. */
  readonly limit: string;
  readonly subject: string;
  /** 1 if left out. */
  readonly cost?: number;
}

export interface Verdict {
  readonly limit: string;
  readonly allowed: boolean;
  readonly remaining: number;
  /** From now until the full quota is there again. */
  readonly resetMs: number;
  /** From now until this charge could pass; null where it did pass or never can. */
  readonly retryAfterMs: number | null;
}

export interface Verdicts {
  readonly allowed: boolean;
  readonly verdicts: readonly Verdict[];
}

export interface LimiterOptions {
  /**
   * Counters held at most; when all are in use, charges of new subjects throw `budget_exceeded`.
   */
  readonly maxEntries?: number;
}

const DEFAULT_MAX_ENTRIES = 1_000_000;

/** Named limits over counters in memory. */
export class Limiter {
  readonly limits: readonly LimitDescription[];
  readonly #rules: ReadonlyMap<string, Uint8Array>;
  readonly #counters: Counters;

  /** @internal */
  constructor(instance: Instance, json: Json, options: LimiterOptions) {
    this.limits = JSON.parse(instance.compileLimits(json)) as LimitDescription[];
    this.#rules = new Map(this.limits.map(({ name, rule }) => [name, ruleBytes(rule)]));
    this.#counters = Counters.create(instance, options.maxEntries ?? DEFAULT_MAX_ENTRIES);
  }

  /** All or nothing: where one charge is denied, none is made. */
  charge(charges: readonly LimitCharge[], nowMs: number): Verdicts {
    return this.#run(ChargeMode.charge, charges, nowMs);
  }

  /** The verdicts that a charge would get now. */
  peek(charges: readonly LimitCharge[], nowMs: number): Verdicts {
    return this.#run(ChargeMode.peek, charges, nowMs);
  }

  /** Gives units back, never beyond the full quota. */
  refund(charges: readonly LimitCharge[], nowMs: number): Verdicts {
    return this.#run(ChargeMode.refund, charges, nowMs);
  }

  /** Forgets the counters. */
  reset(subjects: readonly { readonly limit: string; readonly subject: string }[]): void {
    this.#run(ChargeMode.reset, subjects, 0);
  }

  get poisoned(): boolean {
    return this.#counters.poisoned;
  }

  dispose(): void {
    this.#counters.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #run(mode: ChargeMode, charges: readonly LimitCharge[], nowMs: number): Verdicts {
    const reply: Reply = this.#counters.charge(
      mode,
      charges.map((charge) => this.#resolve(charge)),
      nowMs,
    );
    return {
      allowed: reply.allowed,
      verdicts: reply.verdicts.map((verdict, index) => ({
        limit: charges[index]?.limit ?? "",
        ...verdict,
      })),
    };
  }

  #resolve({ limit, subject, cost = 1 }: LimitCharge): SubjectCharge {
    const rule = this.#rules.get(limit);
    if (rule === undefined) {
      const known = [...this.#rules.keys()].join(", ");
      throw new SluiceError("invalid_argument", `there is no limit "${limit}"; known: ${known}`);
    }
    if (!Number.isInteger(cost) || cost < 0 || cost > 0xffffffff) {
      throw new SluiceError(
        "invalid_argument",
        `cost must be a whole number from 0 to 4294967295, not ${String(cost)}`,
      );
    }
    return { rule, subject, cost };
  }
}
