/**
 * sluice/core: the engines by themselves, in Node, workerd and browsers. Everything is synchronous
 * except `instantiate`.
 *
 *     const core = await instantiate(wasm);
 *     const transform = core.compileTransform('[{"pick": ["$.id", "$.items[*].sku"]}]');
 *     const bytes = transform.apply('{"id": 1, "items": [{"sku": "a", "cost": 3}]}');
 */
import { checkString, refusal } from "./arguments.ts";
import { SluiceError } from "./errors.ts";
import { Features, decryptFeatures } from "./features.ts";
import { Instance, type Json, type SampleRatio } from "./instance.ts";
import { Counters } from "./counters.ts";
import { Limiter, type LimiterOptions } from "./limiter.ts";
import { CompiledPolicy } from "./policy.ts";
import { JmesPathQuery, JsonPathQuery, type QuerySource } from "./query.ts";
import { Schema, type SchemaOptions } from "./schema.ts";
import { Transform, type TransformOptions } from "./transform.ts";

export { SluiceError, type BudgetName, type Issue, type SluiceErrorCode } from "./errors.ts";
export type { Json, SampleRatio } from "./instance.ts";
export { ChargeSource, ChargeVerdict, NONE, Outcome } from "./plan.ts";
export type {
  AnsweredCharge,
  Charge,
  ChargeAnswer,
  LeaseReturn,
  OpenCharge,
  Plan,
  PolicyMatch,
} from "./plan.ts";
export type { Facts } from "./slots.ts";
export { Slot } from "./abi.generated.ts";
export type { CompiledPolicy } from "./policy.ts";
export type { ApplyOptions, Transform, TransformOptions } from "./transform.ts";
export type { JmesPathQuery, JsonPathQuery, JsonPathResult, QuerySource } from "./query.ts";
export type {
  OutputUnit,
  Schema,
  SchemaDialect,
  SchemaError,
  SchemaNote,
  SchemaOptions,
  SchemaResult,
  ValidateOptions,
} from "./schema.ts";
export type { Counters } from "./counters.ts";
export type { FrameVerdict, Reply, RuleCharge, SubjectCharge } from "./counter-frames.ts";
export type {
  LimitCharge,
  LimitSubject,
  Limiter,
  LimiterOptions,
  Verdict,
  Verdicts,
} from "./limiter.ts";
export type * from "./description.ts";
export type { Attributes } from "./feature-attributes.ts";
export type { EvaluateOptions, Features, Redirect } from "./features.ts";
export type {
  ExperimentResult,
  Exposure,
  FeatureResult,
  FeatureResults,
  FeatureSource,
  StickyBucket,
  StickyBuckets,
} from "./feature-results.ts";
export { signOverride, type Override } from "./override-token.ts";
export type { ContextualBandit, Experiment, VariationMeta } from "./feature-experiment.ts";

export interface InstantiateOptions {
  /**
   * Sixteen bytes that key the core's hash tables. Without it random ones are taken at the first
   * call: leave it out.
   */
  readonly seed?: Uint8Array;
}

/** One instance of the core. Not more than one thread may use it. */
export class Core {
  readonly #instance: Instance;

  /** @internal */
  constructor(instance: Instance) {
    this.#instance = instance;
  }

  /**
   * True once a call has trapped; everything made here then throws `poisoned`, and a new instance
   * is the way on.
   */
  get poisoned(): boolean {
    return this.#instance.poisoned;
  }

  /** Bytes of linear memory that the instance holds; it never shrinks. */
  get memoryBytes(): number {
    return this.#instance.memoryBytes;
  }

