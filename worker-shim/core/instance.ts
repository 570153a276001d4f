import {
  EVALUATE_VERSION,
  FEATURES_WORDS,
  EvaluateSlot,
  ResultOffset,
  SCHEMA_VERSION,
  SchemaOutput,
  type ChargeMode,
  type QueryLanguage,
} from "./abi.generated.ts";
import { OPERATION_BYTES, REPLY_HEADER_BYTES, VERDICT_BYTES } from "./charge-frames.ts";
import {
  AttributesWriter,
  writeAttributes,
  type Attributes,
  type NamedAttribute,
} from "./feature-attributes.ts";
import { readResults, type ResultsFrame } from "./feature-results.ts";
import { importsFor } from "./imports.ts";
import type { Verdict } from "./limiter.ts";
import { ModuleInstance, type Json } from "./module-instance.ts";
import {
  readAnswer,
  readReturns,
  type ChargeAnswer,
  type LeaseReturn,
  type OpenCharge,
} from "./plan-charge.ts";
import { readMatch, readPlan, type Plan, type PolicyMatch } from "./plan.ts";
import { readErrors, type SchemaError } from "./schema-errors.ts";
import { slotsBound, writeSlots, type Facts, type Slots } from "./slots.ts";
import { utf8Bound, writeText } from "./text.ts";

export type { Json };

/** Attributes whose frame is no longer are written without being measured first. */
const SHORT_ATTRIBUTES_BYTES = 4096;
/** All slots of an evaluate frame. */
const EVALUATE_SLOTS: readonly number[] = Object.values(EvaluateSlot);

/** The test for sample ratio mismatch. */
export interface SampleRatio {
  /** How far the counts are off; infinite where a variation of weight 0 has users. */
  readonly chiSquare: number;
  /** The probability of a split at least as far off where users are split by the weights. */
  readonly p: number;
  readonly degreesOfFreedom: number;
}

/** What a transform made, and what a schema says of it or of what it was made of. */
export interface CheckedBytes {
  /** Empty where what came in is refused. */
  readonly bytes: Uint8Array;
  /** What is wrong, as JSON; undefined: nothing. */
  readonly faults: string | undefined;
}

export interface InstallTimes {
  readonly sentMs: number;
  readonly nowMs: number;
  readonly denyCacheMs: number;
}

/**
 * What the module can be asked: with ModuleInstance, the only code that touches Wasm memory. Every
 * method is one call into the core (or two: a reservation comes first where the input outgrew the
 * last), copies or decodes what it yields before it returns, and throws SluiceError.
 */
export class Instance extends ModuleInstance {
  static load(module: WebAssembly.Module, seed?: Uint8Array): Instance {
    return new Instance(new WebAssembly.Instance(module, importsFor(module)), seed);
  }

  static async loadAsync(module: WebAssembly.Module, seed?: Uint8Array): Promise<Instance> {
    return new Instance(await WebAssembly.instantiate(module, importsFor(module)), seed);
  }

  compilePolicy(json: Json): number {
    const length = this.write(json);
    return this.handleOf(() => this.exports.sluice_policy_compile(this.input, length));
  }

  describePolicy(policy: number): string {
    return this.textOf(() => this.exports.sluice_policy_describe(policy));
  }

  match(
    policy: number,
    facts: Facts,
    wanted: readonly number[],
    slotCount: number,
    nowMs: number,
    subjects: boolean,
  ): PolicyMatch {
    const length = this.writeFacts(facts, wanted, slotCount);
    // The calls on the hot path are spelled out: no closure, and a call site that V8 can inline.
    try {
      const status = this.exports.sluice_policy_match(policy, this.input, length, nowMs);
      // First, since the call may have grown the memory and so detached the views.
      const address = this.bytesOf(status);
      return readMatch(this.bytes, this.view, address, subjects);
    } catch (error) {
      throw this.failure(error);
    }
  }

  decide(
    policy: number,
    route: number,
    facts: Facts,
    wanted: readonly number[],
    slotCount: number,
    nowMs: number,
    subjects: boolean,
  ): Plan {
    const length = this.writeFacts(facts, wanted, slotCount);
    try {
      const status = this.exports.sluice_policy_decide(policy, route, this.input, length, nowMs);
      // First, since the call may have grown the memory and so detached the views.
      const address = this.bytesOf(status);
      return readPlan(this.bytes, this.view, address, subjects);
    } catch (error) {
      throw this.failure(error);
    }
  }

