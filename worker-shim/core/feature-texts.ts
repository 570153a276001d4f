import { ABSENT, FEATURES_WORDS, FeaturesWord } from "./abi.generated.ts";
import { readText } from "./text.ts";

const NOT_YET = Symbol("not yet");
const PAIR_BYTES = 8;

/** Some of a payload's features. */
export interface Selection {
  readonly keys: readonly string[];
  /** Words, as the core takes them. */
  readonly numbers: Uint8Array;
  /** Where in the results a feature is, by its number. */
  readonly positions: ReadonlyMap<number, number>;
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((key, i) => key === b[i]);
}

/**
 * What a compiled payload shows: keys and JSON texts by number, in one piece of bytes that is
 * decoded on access. Outlives the compiled payload.
 */
export class FeatureTexts {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #featureCount: number;
  readonly #textsAt: number;
  readonly #patternsAt: number;
  /** True if some experiment has URL targets. */
  readonly needsUrl: boolean;
  #numbers: ReadonlyMap<string, number> | undefined;
  #selection: Selection | undefined;
  /** Values that aren't objects, so that they can be given out twice. */
  readonly #values: unknown[];

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#featureCount = this.#word(FeaturesWord.featureCount);
    const textCount = this.#word(FeaturesWord.textCount);
    this.#textsAt = FEATURES_WORDS * 4 + this.#featureCount * PAIR_BYTES;
    this.#patternsAt = this.#textsAt + textCount * PAIR_BYTES;
    this.needsUrl = this.#word(FeaturesWord.needsUrl) === 1;
    this.#values = new Array<unknown>(textCount).fill(NOT_YET);
  }

  get featureCount(): number {
    return this.#featureCount;
  }

  key(feature: number): string {
    return this.#text(FEATURES_WORDS * 4 + feature * PAIR_BYTES);
  }

  keys(): string[] {
    return Array.from({ length: this.#featureCount }, (_, feature) => this.key(feature));
  }

  numberOf(key: string): number | undefined {
    this.#numbers ??= new Map(this.keys().map((name, feature) => [name, feature]));
    return this.#numbers.get(key);
  }

  /** Of those keys that there are. The list that was asked for last is kept: it is often the same. */
  select(keys: readonly string[]): Selection {
    const last = this.#selection;
    if (last !== undefined && isSame(last.keys, keys)) return last;
    const positions = new Map<number, number>();
    for (const key of keys) {
      const number = this.numberOf(key);
      if (number !== undefined && !positions.has(number)) positions.set(number, positions.size);
    }
    const numbers = new Uint8Array(Uint32Array.from(positions.keys()).buffer);
    return (this.#selection = { keys: [...keys], numbers, positions });
  }

  patterns(): string[] {
    const count = this.#word(FeaturesWord.patternCount);
    return Array.from({ length: count }, (_, i) => this.#text(this.#patternsAt + i * PAIR_BYTES));
  }

  /** The value of a text; objects are the caller's own. */
  value(text: number): unknown {
    if (text === ABSENT) return null;
    const known = this.#values[text];
    if (known !== NOT_YET) return known;
    const value: unknown = JSON.parse(this.#text(this.#textsAt + text * PAIR_BYTES));
    if (typeof value !== "object" || value === null) this.#values[text] = value;
    return value;
  }

  #word(index: number): number {
    return this.#view.getUint32(index * 4, true);
  }

  #text(pair: number): string {
    return readText(
      this.#bytes,
      this.#view.getUint32(pair, true),
      this.#view.getUint32(pair + 4, true),
    );
  }
}