  /** Throws `invalid_policy` with every fault found. */
  compilePolicy(json: Json): CompiledPolicy {
    return CompiledPolicy.compile(this.#instance, json);
  }

  /**
   * `json`: an array of steps, each an object with one step name: `[{"pick": ["$.a"]}]`. Throws
   * `invalid_transform` with every fault found, `missing_secret` where the steps name one that
   * isn't given.
   */
  compileTransform(json: Json, options: TransformOptions = {}): Transform {
    return Transform.compile(this.#instance, json, options);
  }

  /**
   * `json`: a JSON Schema. Throws `invalid_schema` with every fault found; the pointer of one in a
   * resource is `<uri>#<pointer>`.
   */
  compileSchema(json: Json, options: SchemaOptions = {}): Schema {
    return Schema.compile(this.#instance, json, options);
  }

  /** Throws `invalid_query` with the byte offset in the query's UTF-8 text. */
  compileQuery(query: { readonly jsonpath: string }): JsonPathQuery;
  compileQuery(query: { readonly jmespath: string }): JmesPathQuery;
  compileQuery(query: QuerySource): JsonPathQuery | JmesPathQuery;
  compileQuery(query: QuerySource): JsonPathQuery | JmesPathQuery {
    const given: unknown = query;
    const isOne =
      typeof given === "object" && given !== null && ("jsonpath" in given || "jmespath" in given);
    if (!isOne) throw refusal("query", "{ jsonpath } or { jmespath }", query);
    return "jsonpath" in query
      ? JsonPathQuery.compile(this.#instance, query.jsonpath)
      : JmesPathQuery.compile(this.#instance, query.jmespath);
  }

  /**
   * `json`: a GrowthBook payload; one that is encrypted goes through `decryptFeatures` first. What
   * is wrong in it doesn't stop the rest and is in `issues`. Throws `invalid_argument` where it is
   * no object.
   */
  compileFeatures(json: Json): Features {
    return Features.compile(this.#instance, json);
  }

  /**
   * The payload with its encrypted parts in clear. `key`: the SDK connection's decryption key.
   * Throws `invalid_argument` where a part can't be decrypted.
   */
  decryptFeatures(json: Json, key: string): Promise<string> {
    return decryptFeatures(json, key);
  }

  /** `json`: what a policy has under "limits". */
  createLimiter(json: Json, options: LimiterOptions = {}): Limiter {
    return new Limiter(this.#instance, json, options);
  }

  /** A table for rules that come with each charge; `createLimiter` is the comfortable form. */
  createCounters(maxEntries: number): Counters {
    return Counters.create(this.#instance, maxEntries);
  }

  /**
   * A limiter object's step: operations against its state frame; neither frame is kept.
   * `restored`: the state comes from storage, and this is the first step since. `persist`: the new
   * state must be durable before the reply goes out (an empty one: what is stored is deleted).
   */
  stepLimit(
    request: Uint8Array,
    state: Uint8Array,
    restored: boolean,
    nowMs: number,
  ): { reply: Uint8Array; state: Uint8Array; persist: boolean } {
    return this.#instance.stepLimit(request, state, restored, nowMs);
  }

  /** GrowthBook's bucketing hash, in [0, 1); null for a version that doesn't exist. */
  hash(seed: string, value: string, version: number): number | null {
    checkString("seed", seed);
    checkString("value", value);
    // On its way into Wasm 1.5 would become 1, and "2" 2.
    if (version !== 1 && version !== 2) return null;
    const bucket = this.#instance.hash(seed, value, version);
    return Number.isNaN(bucket) ? null : bucket;
  }

  /**
   * Whether users were split as the weights say: Pearson's chi-square test of how many users each
   * variation has. A small `p` (0.001 is a usual bound) means that the experiment lost or gained
   * users unevenly, and that its results can't be trusted. Weights need not sum to 1. Throws
   * `invalid_argument` for counts that aren't whole, weights below 0, lists of different lengths or
   * of more than 256, fewer than two weights above 0.
   */
  sampleRatio(counts: readonly number[], weights: readonly number[]): SampleRatio {
    for (const [name, numbers] of Object.entries({ counts, weights })) {
      const isNumbers = Array.isArray(numbers) && numbers.every((n) => typeof n === "number");
      if (!isNumbers) throw refusal(name, "an array of numbers", numbers);
    }
    return this.#instance.sampleRatio(counts, weights);
  }
}

/**
 * Loads the core from a compiled module, or from bytes where the host can compile them (Workers
 * can't).
 */
export async function instantiate(
  wasm: WebAssembly.Module | BufferSource,
  options: InstantiateOptions = {},
): Promise<Core> {
  const module = wasm instanceof WebAssembly.Module ? wasm : await compile(wasm);
  return new Core(await Instance.loadAsync(module, options.seed));
}

export function instantiateSync(
  module: WebAssembly.Module,
  options: InstantiateOptions = {},
): Core {
  return new Core(Instance.load(module, options.seed));
}

async function compile(bytes: BufferSource): Promise<WebAssembly.Module> {
  const { compile: compileBytes } = WebAssembly as unknown as {
    compile?: (bytes: BufferSource) => Promise<WebAssembly.Module>;
  };
  if (compileBytes === undefined) {
    throw new SluiceError(
      "invalid_argument",
      "this host doesn't compile WebAssembly from bytes; import core.wasm as a module instead",
    );
  }
  return compileBytes(bytes);
}