  /** Verdict number `index` of `reply` goes into the ledger. */
  installVerdict(
    { operations, subject }: OpenCharge,
    reply: Uint8Array,
    index: number,
    { sentMs, nowMs, denyCacheMs }: InstallTimes,
  ): ChargeAnswer {
    const verdict = REPLY_HEADER_BYTES + index * VERDICT_BYTES;
    this.reserve(OPERATION_BYTES + VERDICT_BYTES + utf8Bound(subject));
    const at = this.input;
    this.bytes.set(operations.subarray(-OPERATION_BYTES), at);
    this.bytes.set(reply.subarray(verdict, verdict + VERDICT_BYTES), at + OPERATION_BYTES);
    const text = at + OPERATION_BYTES + VERDICT_BYTES;
    const length = text - at + writeText(this.bytes, text, subject);
    return this.call(
      () => this.exports.sluice_ledger_install(at, length, sentMs, nowMs, denyCacheMs),
      (address) => readAnswer(this.bytes, this.view, address, this.length()),
    );
  }

  /** The lease's id in two halves. */
  giveBack(low: number, high: number, cost: number, nowMs: number): void {
    this.call(
      () => this.exports.sluice_ledger_give_back(low, high, cost, nowMs),
      () => undefined,
    );
  }

  dueReturns(nowMs: number): readonly LeaseReturn[] {
    return this.call(
      () => this.exports.sluice_ledger_due_returns(nowMs),
      (address) => readReturns(this.view, address, this.length()),
    );
  }

  setPolicySecret(policy: number, secret: number, value: Json): void {
    const length = this.write(value);
    this.call(
      () => this.exports.sluice_policy_set_secret(policy, secret, this.input, length),
      () => undefined,
    );
  }

  setPolicyUrlPatterns(policy: number, json: string): void {
    const length = this.write(json);
    this.call(
      () => this.exports.sluice_policy_set_url_patterns(policy, this.input, length),
      () => undefined,
    );
  }

  transformOfPolicy(policy: number, transform: number, json: Json, inputs?: Slots): Uint8Array {
    const length = this.writeDocument(json, inputs);
    const at = this.input;
    try {
      return this.copyOut(
        this.exports.sluice_policy_transform(
          policy,
          transform,
          at,
          length,
          at + length,
          this.frameLength,
        ),
      );
    } catch (error) {
      throw this.failure(error);
    }
  }

  checkedTransformOfPolicy(
    policy: number,
    transform: number,
    schema: number,
    check: number,
    json: Json,
    inputs?: Slots,
  ): CheckedBytes {
    const length = this.writeDocument(json, inputs);
    const at = this.input;
    try {
      const bytes = this.copyOut(
        this.exports.sluice_policy_checked_transform(
          policy,
          transform,
          schema,
          check,
          at,
          length,
          at + length,
          this.frameLength,
        ),
      );
      return { bytes, faults: this.flag() ? undefined : this.second() };
    } catch (error) {
      throw this.failure(error);
    }
  }

  /** What is wrong as JSON; undefined: nothing. */
  validateByPolicy(policy: number, schema: number, json: Json): string | undefined {
    const length = this.write(json);
    try {
      const address = this.bytesOf(
        this.exports.sluice_policy_validate(policy, schema, this.input, length),
      );
      return this.flag() ? undefined : this.text(address);
    } catch (error) {
      throw this.failure(error);
    }
  }

  /** The handle, and {"notes": […]} as JSON. */
  compileSchema(json: Json, options: Slots, flags: number): { handle: number; notes: string } {
    const length = this.writeDocument(json, options, SCHEMA_VERSION);
    const at = this.input;
    return this.call(
      () => this.exports.sluice_schema_compile(at, length, at + length, this.frameLength, flags),
      (address) => ({ handle: this.handle(), notes: this.text(address) }),
    );
  }

  isValid(schema: number, json: Json): boolean {
    const length = this.write(json);
    try {
      this.bytesOf(this.exports.sluice_schema_is_valid(schema, this.input, length));
      return this.flag();
    } catch (error) {
      throw this.failure(error);
    }
  }

  /** What is wrong; undefined: nothing. */
  schemaErrors(schema: number, maxErrors: number, json: Json): SchemaError[] | undefined {
    const length = this.write(json);
    try {
      const address = this.bytesOf(
        this.exports.sluice_schema_validate(
          schema,
          SchemaOutput.errorFrame,
          maxErrors,
          this.input,
          length,
        ),
      );
      return this.flag() ? undefined : readErrors(this.bytes, this.view, address, this.length());
    } catch (error) {
      throw this.failure(error);
    }
  }

  /** JSON in the form of the specification. */
  validate(schema: number, output: SchemaOutput, maxErrors: number, json: Json): string {
    const length = this.write(json);
    return this.textOf(() =>
      this.exports.sluice_schema_validate(schema, output, maxErrors, this.input, length),
    );
  }

