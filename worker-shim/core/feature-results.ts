import {
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
/** SLUICE_ABSENT, as a signed word. */
const NONE = -1;
/** Words of frames up to here are copied into an array: a typed array takes longer to make. */
const MAX_ARRAY_WORDS = 64;
const SOURCE_SHIFT = 24;
const FEATURE_MASK = 0xffffff;

const bucketWords = new Int32Array(2);
const bucketNumber = new Float64Array(bucketWords.buffer);

/** A results frame: its words, signed, and the bytes behind them. */
export interface ResultsFrame {
  readonly words: readonly number[] | Int32Array;
  readonly texts: Uint8Array | undefined;
}

/** Of a frame with a feature and nothing else. */
const ONE_RESULT_BYTES = (RESULTS_WORDS + FEATURE_RESULT_WORDS) * 4;

function readOne(view: DataView, begin: number): number[] {
  return [
    view.getInt32(begin, true),
    view.getInt32(begin + 4, true),
    view.getInt32(begin + 8, true),
    view.getInt32(begin + 12, true),
    view.getInt32(begin + 16, true),
    view.getInt32(begin + 20, true),
    view.getInt32(begin + 24, true),
    view.getInt32(begin + 28, true),
    view.getInt32(begin + 32, true),
    view.getInt32(begin + 36, true),
    view.getInt32(begin + 40, true),
    view.getInt32(begin + 44, true),
  ];
}

/** Copies the frame at `begin`. */
export function readResults(bytes: Uint8Array, view: DataView, begin: number): ResultsFrame {
  const length = view.getUint32(begin + ResultsWord.length * 4, true);
  if (length === ONE_RESULT_BYTES) return { words: readOne(view, begin), texts: undefined };
  const word = (index: number): number => view.getUint32(begin + index * 4, true);
  const count =
    RESULTS_WORDS +
    word(ResultsWord.featureCount) * FEATURE_RESULT_WORDS +
    word(ResultsWord.runCount) +
    word(ResultsWord.exposureCount) +
    word(ResultsWord.trackCount) +
    word(ResultsWord.assignedCount) +
    word(ResultsWord.detailCount) * DETAIL_WORDS;
  const end = begin + count * 4;
  const texts = length > count * 4 ? bytes.slice(end, begin + length) : undefined;
  if (count > MAX_ARRAY_WORDS) {
    return { words: new Int32Array(bytes.buffer.slice(begin, end)), texts };
  }
  const words: number[] = [];
  for (let at = begin; at < end; at += 4) words.push(view.getInt32(at, true));
  return { words, texts };
}

/** Results of one evaluation: one piece of words and bytes that is decoded on access. */
export class FeatureResults {
  readonly #texts: FeatureTexts;
  readonly #words: readonly number[] | Int32Array;
  readonly #values: Uint8Array | undefined;
  /** Which features are there, if not all. */
  readonly #selection: Selection | undefined;
  readonly #stickyBuckets: StickyBuckets | undefined;
  #exposures: readonly Exposure[] | undefined;

  /** @internal */
  constructor(
    texts: FeatureTexts,
    frame: ResultsFrame,
    selection: Selection | undefined,
    stickyBuckets: StickyBuckets | undefined,
  ) {
    this.#texts = texts;
    this.#words = frame.words;
    this.#values = frame.texts;
    this.#stickyBuckets = stickyBuckets;
    this.#selection = selection;
  }

  /** Undefined for a key that isn't in the payload, or wasn't evaluated. */
  get(key: string): FeatureResult | undefined {
    const position = this.#positionOf(key);
    return position === undefined ? undefined : this.#result(position);
  }

  /** The value alone; undefined as with `get`. */
  value(key: string): unknown {
    const position = this.#positionOf(key);
    if (position === undefined) return undefined;
    return this.#texts.value(this.#featureWord(position, FeatureResultWord.value));
  }

  /** Keys of the features that were evaluated. */
  keys(): string[] {
    return this.#selection === undefined
      ? this.#texts.keys()
      : [...this.#selection.positions.keys()];
  }

  /**
   * The experiments that the user is in by hash, each once: of all features that were evaluated and
   * of those that they depend on, of the payload's own experiments, and what rules track. Decoded
   * when first read.
   */
  get exposures(): readonly Exposure[] {
    return (this.#exposures ??= this.#readExposures());
  }

  #readExposures(): Exposure[] {
    const at = this.#listsAt() + this.#word(ResultsWord.runCount);
    const count = this.#word(ResultsWord.exposureCount);
    const exposures = this.#list(at, count).map((detail) => this.#exposure(detail));
    const tracks = this.#list(at + count, this.#word(ResultsWord.trackCount));
    return [...exposures, ...tracks.map((text) => this.#texts.value(text) as Exposure)];
  }

  /** How the payload's own experiments came out, in its order. */
  experiments(): Exposure[] {
    return this.#list(this.#listsAt(), this.#word(ResultsWord.runCount)).map((detail) =>
      this.#exposure(detail),
    );
  }

  /** The documents that have to be kept anew, by `attributeName||attributeValue`. */
  stickyBuckets(): Record<string, StickyBucket> {
    const changed: Record<string, StickyBucket> = {};
    const at =
      this.#listsAt() +
      this.#word(ResultsWord.runCount) +
      this.#word(ResultsWord.exposureCount) +
      this.#word(ResultsWord.trackCount);
    for (const detail of this.#list(at, this.#word(ResultsWord.assignedCount))) {
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

  #positionOf(key: string): number | undefined {
    const selection = this.#selection;
    if (selection === undefined) return this.#texts.numberOf(key);
    return key === selection.first ? 0 : selection.positions.get(key);
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
      ruleId: ruleId === NONE ? "" : String(this.#texts.value(ruleId)),
    };
    if (detail === NONE) return result;
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
      feature === NONE ? raw : experimentOfRule(raw, this.#texts.key(feature), leaf, isBandit);
    const variationId = word(DetailWord.variation);
    const meta = experiment.meta?.[variationId] ?? {};
    const bandit = isBandit ? experiment.contextualBandit : undefined;
    const result: ExperimentResult = {
      key: meta.key || String(variationId),
      featureId: feature === NONE ? null : this.#texts.key(feature),
      inExperiment,
      hashUsed: has(DetailFlag.hashUsed),
      variationId,
      value: experiment.variations[variationId],
      hashAttribute:
        word(DetailWord.attribute) === NONE
          ? "id"
          : String(this.#texts.value(word(DetailWord.attribute))),
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
      context: text === NONE ? undefined : (this.#texts.value(text) as Leaf["context"]),
      banditVersion:
        version === NONE ? undefined : (this.#texts.value(version) as number | undefined),
    };
  }

  #bucket(detail: number): number {
    bucketWords[0] = this.#detailWord(detail, DetailWord.bucket);
    bucketWords[1] = this.#detailWord(detail, DetailWord.bucket + 1);
    return bucketNumber[0] as number;
  }

  #hashValue(detail: number): unknown {
    const values = this.#values;
    const length = this.#detailWord(detail, DetailWord.valueLength);
    if (values === undefined) return "";
    const from = this.#word(ResultsWord.length) - values.length;
    const offset = this.#detailWord(detail, DetailWord.valueOffset) - from;
    return JSON.parse(readText(values, offset, length)) as unknown;
  }

  #listsAt(): number {
    return RESULTS_WORDS + this.#word(ResultsWord.featureCount) * FEATURE_RESULT_WORDS;
  }

  #detailAt(detail: number): number {
    return this.#words.length + (detail - this.#word(ResultsWord.detailCount)) * DETAIL_WORDS;
  }

  #detailWord(detail: number, index: number): number {
    return this.#word(this.#detailAt(detail) + index);
  }

  #featureWord(position: number, index: number): number {
    return this.#word(RESULTS_WORDS + position * FEATURE_RESULT_WORDS + index);
  }

  #list(at: number, count: number): number[] {
    return Array.from({ length: count }, (_, i) => this.#word(at + i));
  }

  #word(index: number): number {
    return this.#words[index] as number;
  }
}
