import { ChargeMode } from "./abi.generated.ts";
import { checkString } from "./arguments.ts";
import { ruleBytes } from "./charge-frames.ts";
import type { Reply, SubjectCharge } from "./counter-frames.ts";
import { Counters } from "./counters.ts";
import type { LimitDescription } from "./description.ts";
import { SluiceError } from "./errors.ts";
import type { Instance, Json } from "./instance.ts";

export interface LimitSubject {
  /** Name of a limit. */
  readonly limit: string;
  readonly subject: string;
}

export interface LimitCharge extends LimitSubject {
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

interface NamedRule {
  readonly number: number;
  readonly bytes: Uint8Array;
}

const DEFAULT_MAX_ENTRIES = 1_000_000;
const MAX_COST = 0xffffffff;

/**
 * Named limits over counters in memory: fixed_window, sliding_window, gcra and token_bucket.
 * (sliding_log and concurrency remember each charge; limiter objects have them.)
 */
export class Limiter {
  readonly #instance: Instance;
  readonly #counters: Counters;
  #limits: readonly LimitDescription[] = [];
  #rules: ReadonlyMap<string, NamedRule> = new Map();

  /** @internal */
  constructor(instance: Instance, json: Json, options: LimiterOptions) {
    this.#instance = instance;
    const limits = compile(instance, json);
    this.#counters = Counters.create(instance, options.maxEntries ?? DEFAULT_MAX_ENTRIES);
    this.#adopt(limits);
  }

  get limits(): readonly LimitDescription[] {
    return this.#limits;
  }

  /** All or nothing: where one charge is denied, none is made. */
  charge(charges: readonly LimitCharge[], nowMs: number): Verdicts {
    const [only] = charges;
    if (charges.length !== 1 || only === undefined) {
      return this.#run(ChargeMode.charge, charges, nowMs);
    }
    const { limit, subject, cost = 1 } = only;
    checkString("subject", subject);
    checkCost(cost);
    const { number } = this.#ruleOf(limit);
    const verdict = this.#counters.chargeOne(limit, number, subject, cost, nowMs);
    return { allowed: verdict.allowed, verdicts: [verdict] };
  }

  /** The verdicts that a charge would get now. */
  peek(charges: readonly LimitCharge[], nowMs: number): Verdicts {
    return this.#run(ChargeMode.peek, charges, nowMs);
  }

  /** Gives units back, never beyond the full quota. */
  refund(charges: readonly LimitCharge[], nowMs: number): Verdicts {
    return this.#run(ChargeMode.refund, charges, nowMs);
  }

  /** Forgets the counters; who is blocked stays so. */
  reset(subjects: readonly LimitSubject[]): void {
    this.#run(ChargeMode.reset, subjects, 0);
  }

  /**
   * Denies every charge of the subject until `untilMs`, whatever its counter says. A time that has
   * passed ends a block.
   */
  block({ limit, subject }: LimitSubject, untilMs: number): void {
    checkString("subject", subject);
    this.#counters.block(this.#ruleOf(limit).number, subject, untilMs);
  }

  /**
   * Replaces the limits. Counters go on where name, algorithm and period stay: with other amounts
   * what was used stays used. Throws, and changes nothing, where the limits have faults.
   */
  setRules(json: Json): void {
    this.#adopt(compile(this.#instance, json));
  }

  /**
   * What has changed since the last call (at the first: everything), a million counters at most:
   * for `load`, here or in another instance with the same seed. Subjects can't be read from it.
   */
  drainChanges(): Uint8Array {
    return this.#counters.drain();
  }

  /**
   * Puts drained counters over those that are here. Throws `invalid_argument` for what was drained
   * under another seed.
   */
  load(changes: Uint8Array, nowMs: number): void {
    this.#counters.load(changes, nowMs);
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

  #adopt(limits: readonly LimitDescription[]): void {
    const rules = limits.map(({ rule }) => ruleBytes(rule));
    this.#counters.setRules(rules);
    this.#rules = new Map(
      limits.map(({ name }, number) => [name, { number, bytes: rules[number] as Uint8Array }]),
    );
    this.#limits = limits;
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
    checkString("subject", subject);
    checkCost(cost);
    return { rule: this.#ruleOf(limit).bytes, subject, cost };
  }

  #ruleOf(limit: string): NamedRule {
    const rule = this.#rules.get(limit);
    if (rule !== undefined) return rule;
    const known = [...this.#rules.keys()].join(", ");
    throw new SluiceError("invalid_argument", `there is no limit "${limit}"; known: ${known}`);
  }
}

function checkCost(cost: number): void {
  if (Number.isInteger(cost) && cost >= 0 && cost <= MAX_COST) return;
  throw new SluiceError(
    "invalid_argument",
    `cost must be a whole number from 0 to ${String(MAX_COST)}, not ${String(cost)}`,
  );
}

function compile(instance: Instance, json: Json): readonly LimitDescription[] {
  const limits = JSON.parse(instance.compileLimits(json)) as LimitDescription[];
  const large = limits.find(
    ({ algorithm }) => algorithm === "sliding_log" || algorithm === "concurrency",
  );
  if (large === undefined) return limits;
  throw new SluiceError(
    "invalid_argument",
    `limit "${large.name}": ${large.algorithm} remembers each charge, which counters in memory can't; limiter objects can. Here use sliding_window, gcra or token_bucket`,
  );
}