  /** The handle, and the names that the steps use as JSON text. */
  compileTransform(json: Json): { handle: number; names: string } {
    const length = this.write(json);
    return this.call(
      () => this.exports.sluice_transform_compile(this.input, length),
      (address) => ({ handle: this.handle(), names: this.text(address) }),
    );
  }

  setTransformSecret(transform: number, secret: number, value: Json): void {
    const length = this.write(value);
    this.call(
      () => this.exports.sluice_transform_set_secret(transform, secret, this.input, length),
      () => undefined,
    );
  }

  applyTransform(transform: number, json: Json, inputs?: Slots): Uint8Array {
    const length = this.writeDocument(json, inputs);
    const at = this.input;
    try {
      return this.copyOut(
        this.exports.sluice_transform_apply(transform, at, length, at + length, this.frameLength),
      );
    } catch (error) {
      throw this.failure(error);
    }
  }

  compileQuery(language: QueryLanguage, text: string): number {
    const length = this.write(text);
    return this.handleOf(() => this.exports.sluice_query_compile(language, this.input, length));
  }

  runQuery(query: number, json: Json): Uint8Array {
    const length = this.write(json);
    try {
      return this.copyOut(this.exports.sluice_query_run(query, this.input, length));
    } catch (error) {
      throw this.failure(error);
    }
  }

  /** A JSON array. */
  queryPaths(query: number, json: Json): string {
    const length = this.write(json);
    return this.textOf(() => this.exports.sluice_query_paths(query, this.input, length));
  }

  /** The handle, the words about it, and issues as JSON, "" if none. */
  compileFeatures(json: Json): { handle: number; words: readonly number[]; issues: string } {
    const length = this.write(json);
    return this.call(
      () => this.exports.sluice_features_compile(this.input, length),
      (address) => ({
        handle: this.handle(),
        words: Array.from({ length: FEATURES_WORDS }, (_, i) => this.wordAt(address + i * 4)),
        issues: this.second(),
      }),
    );
  }

  setUrlPatterns(features: number, json: string): void {
    const length = this.write(json);
    this.call(
      () => this.exports.sluice_features_set_url_patterns(features, this.input, length),
      () => undefined,
    );
  }

  /** Numbers of the attributes that features look at. */
  featureDependencies(features: number, numbers: Uint32Array): number[] {
    const length = this.write(new Uint8Array(Uint32Array.from(numbers).buffer));
    return this.call(
      () => this.exports.sluice_features_dependencies(features, this.input, length),
      (address) =>
        Array.from({ length: this.length() / 4 }, (_, i) =>
          this.view.getUint32(address + i * 4, true),
        ),
    );
  }

  /** `wanted`: numbers of features; without it all of them, and the payload's own experiments. */
  decideFeatures(
    features: number,
    wanted: Uint32Array | undefined,
    attributes: readonly NamedAttribute[],
    values: Attributes,
    flags: number,
  ): ResultsFrame {
    this.reserve(SHORT_ATTRIBUTES_BYTES);
    const end = this.input + SHORT_ATTRIBUTES_BYTES;
    let length = writeAttributes(
      this.bytes,
      this.view,
      this.input,
      end,
      wanted,
      attributes,
      values,
    );
    if (length === 0) {
      const writer = new AttributesWriter(wanted, attributes, values);
      this.reserve(writer.bound);
      length = writer.write(this.bytes, this.view, this.input);
    }
    try {
      const address = this.bytesOf(
        this.exports.sluice_features_decide(features, this.input, length, flags),
      );
      return readResults(this.bytes, this.view, address);
    } catch (error) {
      throw this.failure(error);
    }
  }

  /** Slots: those of an evaluate frame. */
  evaluateFeatures(features: number, slots: Slots, flags: number): ResultsFrame {
    const count = slots.length;
    this.reserve(slotsBound(slots, EVALUATE_SLOTS, count));
    const length = writeSlots(
      this.bytes,
      this.view,
      this.input,
      EVALUATE_VERSION,
      slots,
      EVALUATE_SLOTS,
      count,
    );
    try {
      const address = this.bytesOf(
        this.exports.sluice_features_evaluate(features, this.input, length, flags),
      );
      return readResults(this.bytes, this.view, address);
    } catch (error) {
      throw this.failure(error);
    }
  }

  compileLimits(json: Json): string {
    const length = this.write(json);
    return this.textOf(() => this.exports.sluice_limits_compile(this.input, length));
  }

