import {
  ABSENT,
  DETAIL_WORDS,
  DetailFlag,
  DetailWord,
  FEATURE_RESULT_WORDS,
  FeatureResultWord,
  RESULTS_WORDS,
  ResultsWord,
  Source,
} from "./abi.generated.ts";
import { experimentOfRule, type Experiment, type Leaf } from "./feature-experiment.ts";
import type { FeatureTexts, Selection } from "./feature-texts.ts";
import { readText } from "./text.ts";

export type FeatureSource =
  | "unknownFeature"
  | "defaultValue"
  | "force"
  | "override"
  | "experiment"
  | "prerequisite"
  | "cyclicPrerequisite";

/** How an experiment came out for a user. Names and meaning are GrowthBook's. */
export interface ExperimentResult {
  /** The variation's key, or its number. */
  readonly key: string;
  readonly name?: string;
  readonly featureId: string | null;
  readonly inExperiment: boolean;
  /** False where a variation was forced. */
  readonly hashUsed: boolean;
  readonly variationId: number;
  readonly value: unknown;
  readonly hashAttribute: string;
  readonly hashValue: unknown;
  readonly stickyBucketUsed: boolean;
  /** In [0, 1). */
  readonly bucket?: number;
  readonly passthrough?: boolean;
  readonly leafId?: number;
  readonly variationWeights?: readonly number[];
  readonly banditVersion?: number;
}

export interface FeatureResult {
  readonly value: unknown;
  readonly on: boolean;
  readonly off: boolean;
  readonly source: FeatureSource;
  /** "" where there is none. */
  readonly ruleId: string;
  readonly experiment?: Experiment;
  readonly experimentResult?: ExperimentResult;
}

/** That a user saw a variation of an experiment. */
export interface Exposure {
  readonly experiment: Experiment;
  readonly result: ExperimentResult;
}

/** What was given to one user under one attribute: `assignments["experiment__version"]` is a key. */
export interface StickyBucket {
  readonly attributeName: string;
  readonly attributeValue: string;
  readonly assignments: Readonly<Record<string, string>>;
}

/** By `attributeName||attributeValue`. */
export type StickyBuckets = Readonly<Record<string, StickyBucket>>;

const SOURCES: Readonly<Record<number, FeatureSource>> = {
  [Source.unknownFeature]: "unknownFeature",
  [Source.defaultValue]: "defaultValue",
  [Source.force]: "force",
  [Source.override]: "override",
  [Source.experiment]: "experiment",
  [Source.prerequisite]: "prerequisite",
  [Source.cyclicPrerequisite]: "cyclicPrerequisite",
};
const FEATURE_BYTES = FEATURE_RESULT_WORDS * 4;
const DETAIL_BYTES = DETAIL_WORDS * 4;
const SOURCE_SHIFT = 24;
const FEATURE_MASK = 0xffffff;

/** Results of one evaluation: one piece of bytes that is decoded on access. */
export class FeatureResults {
  readonly #texts: FeatureTexts;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  /** Where features are, if they aren't all there. */
  readonly #positions: ReadonlyMap<number, number> | undefined;
  readonly #stickyBuckets: StickyBuckets | undefined;

  /** @internal */
  constructor(
    texts: FeatureTexts,
    frame: Uint8Array,
    selection: Selection | undefined,
    stickyBuckets: StickyBuckets | undefined,
  ) {
    this.#texts = texts;
    this.#bytes = frame;
    this.#view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
    this.#stickyBuckets = stickyBuckets;
    this.#positions = selection?.positions;
  }

  /** Undefined for a key that isn't in the payload, or wasn't evaluated. */
  get(key: string): FeatureResult | undefined {
    const feature = this.#texts.numberOf(key);
    if (feature === undefined) return undefined;
    const position = this.#positions === undefined ? feature : this.#positions.get(feature);
    return position === undefined ? undefined : this.#result(position);
  }

  /** The value alone; undefined as with `get`. */
  value(key: string): unknown {
    const feature = this.#texts.numberOf(key);
    if (feature === undefined) return undefined;
    const position = this.#positions === undefined ? feature : this.#positions.get(feature);
    if (position === undefined) return undefined;
    return this.#texts.value(this.#featureWord(position, FeatureResultWord.value));
  }

