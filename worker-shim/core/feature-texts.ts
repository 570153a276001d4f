import { FEATURES_WORDS, FeaturesWord } from "./abi.generated.ts";
import type { NamedAttribute } from "./feature-attributes.ts";
import { readText } from "./text.ts";

const PAIR_BYTES = 8;

/** Some of a payload's features. */
export interface Selection {
  readonly keys: readonly string[];
  readonly numbers: Uint32Array;
  /** Where in the results a feature is, by its key. */
  readonly positions: ReadonlyMap<string, number>;
  /** The key at position 0. */
  readonly first: string | undefined;
  /** What these features look at; asked for at first use. */
  attributes: readonly NamedAttribute[] | undefined;
}

/** Lists of keys whose selections are kept. */
const KEPT_SELECTIONS = 16;

function isSame(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/**
 * The same string as engines keep names of properties: once. What is decoded from bytes is another
 * each time, which Map and property look-up compare or look up letter by letter.
 */
function internalized(text: string): string {
  const [name = text] = Object.keys({ [text]: 0 });
  return name;
}

/**
 * What a compiled payload shows: keys, and JSON texts by number, which are the payload's own. All
 * are decoded on access. Outlives the compiled payload.
 */
export class FeatureTexts {
  readonly #bytes: Uint8Array;
  readonly #payload: Uint8Array;
  readonly #view: DataView;
  readonly #featureCount: number;
  readonly #textsAt: number;
  readonly #patternsAt: number;
  readonly #attributesAt: number;
  #attributes: readonly NamedAttribute[] | undefined;
  /** True if some experiment has URL targets. */
  readonly needsUrl: boolean;
  #keys: readonly string[] | undefined;
  #numbers: ReadonlyMap<string, number> | undefined;
  #selection: Selection | undefined;
  readonly #selections: Selection[] = [];
  #oldest = 0;
  /** Values that aren't objects, so that they can be given out twice; holes where not yet. */
  readonly #values: unknown[];

  /** Keeps both: the description, and the payload that it is of. */
  constructor(bytes: Uint8Array, payload: Uint8Array) {
    this.#bytes = bytes;
    this.#payload = payload;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#featureCount = this.#word(FeaturesWord.featureCount);
    const textCount = this.#word(FeaturesWord.textCount);
    this.#textsAt = FEATURES_WORDS * 4 + this.#featureCount * PAIR_BYTES;
    this.#patternsAt = this.#textsAt + textCount * PAIR_BYTES;
    this.#attributesAt = this.#patternsAt + this.#word(FeaturesWord.patternCount) * PAIR_BYTES;
    this.needsUrl = this.#word(FeaturesWord.needsUrl) === 1;
    this.#values = new Array<unknown>(textCount);
  }

  get featureCount(): number {
    return this.#featureCount;
  }

  key(feature: number): string {
    return this.#text(FEATURES_WORDS * 4 + feature * PAIR_BYTES);
  }

  keys(): string[] {
    this.#keys ??= Array.from({ length: this.#featureCount }, (_, feature) =>
      internalized(this.key(feature)),
    );
    return [...this.#keys];
  }

  numberOf(key: string): number | undefined {
    this.#numbers ??= new Map(this.keys().map((name, feature) => [name, feature]));
    return this.#numbers.get(key);
  }

  /** Of those keys that there are. Lists that were asked for are kept: they come again. */
  select(keys: readonly string[]): Selection {
    const last = this.#selection;
    if (last !== undefined && isSame(last.keys, keys)) return last;
    const known = this.#selections.find((selection) => isSame(selection.keys, keys));
    if (known !== undefined) return (this.#selection = known);
    const made = this.#makeSelection(keys);
    this.#selections[this.#oldest] = made;
    this.#oldest = (this.#oldest + 1) % KEPT_SELECTIONS;
    return (this.#selection = made);
  }

  #makeSelection(keys: readonly string[]): Selection {
    const positions = new Map<string, number>();
    const numbers: number[] = [];
    for (const key of keys) {
      const number = this.numberOf(key);
      if (number === undefined || positions.has(key)) continue;
      positions.set(key, numbers.length);
      numbers.push(number);
    }
    const [first] = positions.keys();
    return {
      keys: [...keys],
      numbers: Uint32Array.from(numbers),
      positions,
      first,
      attributes: undefined,
    };
  }

  /** All attributes that anything looks at, by number. */
  attributes(): readonly NamedAttribute[] {
    return (this.#attributes ??= Array.from(
      { length: this.#word(FeaturesWord.attributeCount) },
      (_, number) => ({
        number,
        name: internalized(this.#text(this.#attributesAt + number * PAIR_BYTES)),
      }),
    ));
  }

  patterns(): string[] {
    const count = this.#word(FeaturesWord.patternCount);
    return Array.from({ length: count }, (_, i) => this.#text(this.#patternsAt + i * PAIR_BYTES));
  }

  /** The value of a text, null where there is none; objects are the caller's own. */
  value(text: number): unknown {
    if (text < 0) return null;
    const known = this.#values[text];
    if (known !== undefined) return known;
    const pair = this.#textsAt + text * PAIR_BYTES;
    const value: unknown = JSON.parse(
      readText(
        this.#payload,
        this.#view.getUint32(pair, true),
        this.#view.getUint32(pair + 4, true),
      ),
    );
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