  createCounters(maxEntries: number): number {
    return this.handleOf(() => this.exports.sluice_counters_create(maxEntries));
  }

  chargeCounters(counters: number, mode: ChargeMode, frame: Uint8Array, nowMs: number): Uint8Array {
    const length = this.write(frame);
    return this.copyOf(() =>
      this.exports.sluice_counters_charge(counters, mode, this.input, length, nowMs),
    );
  }

  setRules(counters: number, rules: Uint8Array): void {
    const length = this.write(rules);
    this.call(
      () => this.exports.sluice_counters_set_rules(counters, this.input, length),
      () => undefined,
    );
  }

  chargeOne(
    counters: number,
    limit: string,
    rule: number,
    subject: string,
    cost: number,
    nowMs: number,
  ): Verdict {
    this.reserve(utf8Bound(subject));
    const at = this.input;
    const length = writeText(this.bytes, at, subject);
    try {
      this.bytesOf(
        this.exports.sluice_counters_charge_one(counters, rule, cost, at, length, nowMs),
      );
      const view = this.view;
      const result = this.result;
      const retryAfterMs = view.getFloat64(result + ResultOffset.secondNumber, true);
      return {
        limit,
        allowed: view.getUint32(result + ResultOffset.flag, true) !== 0,
        remaining: view.getUint32(result + ResultOffset.handle, true),
        resetMs: view.getFloat64(result + ResultOffset.number, true),
        retryAfterMs: retryAfterMs < 0 ? null : retryAfterMs,
      };
    } catch (error) {
      throw this.failure(error);
    }
  }

  blockCounter(counters: number, rule: number, subject: string, untilMs: number): void {
    const length = this.write(subject);
    this.call(
      () => this.exports.sluice_counters_block(counters, rule, this.input, length, untilMs),
      () => undefined,
    );
  }

  drainCounters(counters: number): Uint8Array {
    return this.copyOf(() => this.exports.sluice_counters_drain(counters));
  }

  loadCounters(counters: number, changes: Uint8Array, nowMs: number): void {
    const length = this.write(changes);
    this.call(
      () => this.exports.sluice_counters_load(counters, this.input, length, nowMs),
      () => undefined,
    );
  }

  /** A limiter object's step over its own state frame. */
  stepLimit(
    request: Uint8Array,
    state: Uint8Array,
    restored: boolean,
    nowMs: number,
  ): { reply: Uint8Array; state: Uint8Array; persist: boolean } {
    this.reserve(request.length + state.length);
    const at = this.input;
    this.bytes.set(request, at);
    this.bytes.set(state, at + request.length);
    return this.call(
      () =>
        this.exports.sluice_limit_step(
          at,
          request.length,
          at + request.length,
          state.length,
          restored ? 1 : 0,
          nowMs,
        ),
      () => ({
        reply: this.copy(ResultOffset.bytesData),
        state: this.copy(ResultOffset.secondData),
        persist: this.handle() === 1,
      }),
    );
  }

  /** NaN for a version that doesn't exist. */
  hash(seed: string, value: string, version: number): number {
    this.reserve(utf8Bound(seed) + utf8Bound(value));
    const at = this.input;
    const seedLength = writeText(this.bytes, at, seed);
    const length = writeText(this.bytes, at + seedLength, value);
    return this.call(
      () => this.exports.sluice_hash(at, seedLength, at + seedLength, length, version),
      () => this.view.getFloat64(this.result + ResultOffset.number, true),
    );
  }

  sampleRatio(counts: readonly number[], weights: readonly number[]): SampleRatio {
    const countBytes = counts.length * Float64Array.BYTES_PER_ELEMENT;
    const weightBytes = weights.length * Float64Array.BYTES_PER_ELEMENT;
    this.reserve(countBytes + weightBytes);
    const at = this.input;
    for (const [index, number] of [...counts, ...weights].entries()) {
      this.view.setFloat64(at + index * Float64Array.BYTES_PER_ELEMENT, number, true);
    }
    return this.call(
      () => this.exports.sluice_sample_ratio(at, countBytes, at + countBytes, weightBytes),
      () => ({
        chiSquare: this.view.getFloat64(this.result + ResultOffset.number, true),
        p: this.view.getFloat64(this.result + ResultOffset.secondNumber, true),
        degreesOfFreedom: this.view.getUint32(this.result + ResultOffset.flag, true),
      }),
    );
  }

  /** Nothing to do on an instance that is poisoned: its memory goes as a whole. */
  dispose(handle: number): void {
    if (this.poisoned) return;
    this.call(
      () => this.exports.sluice_dispose(handle),
      () => undefined,
    );
  }
}