  /** Keys of the features that were evaluated. */
  keys(): string[] {
    return this.#positions === undefined
      ? this.#texts.keys()
      : Array.from(this.#positions.keys(), (feature) => this.#texts.key(feature));
  }

  /**
   * The experiments that the user is in by hash, each once: of all features that were evaluated and
   * of those that they depend on, of the payload's own experiments, and what rules track.
   */
  exposures(): Exposure[] {
    const at = this.#listsAt() + this.#word(ResultsWord.runCount) * 4;
    const count = this.#word(ResultsWord.exposureCount);
    const exposures = this.#words(at, count).map((detail) => this.#exposure(detail));
    const tracks = this.#words(at + count * 4, this.#word(ResultsWord.trackCount));
    return [...exposures, ...tracks.map((text) => this.#texts.value(text) as Exposure)];
  }

  /** How the payload's own experiments came out, in its order. */
  experiments(): Exposure[] {
    return this.#words(this.#listsAt(), this.#word(ResultsWord.runCount)).map((detail) =>
      this.#exposure(detail),
    );
  }

  /** The documents that have to be kept anew, by `attributeName||attributeValue`. */
  stickyBuckets(): Record<string, StickyBucket> {
    const changed: Record<string, StickyBucket> = {};
    const at =
      this.#listsAt() +
      4 *
        (this.#word(ResultsWord.runCount) +
          this.#word(ResultsWord.exposureCount) +
          this.#word(ResultsWord.trackCount));
    for (const detail of this.#words(at, this.#word(ResultsWord.assignedCount))) {
      const { experiment, result } = this.#exposure(detail);
      const { hashAttribute: attributeName, hashValue } = result;
      const attributeValue = typeof hashValue === "string" ? hashValue : JSON.stringify(hashValue);
      const key = `${attributeName}||${attributeValue}`;
      const before = changed[key] ?? this.#stickyBuckets?.[key];
      const version = experiment.bucketVersion === undefined ? 0 : experiment.bucketVersion || 0;
      changed[key] = {
        attributeName,
        attributeValue,
        assignments: {
          ...before?.assignments,
          [`${experiment.key}__${String(version)}`]: result.key,
        },
      };
    }
    return changed;
  }

  /** All results by key. */
  toJSON(): Record<string, FeatureResult> {
    const count = this.#word(ResultsWord.featureCount);
    return Object.fromEntries(
      Array.from({ length: count }, (_, position) => [
        this.#texts.key(this.#featureWord(position, FeatureResultWord.feature) & FEATURE_MASK),
        this.#result(position),
      ]),
    );
  }

  #result(position: number): FeatureResult {
    const value = this.#texts.value(this.#featureWord(position, FeatureResultWord.value));
    const source = this.#featureWord(position, FeatureResultWord.feature) >>> SOURCE_SHIFT;
    const ruleId = this.#featureWord(position, FeatureResultWord.ruleId);
    const detail = this.#featureWord(position, FeatureResultWord.detail);
    const result: FeatureResult = {
      value,
      on: Boolean(value),
      off: !value,
      source: SOURCES[source] ?? "unknownFeature",
      ruleId: ruleId === ABSENT ? "" : String(this.#texts.value(ruleId)),
    };
    if (detail === ABSENT) return result;
    const exposure = this.#exposure(detail);
    return { ...result, experiment: exposure.experiment, experimentResult: exposure.result };
  }

  #exposure(detail: number): Exposure {
    const word = (index: number): number => this.#detailWord(detail, index);
    const flags = word(DetailWord.flags);
    const has = (flag: number): boolean => (flags & flag) !== 0;
    const feature = word(DetailWord.feature);
    const raw = this.#texts.value(word(DetailWord.experiment)) as Experiment;
    const inExperiment = has(DetailFlag.inExperiment);
    const isBandit = inExperiment && has(DetailFlag.hashUsed);
    const leaf = has(DetailFlag.hasLeaf) ? this.#leaf(detail) : undefined;
    const experiment =
      feature === ABSENT ? raw : experimentOfRule(raw, this.#texts.key(feature), leaf, isBandit);
    const variationId = word(DetailWord.variation);
    const meta = experiment.meta?.[variationId] ?? {};
    const bandit = isBandit ? experiment.contextualBandit : undefined;
    const result: ExperimentResult = {
      key: meta.key || String(variationId),
      featureId: feature === ABSENT ? null : this.#texts.key(feature),
      inExperiment,
      hashUsed: has(DetailFlag.hashUsed),
      variationId,
      value: experiment.variations[variationId],
      hashAttribute: String(this.#texts.value(word(DetailWord.attribute))),
      hashValue: this.#hashValue(detail),
      stickyBucketUsed: has(DetailFlag.stickyUsed),
      ...(meta.name ? { name: meta.name } : {}),
      ...(has(DetailFlag.hasBucket) ? { bucket: this.#bucket(detail) } : {}),
      ...(meta.passthrough ? { passthrough: meta.passthrough } : {}),
      ...bandit,
    };
    return { experiment, result };
  }

  #leaf(detail: number): Leaf {
    const text = this.#detailWord(detail, DetailWord.leaf);
    const version = this.#detailWord(detail, DetailWord.leafVersion);
    return {
      context: text === ABSENT ? undefined : (this.#texts.value(text) as Leaf["context"]),
      banditVersion:
        version === ABSENT ? undefined : (this.#texts.value(version) as number | undefined),
    };
  }

  #bucket(detail: number): number {
    return this.#view.getFloat64(this.#detailAt(detail) + DetailWord.bucket * 4, true);
  }

  #hashValue(detail: number): unknown {
    const offset = this.#detailWord(detail, DetailWord.valueOffset);
    const length = this.#detailWord(detail, DetailWord.valueLength);
    return JSON.parse(readText(this.#bytes, offset, length)) as unknown;
  }

  #listsAt(): number {
    return RESULTS_WORDS * 4 + this.#word(ResultsWord.featureCount) * FEATURE_BYTES;
  }

  #detailAt(detail: number): number {
    const words =
      this.#word(ResultsWord.runCount) +
      this.#word(ResultsWord.exposureCount) +
      this.#word(ResultsWord.trackCount) +
      this.#word(ResultsWord.assignedCount);
    return this.#listsAt() + words * 4 + detail * DETAIL_BYTES;
  }

  #detailWord(detail: number, index: number): number {
    return this.#view.getUint32(this.#detailAt(detail) + index * 4, true);
  }

  #featureWord(position: number, index: number): number {
    return this.#view.getUint32(RESULTS_WORDS * 4 + position * FEATURE_BYTES + index * 4, true);
  }

  #words(at: number, count: number): number[] {
    return Array.from({ length: count }, (_, i) => this.#view.getUint32(at + i * 4, true));
  }

  #word(index: number): number {
    return this.#view.getUint32(index * 4, true);
  }
}
